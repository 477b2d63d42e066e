"""diff and check as text, Markdown, SARIF, rows."""
