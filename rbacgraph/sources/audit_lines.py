"""Streams of audit events, in every layout that they are kept in."""

import re
from collections.abc import Generator, Iterator, Sequence

import msgspec

from rbacgraph.sources.audit_wire import Event, TooDeepError, decode, decode_lines, document_size
from rbacgraph.sources.reports import Reports
from rbacgraph.sources.streams import Window

_TIMESTAMP = re.compile(rb"\d{4}-\d\d-\d\dT[0-9:.]+Z\s+(?=\{)")
"""What an export of CloudWatch to S3 puts before each line."""

_BETWEEN_BATCHES = b'}{"messageType"'
"""What subscriptions of CloudWatch leave between two batches; no JSON string holds it."""

_GOOGLE = b'"protoPayload"'
_SPACE = b" \t\r\n"
_SNIFFED = 1 << 10
_MOST_BROKEN = 16


def read_events(window: Window, report: Reports) -> Iterator[Sequence[Event]]:
    """Yield the events of a stream, some at a time; what is none is reported, with its line."""
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


def _lines(data: bytes, number: int, report: Reports) -> Generator[Sequence[Event], None, int]:
    """Yield the events of whole lines: all at once, or one by one where one is no event.

    Returns how much was taken: up to a document of many lines.
    """
    try:
        events = decode_lines(data)
    except msgspec.DecodeError:
        events = []
    if events and all(event.audit_id for event in events):
        yield events
        return len(data)
    start = 0
    for offset, line in enumerate(data.split(b"\n")):
        text = line.strip(_SPACE)
        if text in (b"{", b"["):
            return start
        start += len(line) + 1
        yield from _line(text, number + offset, report)
    return len(data)


def _line(line: bytes, number: int, report: Reports) -> Iterator[Sequence[Event]]:
    if not line:
        return
    stamp = _TIMESTAMP.match(line)
    if stamp:
        line = line[stamp.end() :]
    for part in line.replace(_BETWEEN_BATCHES, b'}\n{"messageType"').split(b"\n"):
        try:
            found = list(decode(part))
        except TooDeepError:
            report.too_deep(number)
        except msgspec.ValidationError:
            if document_size(memoryview(part)) == len(part):
                _not_audit(number, report)
            else:
                _not_json(part, number, report)
        except msgspec.DecodeError:
            _not_json(part, number, report)
        else:
            if _GOOGLE in part and not any(event.audit_id for event in found):
                report.of_google(number)
                continue
            yield _checked(found, number, report)


def _documents(window: Window, report: Reports) -> Iterator[Sequence[Event]]:
    """Yield the events of documents of many lines, which are held as a whole."""
    line = window.line
    data = bytes(window.take_all())
    start = broken = 0
    while start < len(data):
        view = memoryview(data)[start:]
        size = document_size(view)
        if not size:
            end = data.find(b"\n", start) + 1 or len(data)
            text = data[start:end].strip(_SPACE)
            broken += text.startswith((b"{", b"["))  # each is looked for to the end
            if text in (b"{", b"[") or broken > _MOST_BROKEN:
                _not_json(text, line, report)
                return
            yield from _line(text, line, report)
            size = end - start
        else:
            try:
                yield _checked(list(decode(view[:size])), line, report)
            except msgspec.DecodeError:
                _not_audit(line, report)
        line += data.count(b"\n", start, start + size)
        start += size


def _checked(events: list[Event], number: int, report: Reports) -> list[Event]:
    """Return those that are audit events, and report the others."""
    kept = [event for event in events if event.audit_id]
    for _ in range(len(events) - len(kept)):
        _not_audit(number, report)
    return kept


def _not_audit(number: int, report: Reports) -> None:
    message = "is JSON, but no audit event of audit.k8s.io"
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
