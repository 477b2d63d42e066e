"""Writes everything as one HTML file."""
