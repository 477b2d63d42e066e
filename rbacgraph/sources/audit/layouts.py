"""Reads streams of audit events in every known layout."""

import re
from collections.abc import Generator, Iterator, Sequence
from typing import NamedTuple

import msgspec

from rbacgraph.sources.audit.stores.formats import StoreEvents, store_document, store_lines
from rbacgraph.sources.audit.wire import (
    BATCHES,
    OF_LINES,
    Event,
    NotUtf8Error,
    TooDeepError,
    decode,
    decode_lines,
    document_size,
    message_of,
)
from rbacgraph.sources.diagnostics.file_problems import Reports
from rbacgraph.sources.files.streams import Window

_Group = Sequence[Event] | StoreEvents

_TIMESTAMP = re.compile(rb"\d{4}-\d\d-\d\dT[0-9:.]+Z\s+(?=\{)")
"""The prefix of each line in an export of CloudWatch to S3."""

_BETWEEN = b"}{"
"""The boundary of documents that share a line, as in batches of CloudWatch's subscriptions."""

_BEGINNING = re.compile(rb"^[{\[]", re.MULTILINE)
_AUDIT_ID = b'"auditID"'
_GOOGLE = b'"protoPayload"'
_SPACE = b" \t\r\n"
_SNIFFED = 1 << 10
_MOST_BROKEN = 16


def read_events(window: Window, report: Reports) -> Iterator[_Group]:
    """Yield the events of a stream in groups; report anything else with its line."""
    while True:
        end = window.data.rfind(b"\n", window.start, window.end) + 1
        if not end:
            if window.fill():
                continue
            end = window.end
        if end > window.start:
            line = window.line
            data = bytes(memoryview(window.data)[window.start : end])
            first = data[:_SNIFFED].lstrip(_SPACE)[:2]
            if first and (first[:1] in b"{[" and first[1:] in (b"\n", b"\r", b"")):
                yield from _documents(window, report)
                return
            taken = yield from _lines(data, line, report)
            window.advance(window.start + taken)
            if taken < len(data):
                yield from _documents(window, report)
                return
        if window.start == window.end and not window.fill():
            return


def _lines(data: bytes, number: int, report: Reports) -> Generator[_Group, None, int]:
    """Yield the events of whole lines: all at once, or one by one if a line is no event.

    Returns how much was read: up to a document of many lines.
    """
    likely = _AUDIT_ID in data[:_SNIFFED]
    for read in (_events_of, store_lines) if likely else (store_lines, _events_of):
        if (found := read(data)) is not None:
            yield found
            return len(data)
    start = 0
    for offset, line in enumerate(data.split(b"\n")):
        text = line.strip(_SPACE)
        if text in (b"{", b"["):
            return start
        start += len(line) + 1
        yield from _line(text, number + offset, report)
    return len(data)


def _events_of(data: bytes) -> Sequence[Event] | None:
    """Decode lines that are all events of the API server; None if they are not."""
    try:
        events = decode_lines(data)
    except msgspec.DecodeError:
        return None
    return events if events and all(event.audit_id for event in events) else None


def _line(line: bytes, number: int, report: Reports) -> Iterator[_Group]:
    if not line:
        return
    stamp = _TIMESTAMP.match(line)
    if stamp:
        line = line[stamp.end() :]
    shared = _BETWEEN in line and line.startswith(b"{")
    start = 0
    while start < len(line):
        size = document_size(memoryview(line)[start:]) if shared else 0
        end = start + size if size else len(line)
        yield from _document(line[start:end].strip(_SPACE), number, report)
        start = end


def _document(part: bytes, number: int, report: Reports) -> Generator[_Group, None, int]:
    """Yield the events of one document, or its readable part.

    Returns the place where it is broken, or its length.
    """
    try:
        found = list(decode(part))
    except msgspec.DecodeError as error:
        if (stored := store_document(part)) is None:
            return (yield from _apart(part, number, report, error))
        yield stored
        return len(part)
    if any(event.audit_id for event in found):
        yield _checked(found, number, report)
    elif (stored := store_document(part)) is not None:
        yield stored
    elif _GOOGLE in part:
        report.of_google(number)
    else:
        yield _checked(found, number, report)
    return len(part)


def _apart(
    data: bytes, number: int, report: Reports, error: msgspec.DecodeError
) -> Generator[_Group, None, int]:
    """Yield the events of a batch one by one, if it cannot be decoded as a whole."""
    size, end = document_size(memoryview(data)), 0
    for start, stop, key in parts_of(data) if size in {0, len(data)} else ():
        number += data.count(b"\n", end, start)
        end = start
        part = data[start:stop]
        if not part:
            _not_json(data, number, report)
            return start
        try:
            text = message_of(part) if key in OF_LINES else part
        except NotUtf8Error:
            _not_json(part, number, report)
            continue
        if text.startswith((b"{", b"[")):
            yield from _document(text, number, report)
        elif key not in OF_LINES:
            _not_audit(number, report)
    if end:
        return len(data)
    if isinstance(error, TooDeepError):
        report.too_deep(number)
    elif isinstance(error, msgspec.ValidationError) and size == len(data):
        _not_audit(number, report)
    else:
        _not_json(data, number, report)
        return 0
    return len(data)


def _documents(window: Window, report: Reports) -> Iterator[_Group]:
    """Yield the events of documents of many lines, which are held as a whole."""
    line = window.line
    data = bytes(window.take_all())
    start = broken = 0
    while start < len(data):
        size = document_size(memoryview(data)[start:])
        end = start + size if size else data.find(b"\n", start) + 1 or len(data)
        text = data[start:end].strip(_SPACE)
        if size:
            yield from _document(data[start:end], line, report)
        elif text in (b"{", b"["):
            broken += 1  # the end of each must be searched for
            fault = start + (yield from _document(data[start:], line, report))
            found = _BEGINNING.search(data, max(fault, start + 1))
            end = found.start() if found and broken < _MOST_BROKEN else len(data)
        else:
            broken += text.startswith((b"{", b"["))
            yield from _line(text, line, report)
            end = end if broken < _MOST_BROKEN else len(data)
        line += data.count(b"\n", start, end)
        start = end


def _checked(events: list[Event], number: int, report: Reports) -> list[Event]:
    """Return the audit events, and report everything else."""
    kept = [event for event in events if event.audit_id]
    for event in events:
        if not event.audit_id:
            _not_audit(number, report, nameless=bool(event.stage and event.verb))
    return kept


def _not_audit(number: int, report: Reports, *, nameless: bool = False) -> None:
    message = "is JSON, but no audit event of audit.k8s.io"
    if nameless:
        message = "is an audit event without an auditID, which the API server gives each"
    report.problem(number, "not-an-audit-event", message, "it was left out", "error")


def _not_json(part: bytes, number: int, report: Reports) -> None:
    try:
        part.decode()
    except UnicodeDecodeError:
        report.problem(number, "not-utf-8", "is not UTF-8", "it was left out", "error")
        return
    if part.startswith((b"{", b"[")):
        message = "is cut off, or broken: no JSON"
        report.problem(number, "cut-off", message, "what can be read is kept", "error")
    else:
        report.problem(number, "not-json", "is no JSON", "it was left out", "error")


# Splits a batch of audit events that cannot be decoded as a whole.
#
# The batch is cut off, or one event is bad: the other events are still readable.

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
