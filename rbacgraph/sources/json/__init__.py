"""Reads JSON in every layout, large lists by windows and processes."""
