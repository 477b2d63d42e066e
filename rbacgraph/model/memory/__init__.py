"""Bounds memory: no collector while many objects are made, lazy sequences, caches, packed files."""
