"""A snapshot as a file."""
