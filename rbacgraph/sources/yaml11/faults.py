"""Explains faults of a YAML document without quoting it."""

import yaml

_FAULTS = (
    ("cannot start any token", "has a value that begins with a character that only quotes allow"),
    ("mapping values are not allowed", "has a second ': ' on one line, or wrong indentation"),
    ("could not find expected ':'", "has a line without the ': ' of a key"),
    ("did not find expected key", "has a key at an unexpected indentation"),
    ("did not find expected '-'", "has a list item at an unexpected indentation"),
    ("expected ',' or", "has a bracket that is not closed, or no comma between values"),
    ("block sequence entries", "has a list item where none can be"),
    ("unexpected end of stream", "has a quote that is not closed"),
    ("unexpected document separator", "has a quote that is not closed"),
    ("undefined alias", "has an alias to an anchor that is not defined"),
    ("control characters", "has control characters"),
    ("escape", "has an unknown escape in a double-quoted string"),
)


class YamlFault(Exception):  # noqa: N818 - a fault of the document
    """A fault for which kubectl refuses a document, in words that quote nothing of it."""

    def __init__(self, line: int, message: str, code: str = "yaml-syntax") -> None:
        super().__init__(message)
        self.line = line
        self.message = message
        self.code = code


def explain(error: yaml.MarkedYAMLError, text: str) -> YamlFault:
    """Explain a fault without the words of the document, which may belong to a Secret."""
    problem = f"{error.context or ''} {error.problem or ''}"
    marks = [error.problem_mark, error.context_mark]
    if "simple key" in problem or "quoted scalar" in problem:
        marks.reverse()  # the fault is where the construct begins
    line = next((mark.line for mark in marks if mark), 0)
    lines = text.split("\n")
    content = lines[line] if line < len(lines) else ""
    indent = content[: len(content) - len(content.lstrip())]
    if "\t" in indent:
        return YamlFault(line, "is indented with a tab; YAML allows spaces only", "tab-indentation")
    if "nesting depth" in problem:
        return too_deep(line)
    for sign, words in _FAULTS:
        if sign in problem:
            return YamlFault(line, words)
    return YamlFault(line, "is not valid YAML here")


def too_deep(line: int) -> YamlFault:
    """Return the fault of excessive nesting."""
    return YamlFault(line, "is nested deeper than any Kubernetes object", "too-deep")
