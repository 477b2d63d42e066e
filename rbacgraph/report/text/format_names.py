"""The names of formats, by what they are made from. Light: the command line's help reads it."""

TEXTS = ("table", "wide")
DATA = ("json", "yaml", "csv")
DRAWN = ("svg", "png", "pdf")
"""Drawn by Graphviz."""
MOST_DRAWN = 200
"""How many paths a picture shows that is to fit a page; it shows more while its arrows stay few."""
PICTURES = ("dot", "mermaid", "markdown", *DRAWN)
SCANS = ("sarif",)
"""Findings, for code scanning."""
PAGE = "html"
BINARY = frozenset({"png", "pdf"})
SUFFIXES = {
    ".txt": "table",
    ".json": "json",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".csv": "csv",
    ".sarif": "sarif",
    ".dot": "dot",
    ".gv": "dot",
    ".mmd": "mermaid",
    ".md": "markdown",
    ".svg": "svg",
    ".png": "png",
    ".pdf": "pdf",
    ".html": "html",
    ".htm": "html",
}
EXPORTS = ("graphml", "gexf", "neo4j-csv", "bloodhound-opengraph", "parquet")
"""What other graph tools read."""
FOLDERS = frozenset({"neo4j-csv", "parquet"})
"""Exports that are a folder of files."""

MOST_ROUTES = 100
"""Routes to one Secret that a page tells."""
