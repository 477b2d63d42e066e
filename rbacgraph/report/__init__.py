"""Records to text, JSON, YAML, CSV, DOT, Mermaid and DataFrames: pure functions.

Same records in, same bytes out. Every name of a cluster is hostile input and is
neutralised for the format it goes into.
"""
