"""Writes and reads a snapshot as a file."""
