"""Writes suggest, cut and recheck as text and manifests."""
