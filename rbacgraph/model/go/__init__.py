"""Formats of Go as its standard library reads them: booleans, durations, regular expressions."""
