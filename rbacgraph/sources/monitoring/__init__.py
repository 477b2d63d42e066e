"""Reads programs of monitoring."""
