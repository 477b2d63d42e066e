"""The names of formats, by kind. It imports nothing: the command line's help reads it."""

TEXTS = ("table", "wide")
DATA = ("json", "yaml", "csv")
DRAWN = ("svg", "png", "pdf")
"""Formats that Graphviz draws."""
MOST_DRAWN = 200
"""The number of paths in a picture of one page; more if their arrows stay few."""
PICTURES = ("dot", "mermaid", "markdown", *DRAWN)
SCANS = ("sarif",)
"""Formats for code scanning."""
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
"""Formats of other graph tools."""
FOLDERS = frozenset({"neo4j-csv", "parquet"})
"""Exports that are a folder of files."""

MOST_ROUTES = 100
"""The number of routes to one Secret on the page."""
