"""Logs of stores of secrets: a table of formats, one record for each."""
