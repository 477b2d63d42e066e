"""JSON: the documents of :mod:`rbacgraph.report.documents.document`, and their schema."""

import re
from collections.abc import Iterator
from inspect import cleandoc
from typing import Any

import msgspec

from rbacgraph.model.condition import Condition
from rbacgraph.model.inputs.need_evidence import NeedEvidence
from rbacgraph.model.phrase import Phrase
from rbacgraph.model.printable import is_visible
from rbacgraph.report.documents.document import DOCUMENTS, Document
from rbacgraph.report.text import phrases  # noqa: F401 - what follows prints them
from rbacgraph.report.text.conditions import condition_words

_HIDDEN = re.compile(r"[^\x20-\x7e\n]")
_BASIC_PLANE = 0xFFFF
_AT_ONCE = 500


def json_text(document: Document) -> str:
    """Write a document as indented JSON; what cannot be seen is escaped.

    Non-ASCII characters stand only inside of strings, so escaping them keeps the value.
    """
    return "".join(json_pieces(document))


def json_pieces(document: Document) -> Iterator[str]:
    """Yield the same in pieces, so that the whole text is not held."""
    before = "{"
    for name, value in fields(document):
        yield f'{before}\n  "{name}": '
        before = ","
        if isinstance(value, tuple) and value:
            yield from _list_pieces(value)
        else:
            yield _indented(value)
    yield "\n}\n"


def fields(document: Document) -> Iterator[tuple[str, Any]]:
    """Yield the names and values of a document."""
    return ((name, getattr(document, name)) for name in document.__struct_fields__)


def batches(values: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """Yield a list in parts of a size that makes good pieces."""
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))


def _list_pieces(values: tuple[Any, ...]) -> Iterator[str]:
    before = "["
    for batch in batches(values):
        yield before + _indented(batch).removeprefix("[").removesuffix("\n  ]")
        before = ","
    yield "\n  ]"


def _indented(value: Any) -> str:  # noqa: ANN401 - what JSON can hold
    """Write the value of a field of a document."""
    text = msgspec.json.format(_encode(value), indent=2).decode().replace("\n", "\n  ")
    return text if text.isascii() else _HIDDEN.sub(_visible, text)


def json_schema() -> dict[str, Any]:
    """JSON Schema of all documents, by the name of each under ``$defs``."""
    (*_,), definitions = msgspec.json.schema_components(
        DOCUMENTS, schema_hook=_schema_of, ref_template="#/$defs/{name}"
    )
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


def builtins(value: Any) -> Any:  # noqa: ANN401 - what JSON can hold
    """Turn a document or part of one into dicts, lists and strings, lone surrogates escaped."""
    return _mended(msgspec.to_builtins(value, enc_hook=_words))


def _encode(value: Any) -> bytes:  # noqa: ANN401 - what JSON can hold
    try:
        return msgspec.json.encode(value, enc_hook=_words)
    except UnicodeEncodeError:
        return msgspec.json.encode(builtins(value))


def _words(value: object) -> str:
    """Write what is one string in JSON."""
    if isinstance(value, Condition):
        return condition_words(value)
    if isinstance(value, Phrase | NeedEvidence):
        return str(value)
    raise NotImplementedError(type(value))


def _schema_of(kind: type) -> dict[str, Any]:
    if kind in (Condition, NeedEvidence) or issubclass(kind, Phrase):
        return {"type": "string"}
    raise NotImplementedError(kind)


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
    if is_visible(char):
        return char
    code = ord(char)
    if code <= _BASIC_PLANE:
        return f"\\u{code:04x}"
    code -= _BASIC_PLANE + 1
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
