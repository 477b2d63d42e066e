"""YAML of the documents that JSON writes: block style, strings quoted where they must be.

PyYAML's emitter takes a minute for the exposure of 200,000 Secrets; these documents
hold only mappings, sequences, strings, integers, booleans and null.
"""

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from msgspec import Struct

from rbacgraph.model.printable import is_visible
from rbacgraph.report.documents.as_json import AT_ONCE, batches, builtins, fields, is_list, is_long
from rbacgraph.report.documents.document import Document

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*(?::[A-Za-z0-9_./-]+)*\Z")
_RESERVED = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_HIDDEN = re.compile(r"[^\x20-\x7e]")
_BASIC_PLANE = 0xFFFF


def yaml_pieces(document: Document, at_once: int = AT_ONCE) -> Iterator[str]:
    """Yield a document as block YAML, in pieces, so that the whole text is not held."""
    return _object_pieces(document, "", at_once)


def _object_pieces(value: Struct, indent: str, at_once: int) -> Iterator[str]:
    for name, content in fields(value):
        if is_list(content):
            yield f"{indent}{_key(name)}:\n"
            yield from _list_pieces(content, indent, at_once)
        else:
            yield _block({name: content}, indent)


def _list_pieces(values: Iterable[Any], indent: str, at_once: int) -> Iterator[str]:
    for batch in batches(values, at_once):
        if is_long(batch[0], at_once):
            pieces = _object_pieces(batch[0], f"{indent}  ", at_once)
            yield f"{indent}- {next(pieces)[len(indent) + 2 :]}"
            yield from pieces
        else:
            yield _block(batch, indent)


def _block(value: Any, indent: str) -> str:  # noqa: ANN401 - what JSON can hold
    return "\n".join([*yaml_lines(builtins(value), indent), ""])


def yaml_lines(value: Any, indent: str = "") -> Iterator[str]:  # noqa: ANN401 - what JSON can hold
    """Yield the lines of a mapping or sequence of plain values."""
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, dict | list | tuple) and item:
                yield f"{indent}{_key(key)}:"
                yield from yaml_lines(item, indent + "  " if isinstance(item, dict) else indent)
            else:
                yield f"{indent}{_key(key)}: {_scalar(item)}"
        return
    for item in value:
        if isinstance(item, dict) and item:
            first, *rest = yaml_lines(item, indent + "  ")
            yield f"{indent}- {first[len(indent) + 2 :]}"
            yield from rest
        else:
            yield f"{indent}- {_scalar(item)}"


@cache
def _key(name: str) -> str:
    return _scalar(name)


def _scalar(value: Any) -> str:  # noqa: ANN401 - what JSON can hold
    if isinstance(value, str) and _PLAIN.match(value) and value.lower() not in _RESERVED:
        return value
    return _HIDDEN.sub(_visible, json.dumps(value, ensure_ascii=False))


def _visible(match: re.Match[str]) -> str:
    char = match.group()
    if is_visible(char):
        return char
    code = ord(char)
    return f"\\u{code:04x}" if code <= _BASIC_PLANE else f"\\U{code:08x}"
