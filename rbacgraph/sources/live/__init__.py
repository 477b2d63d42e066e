"""Reads a live cluster: what to list, how, and what the server did not show."""
