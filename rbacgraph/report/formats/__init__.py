"""Writers: CSV, Markdown, SARIF, data frames, HTML tables."""
