"""Splits a batch of audit events that cannot be decoded as a whole.

The batch is cut off, or one event is bad: the other events are still readable.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from rbacgraph.sources.audit.wire import BATCHES, document_size

_BLANK = re.compile(rb"[ \t\r\n]*")
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]')


class BatchPart(NamedTuple):
    """One member of the batch's list.

    ``start``, ``stop``: the place of the member; after the last member, both are where the document
        breaks.
    ``key``: the field that holds the list; ``""`` if the document is the list.
    """

    start: int
    stop: int
    key: str


def parts_of(data: bytes) -> Iterator[BatchPart]:
    """Yield the members of the first list of events; nothing if there is none.

    Examples
    --------
    >>> list(parts_of(b'{"items": [{}, {"a'))
    [BatchPart(start=11, stop=13, key='items'), BatchPart(start=15, stop=15, key='items')]
    >>> list(parts_of(b'{"auditID": 7}'))
    []
    """
    start = _behind_blank(data, 0)
    key = ""
    if data[start : start + 1] == b"{":
        start, key = _list_of(data, start)
    if data[start : start + 1] == b"[":
        yield from _members(data, start, key)


def _list_of(data: bytes, start: int) -> tuple[int, str]:
    """Find the list of events of an object; the place holds no bracket if there is none."""
    while data[start : start + 1] in (b"{", b","):
        start = _behind_blank(data, start + 1)
        colon = _behind_value(data, start)
        key = data[start:colon].strip().strip(b'"').decode(errors="replace")
        if data[colon : colon + 1] != b":":
            break
        start = _behind_blank(data, colon + 1)
        if key in BATCHES and data[start : start + 1] == b"[":
            return start, key
        start = _behind_value(data, start)
    return len(data), ""


def _members(data: bytes, start: int, key: str) -> Iterator[BatchPart]:
    while data[start : start + 1] in (b"[", b","):
        start = _behind_blank(data, start + 1)
        size = document_size(memoryview(data)[start:]) or _closed(data, start)
        if not size:
            break
        yield BatchPart(start, start + size, key)
        start = _behind_blank(data, start + size)
    if data[start : start + 1] != b"]":
        yield BatchPart(start, start, key)


def _closed(data: bytes, start: int) -> int:
    """Return the length of invalid or too deep text, up to the end of its brackets."""
    depth = 0
    for token in _TOKENS.finditer(data, start):
        depth += (token[0] in b"[{") - (token[0] in b"]}")
        if depth <= 0:
            return token.end() - start if token[0] == b"}" else 0
    return 0


def _behind_value(data: bytes, start: int) -> int:
    return _behind_blank(data, start + document_size(memoryview(data)[start:]))


def _behind_blank(data: bytes, start: int) -> int:
    found = _BLANK.match(data, start)
    return found.end() if found else start
