"""Writes diff and check as text, Markdown, SARIF and rows."""
