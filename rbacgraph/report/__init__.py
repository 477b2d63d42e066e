"""Writes records as text, JSON, YAML, CSV, DOT, Mermaid and DataFrames: pure functions.

The same records give the same bytes. Every name of a cluster is hostile input, and is escaped for
the format it goes into.
"""
