"""Bytes: locate, unpack, window; Git blobs; own lines of rules."""
