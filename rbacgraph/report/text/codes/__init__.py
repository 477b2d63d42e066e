"""Codes in words: the tables that make sentences of assumptions, causes, findings and notes."""
