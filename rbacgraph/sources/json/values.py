"""Reads JSON values in sequence: objects, Lists, and their faults."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress

from msgspec import DecodeError, Raw, ValidationError, json

from rbacgraph.model import repeated_keys
from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.sources.files.not_utf8 import is_not_utf8
from rbacgraph.sources.objects import object_kinds
from rbacgraph.sources.objects.collector import Collector
from rbacgraph.sources.objects.deciding_fields import hides_kind, may_hide
from rbacgraph.sources.objects.kind_reader import DEEPEST, KindSlot, ListContext, nest
from rbacgraph.sources.objects.place_object import place
from rbacgraph.sources.objects.wire import Envelope, Header, ItemHeader, ListMeta

Data = bytes | bytearray
Buffer = bytes | bytearray | memoryview
Otherwise = Callable[[bytes, int], bool]

BROKEN = (DecodeError, UnicodeDecodeError, RecursionError)

_BYTE = re.compile(r"\(byte (\d+)\)")
_SPACE = re.compile(rb"[ \t\r\n]*")
_NO_CHARACTER = "has a backslash in a string that stands for no character"
_FAULTS = {
    "truncated": "ends in the middle of a value",
    "trailing comma": "has a comma before a closing bracket",
    "trailing characters": "has something behind the end of a value",
    "object keys": "has a key that is not a quoted string",
    "escape": _NO_CHARACTER,
    "surrogate": _NO_CHARACTER,
}
_decode_header = json.Decoder(ItemHeader).decode
_decode_envelope = json.Decoder(Envelope).decode
_decode_raw = json.Decoder(Raw).decode
_decode_raws = json.Decoder(list[Raw]).decode
_decode_text = json.Decoder(str).decode
_decode_meta = json.Decoder(ListMeta).decode


def is_value(data: Buffer) -> bool:
    """Whether the bytes are one whole JSON value."""
    try:
        _decode_raw(data)
    except BROKEN:
        return False
    return True


def read_values(data: Data, line: int, collector: Collector, otherwise: Otherwise) -> None:
    """Read JSON documents that follow each other, in any layout.

    ``otherwise`` receives text that is not JSON, with its line; it returns whether it could read
    it.
    """
    position, end = 0, len(data)
    with memoryview(data) as view:
        while True:
            start = _skip_space(data, position)
            line += data.count(b"\n", position, start)
            if start == end:
                return
            size, error = _measure(view[start:])
            if error is None:
                _document(data, start, start + size, line, collector)
            else:
                if otherwise(bytes(view[start:]), line):
                    return
                collector.documents += 1
                report_broken(collector, view[start:], line, error)
                size = data.find(b"\n{", start + 1) - start
                if size < 0:
                    return
            position = start + size
            line += data.count(b"\n", start, position)


def _skip_space(data: Data, position: int) -> int:
    space = _SPACE.match(data, position)
    assert space is not None
    return space.end()


def _measure(view: memoryview) -> tuple[int, Exception | None]:
    """Return the length of the value at the beginning, or the error."""
    try:
        _decode_raw(view)
    except BROKEN as error:
        found = _BYTE.search(str(error))
        if found and "trailing characters" in str(error):
            return int(found[1]) - 1, None  # the byte after the first one behind the value
        return 0, error
    return len(view), None


def _document(data: Data, start: int, end: int, line: int, collector: Collector) -> None:
    collector.documents += 1
    view = memoryview(data)[start:end]
    try:
        if view[0] == ord("["):
            _read_array(_decode_raws(view), data, start, line, collector)
        elif view[0] != ord("{"):
            collector.report.not_an_object(line)
        else:
            _object_or_list(data, start, view, line, collector)
    except BROKEN as error:
        report_broken(collector, view, line, error)
    finally:
        view.release()


def _object_or_list(
    data: Data, start: int, view: memoryview, line: int, collector: Collector
) -> None:
    envelope = _decode_envelope(view)
    if _is_list(_text(envelope.kind), envelope.items):
        _read_list(data, (start, start + len(view)), envelope, line, collector)
    else:
        read_value(view, line, collector)


def _is_list(kind: str, items: Raw) -> bool:
    """Whether a document of this kind with these items is a List.

    A List in kubectl's layout is read before its kind, which kubectl writes after the items. Any
    other document with items is a List too, if its first item has a kind.
    """
    opening = bytes(memoryview(items)[:1])
    if kind.endswith("List"):
        return opening in (b"[", b"n")
    if opening != b"[":
        return False
    try:
        first = next(iter(_decode_raws(items)), Raw(b"{}"))
        return bool(_decode_header(first).kind)
    except BROKEN:
        return False


def _read_list(
    data: Data,
    span: tuple[int, int],
    envelope: Envelope,
    line: int,
    collector: Collector,
    *,
    depth: int = 0,
) -> None:
    context = collector.begin_list()
    _learn(context, envelope)
    start, end = span
    items = bytes(envelope.items)
    blank = b"[%b]" % (b"\n" * items.count(b"\n"))
    report_repeated_keys(collector, bytes(data[start:end]).replace(items, blank, 1), line)
    if bytes(memoryview(envelope.items)[:1]) == b"n":
        collector.empty_list(context, line)
    elif depth > DEEPEST:
        context.failed.add("")
        collector.report.too_deep(line)
    else:
        first = data.find(b'"items"', start)
        ahead = line + data.count(b"\n", start, first)
        for item, at in _items(_decode_raws(envelope.items), data, first, ahead):
            read_value(item, at, collector, context, depth=depth)
    collector.end_list(context, line)


def _read_array(
    raws: list[Raw],
    data: Data,
    start: int,
    line: int,
    collector: Collector,
    *,
    depth: int = 0,
) -> None:
    """Read objects and Lists in an array, as ``jq -s`` writes it."""
    if depth > DEEPEST:
        collector.report.too_deep(line)
        return
    for item, at in _items(raws, data, start, line):
        read_value(item, at, collector, depth=depth)


def _items(raws: list[Raw], data: Data, position: int, line: int) -> Iterator[tuple[bytes, int]]:
    """Yield the items of a List with their lines."""
    for raw in raws:
        item = bytes(raw)
        at = max(data.find(item, position), position)
        line += data.count(b"\n", position, at)
        yield item, line
        position = at + len(item)
        line += item.count(b"\n")


def read_value(
    data: Buffer,
    line: int,
    collector: Collector,
    context: ListContext | None = None,
    *,
    depth: int = 0,
) -> None:
    """Read one object, of a List or alone.

    A List in a List is flattened, as kubectl does; ``depth`` counts the Lists around it.
    """
    opening = bytes(memoryview(data)[:1])
    if opening == b"[":
        nest(context)
        _read_array(_decode_raws(data), bytes(data), 0, line, collector, depth=depth + 1)
        return
    if opening != b"{":
        collector.no_object(line, context)
        return
    try:
        header = _decode_header(data)
    except ValidationError:
        if context:
            context.failed.add("")
        collector.report.wrong_header(line)
        return
    except BROKEN as error:
        if not (context and _read_several(data, line, collector, context)):
            report_broken(collector, data, line, error, context)
        return
    if _is_list(header.kind or "", header.items):
        nest(context)
        envelope = _decode_envelope(data)
        _read_list(bytes(data), (0, len(data)), envelope, line, collector, depth=depth + 1)
    elif header.kind or not _read_version(_decode_envelope(data), collector):
        _read_object(data, header, line, collector, context)


def _read_several(data: Buffer, line: int, collector: Collector, context: ListContext) -> bool:
    """Read items that were not separated; False if these are no items."""
    text = b"[%b]" % bytes(data)
    try:
        raws = _decode_raws(text)
    except BROKEN:
        return False
    if several := len(raws) > 1:
        for item, at in _items(raws, text, 0, line):
            read_value(item, at, collector, context)
    return several


def _read_object(
    data: Buffer, header: Header, line: int, collector: Collector, context: ListContext | None
) -> None:
    api_version, kind = header.api_version or "", header.kind or ""
    if context and not kind:
        api_version, kind = context.item_header()
    slot = collector.slot(api_version, kind)
    if slot is None:
        collector.skip(line, api_version, kind, context)
        return
    if slot.kind.says_kind and not header.kind:
        data = with_header(data, api_version, kind)
    _keep(data, line, slot, collector, context)


def unread_kind(data: Buffer) -> str:
    """Return the kind of an object that is only counted; ``""`` for one to read."""
    try:
        header = _decode_header(data)
    except BROKEN:
        return ""
    api_version, kind = header.api_version or "", header.kind or ""
    if not kind or object_kinds.find(api_version, kind) or object_kinds.misnamed(api_version, kind):
        return ""
    if hides_kind(api_version, kind):
        return ""
    if _is_list(kind, header.items):
        return ""
    return object_kinds.title(api_version, kind)


def _keep(
    data: Buffer, line: int, slot: KindSlot, collector: Collector, context: ListContext | None
) -> None:
    try:
        found = _decoded(slot, data)
        report_repeated_keys(collector, data, line)
        text = bytes(data)
        kind = slot.kind.name
        span, encrypted = (0, len(text)), collector.encrypted is True
        if found and not may_hide(kind, found, text, span, encrypted=encrypted):
            collector.add(slot, found, line)
        else:
            place(collector, slot, json.decode(data), line, context, text=text)
    except BROKEN as error:
        report_broken(collector, data, line, error, context)


def report_repeated_keys(collector: Collector, data: Buffer, line: int) -> None:
    """Report the keys that occur twice in one mapping."""
    if repeated_keys.may_repeat(data):
        for at, key in repeated_keys.repeated_keys(bytes(data)):
            message = repeated_keys.message(key)
            collector.report.problem(line + at, repeated_keys.CODE, message, repeated_keys.ADVICE)


def _decoded(slot: KindSlot, data: Buffer) -> Object | None:
    """Decode an object; None if a wrong type or a missing name needs a slower look."""
    try:
        found = slot.decode(data)
    except ValidationError:
        return None
    return found if found.metadata.name else None


def with_header(data: Buffer, api_version: str, kind: str) -> bytes:
    """Return an item of a typed list with the header that it leaves out."""
    rest = bytes(data).lstrip()[1:]
    comma = b"" if rest.lstrip()[:1] == b"}" else b","
    header = json.encode({"apiVersion": api_version, "kind": kind})
    return header[:-1] + comma + rest


def learn(context: ListContext, data: bytes) -> None:
    """Record what a List, without its items, says about itself."""
    try:
        _learn(context, _decode_envelope(data))
    except BROKEN:
        context.whole = False


def _learn(context: ListContext, envelope: Envelope) -> None:
    context.kind = _text(envelope.kind)
    context.api_version = _text(envelope.api_version)
    try:
        context.meta = _decode_meta(envelope.metadata)
    except BROKEN:
        context.meta = ListMeta()


def _read_version(envelope: Envelope, collector: Collector) -> bool:
    """Read the version from ``kubectl version -o json`` or ``/version``; False for neither."""
    if not (bytes(envelope.server_version) or bytes(envelope.git_version)):
        return False
    with suppress(*BROKEN):
        if bytes(envelope.server_version):
            envelope = _decode_envelope(envelope.server_version)
        collector.server_versions.append(_text(envelope.git_version))
    return True


def _text(raw: Raw) -> str:
    try:
        return _decode_text(raw)
    except BROKEN:
        return ""


def report_broken(
    collector: Collector,
    data: Buffer,
    line: int,
    error: Exception,
    context: ListContext | None = None,
) -> None:
    """Report text that is not JSON, with the line of the fault."""
    if context:
        context.failed.add("")
    if isinstance(error, RecursionError):
        collector.report.too_deep(line)
        return
    if is_not_utf8(error):
        collector.report.not_utf8(bytes(data), line)
        return
    text = str(error)
    found = _BYTE.search(text)
    content = bytes(data).rstrip()
    line += content.count(b"\n", 0, int(found[1]) if found else len(content))
    fault = next((words for key, words in _FAULTS.items() if key in text), "is not JSON here")
    collector.report.broken(line, "json-syntax", fault)
