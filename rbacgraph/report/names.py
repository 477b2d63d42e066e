"""The names of formats, by what they are made from. Light: the command line's help reads it."""

TEXTS = ("table", "wide")
DATA = ("json", "yaml", "csv")
PICTURES = ("dot", "mermaid", "markdown", "svg", "png")
BINARY = frozenset({"png"})
SUFFIXES = {
    ".txt": "table",
    ".json": "json",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".csv": "csv",
    ".dot": "dot",
    ".gv": "dot",
    ".mmd": "mermaid",
    ".md": "markdown",
    ".svg": "svg",
    ".png": "png",
}
