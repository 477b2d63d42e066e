"""Finds files, unpacks them, reads Git revisions, and finds lines of rules."""
