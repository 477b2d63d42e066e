"""JSON: the documents of :mod:`rbacgraph.report.documents.document`, and their schema."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from inspect import cleandoc
from typing import Any, get_origin

import msgspec
from msgspec import UNSET, Struct, structs

from rbacgraph.model.condition import Condition
from rbacgraph.model.inputs.need_evidence import NeedEvidence
from rbacgraph.model.phrase import Phrase
from rbacgraph.model.printable import is_visible
from rbacgraph.report.documents.document import DOCUMENTS, Document

_HIDDEN = re.compile(r"[^\x20-\x7e\n]")
_BASIC_PLANE = 0xFFFF
AT_ONCE = 2000
"""About how many values of a list make one good piece."""


def json_pieces(document: Document, at_once: int = AT_ONCE) -> Iterator[str]:
    """Yield a document as indented JSON, in pieces; what cannot be seen is escaped.

    Non-ASCII characters stand only inside of strings, so escaping them keeps the value.
    """
    yield from _object_pieces(document, "\n", at_once)
    yield "\n"


def fields(document: Struct) -> Iterator[tuple[str, Any]]:
    """Yield the names and values of a document, or of a part of one; none that is absent."""
    values = ((name, getattr(document, name)) for name in document.__struct_fields__)
    return ((name, value) for name, value in values if value is not UNSET)


def is_list(value: object) -> bool:
    """Whether a value is written as a list that is not empty."""
    return isinstance(value, Sequence) and not isinstance(value, str) and len(value) > 0


def batches(values: Iterable[Any], at_once: int) -> Iterator[list[Any]]:
    """Yield a list in parts of a size that makes good pieces."""
    part, size = list[Any](), 0
    for value in values:
        own = _size(value)
        if part and size + own > at_once:
            yield part
            part, size = [], 0
        part.append(value)
        size += own
    yield part


def is_long(value: object, at_once: int) -> bool:
    """Whether one value of a list makes more than one good piece."""
    return _size(value) > at_once


def _size(value: object, levels: int = 2) -> int:
    """Return about how many values one of a list holds, in so many levels of lists in it."""
    if not (isinstance(value, Struct) and levels):
        return 1
    lists = [getattr(value, name) for name in _lists_of(type(value))]
    return 1 + sum(_size(one, levels - 1) for values in lists for one in values)


@cache
def _lists_of(kind: type[Struct]) -> tuple[str, ...]:
    return tuple(field.name for field in structs.fields(kind) if get_origin(field.type) is tuple)


def _object_pieces(value: Struct, margin: str, at_once: int) -> Iterator[str]:
    before = "{"
    for name, content in fields(value):
        yield f'{before}{margin}  "{name}": '
        before = ","
        if is_list(content):
            yield from _list_pieces(content, f"{margin}  ", at_once)
        else:
            yield _indented(content, f"{margin}  ")
    yield f"{margin}}}"


def _list_pieces(values: Iterable[Any], margin: str, at_once: int) -> Iterator[str]:
    before = "["
    for batch in batches(values, at_once):
        if is_long(batch[0], at_once):
            yield f"{before}{margin}  "
            yield from _object_pieces(batch[0], f"{margin}  ", at_once)
        else:
            yield before + _indented(batch, margin).removeprefix("[").removesuffix(f"{margin}]")
        before = ","
    yield f"{margin}]"


def _indented(value: Any, margin: str) -> str:  # noqa: ANN401 - what JSON can hold
    """Write a value; ``margin`` is a line end and the blanks before its last bracket."""
    text = msgspec.json.format(_encode(value), indent=2).decode().replace("\n", margin)
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
    if isinstance(value, Condition | Phrase | NeedEvidence):
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
