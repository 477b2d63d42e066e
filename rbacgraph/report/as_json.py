"""JSON: the documents of :mod:`rbacgraph.report.document`, and their schema."""

import re
from inspect import cleandoc
from typing import Any

import msgspec

from rbacgraph.report.document import DOCUMENTS, Document

_HIDDEN = re.compile(r"[^\x20-\x7e\n]")
_BASIC_PLANE = 0xFFFF


def json_text(document: Document) -> str:
    """Write a document as indented JSON; what cannot be seen is escaped.

    Non-ASCII characters stand only inside of strings, so escaping them keeps the value.
    """
    text = msgspec.json.format(_encode(document), indent=2).decode()
    return (text if text.isascii() else _HIDDEN.sub(_visible, text)) + "\n"


def json_schema() -> dict[str, Any]:
    """JSON Schema of all documents, by the name of each under ``$defs``."""
    (*_,), definitions = msgspec.json.schema_components(DOCUMENTS, ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "anyOf": [{"$ref": f"#/$defs/{kind.__name__}"} for kind in DOCUMENTS],
        "$defs": {name: _same_everywhere(schema) for name, schema in definitions.items()},
    }


def _same_everywhere(schema: dict[str, Any]) -> dict[str, Any]:
    """Dedent the description, which is a docstring: Python does so itself since 3.13."""
    if "description" not in schema:
        return schema
    return {**schema, "description": cleandoc(schema["description"])}


def builtins(document: Document) -> Any:  # noqa: ANN401 - what JSON can hold
    """Turn a document into dicts, lists and strings, with lone surrogates escaped."""
    return _mended(msgspec.to_builtins(document))


def _encode(document: Document) -> bytes:
    try:
        return msgspec.json.encode(document)
    except UnicodeEncodeError:
        return msgspec.json.encode(builtins(document))


def _mended(value: Any) -> Any:  # noqa: ANN401 - what JSON can hold
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {key: _mended(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_mended(item) for item in value]
    return value


def _visible(match: re.Match[str]) -> str:
    char = match.group()
    if char.isprintable():
        return char
    code = ord(char)
    if code <= _BASIC_PLANE:
        return f"\\u{code:04x}"
    code -= _BASIC_PLANE + 1
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
