"""JSON in every layout: kubectl's own, minified, lines, documents one after the other.

A List in kubectl's layout is cut at its items, so that memory follows what is kept and
not the size of the file; every item is then one JSON value of its own, and a bad one
spoils nothing else. Strings in JSON hold no raw newline, so that a brace alone on its
line, at the indentation of the items, is the beginning of an item.
"""

import re
from typing import NamedTuple

from msgspec.structs import force_setattr

from rbacgraph.sources.collect import Collector
from rbacgraph.sources.json_values import (
    BROKEN,
    Otherwise,
    is_value,
    learn,
    read_value,
    read_values,
)
from rbacgraph.sources.slots import ListContext, Slot
from rbacgraph.sources.streams import Window

_SPACE = re.compile(rb"[ \t\r\n]*")
_FIRST_KEY = re.compile(rb'\{\n([ \t]+)"')
_HEAD = 1 << 16
_LINE = 1 << 22
_PREFIX = 256


def read(window: Window, collector: Collector, otherwise: Otherwise) -> None:
    """Read all JSON documents of a stream; for ``otherwise`` see :func:`read_values`."""
    while _skip_space(window):
        layout = _layout(window)
        if layout:
            _read_list(window, collector, layout)
        elif not _read_lines(window, collector, otherwise):
            line = window.line
            read_values(window.take_all(), line, collector, otherwise)


def _skip_space(window: Window) -> bool:
    """Go to the next document and have enough of it at hand to recognise its layout."""
    while True:
        found = _SPACE.match(window.data, window.start, window.end)
        assert found is not None
        position = found.end()
        del found
        window.advance(position)
        if window.start < window.end:
            while window.end - window.start < _HEAD and window.fill():
                pass
            return True
        if not window.fill():
            return False


# --- JSON lines ------------------------------------------------------------------------


def _read_lines(window: Window, collector: Collector, otherwise: Otherwise) -> bool:
    """Read objects that have a line each; False where the document here is none of them."""
    any_read = False
    while True:
        end = window.data.find(b"\n", window.start, window.end)
        if end < 0:
            if (any_read or window.end - window.start < _LINE) and window.fill():
                continue
            if not window.eof:
                return any_read
            end = window.end
        line = bytes(memoryview(window.data)[window.start : end])
        if line.strip():
            if line.rstrip()[-1:] not in b"}]" or not (any_read or is_value(line)):
                return any_read
            read_values(line, window.line, collector, otherwise)
            any_read = True
        window.advance(min(end + 1, window.end))
        if window.start == window.end and not window.fill():
            return True


# --- kubectl's own layout --------------------------------------------------------------


class _Layout(NamedTuple):
    """A List that is indented as kubectl, jq and most programs do it."""

    head: int
    cut: re.Pattern[bytes]
    between: int
    end: bytes
    kind: bytes
    api_version: bytes


def _layout(window: Window) -> _Layout | None:
    """Recognise the layout at the beginning of a document; None where it is another."""
    data, start, end = window.data, window.start, window.end
    first = _FIRST_KEY.match(data, start, end)
    if first is None:
        return None
    indent = bytes(first[1])
    del first
    deep = b"\n" + indent * 2
    opening = b"\n" + indent + b'"items": [' + deep + b"{\n"
    items = data.find(opening, start, min(end, start + _HEAD))
    if items < 0 or data.find(b"\n}", start, items) >= 0:
        return None
    layout = _Layout(
        items + len(opening) - 2 - start,
        re.compile(b"}," + re.escape(deep) + rb"\{\n"),
        len(b"," + deep),
        deep + b"}\n" + indent + b"]",
        b"\n" + indent * 3 + b'"kind": "',
        b"\n" + indent * 3 + b'"apiVersion": "',
    )
    typed = data.find(b"\n" + indent + b'"kind": "', start, items) > 0
    named = data.find(layout.kind, items, data.find(deep + b"}", items, end)) > 0
    return layout if typed or named else None


def _read_list(window: Window, collector: Collector, layout: _Layout) -> None:
    collector.documents += 1
    context = collector.begin_list()
    line = window.line
    head = bytes(memoryview(window.data)[window.start : window.start + layout.head])
    learn(context, head + b"]}")
    window.advance(window.start + layout.head)
    _Items(window, collector, layout, context).read()
    trailer = _trailer(window) if context.whole else b""
    if trailer:
        learn(context, head + trailer)
    if not trailer or not context.whole:
        context.whole = False
        window.advance(window.end)
        collector.report.cut_off(window.line)
    collector.end_list(context, line)


def _trailer(window: Window) -> bytes:
    """Use up the rest of a List behind its items."""
    while (end := window.data.find(b"\n}", window.start, window.end)) < 0:
        if not window.fill():
            return b""
    trailer = bytes(memoryview(window.data)[window.start : end + 2])
    window.advance(end + 2)
    return trailer


class _Items:
    """Reads the items of a List; neighbours are mostly of one kind."""

    def __init__(
        self, window: Window, collector: Collector, layout: _Layout, context: ListContext
    ) -> None:
        self.window = window
        self.collector = collector
        self.layout = layout
        self.context = context
        self._same = b"\0"
        self._slot: Slot | None = None

    def read(self) -> None:
        """Read all items; the window is left at the bracket that closes them."""
        window, layout = self.window, self.layout
        while self._read_run():
            if not window.fill():
                end = window.data.find(layout.end, window.start, window.end)
                if end >= 0:
                    self._close(end)
                else:
                    self._cut_off()
                return

    def _read_run(self) -> bool:
        """Read the items that are whole in the window; False where the List ends among them."""
        window, between = self.window, self.layout.between
        data, start, line = window.data, window.start, window.line
        base, count = self.collector.base, data.count
        cuts = [found.end() - 2 for found in self.layout.cut.finditer(data, start, window.end)]
        with memoryview(data) as view:
            for cut in cuts:
                stop = cut - between
                if not data.startswith(self._same, start):
                    self._recognise(start, stop)
                slot = self._slot
                try:
                    found = slot.decode(view[start:stop]) if slot else None
                except BROKEN:
                    found = None
                if slot and found and found.metadata.name:
                    force_setattr(found, "origin", base + line)
                    slot.append(found)
                else:
                    window.start, window.line = start, line
                    if not self._other(stop):
                        return False
                line += count(b"\n", start, cut)
                start = cut
        window.start, window.line = start, line
        return True

    def _recognise(self, start: int, stop: int) -> None:
        """Find out what the item is; the same beginning will mean the same again."""
        data, layout = self.window.data, self.layout
        self._same, self._slot = b"\0", None
        kind = data.find(layout.kind, start, stop)
        version = data.find(layout.api_version, start, stop)
        if kind < 0 or version < 0:
            return
        kind += len(layout.kind)
        version += len(layout.api_version)
        kind_end, version_end = data.find(b'"', kind, stop), data.find(b'"', version, stop)
        end = max(kind_end, version_end)
        try:
            names = data[version:version_end].decode("ascii"), data[kind:kind_end].decode("ascii")
        except UnicodeDecodeError:
            return
        if "\\" in names[0] + names[1]:
            return
        self._slot = self.collector.slot(*names)
        if end - start < _PREFIX:
            self._same = bytes(memoryview(data)[start : end + 1])

    def _other(self, stop: int) -> bool:
        """Read an item that is not decoded at once; False where the List ends inside it."""
        window = self.window
        end = window.data.find(self.layout.end, window.start, stop)
        if end >= 0:
            self._close(end)
            return False
        item = bytes(memoryview(window.data)[window.start : stop])
        read_value(item, window.line, self.collector, self.context)
        return True

    def _cut_off(self) -> None:
        """Take the last item of a List whose end is missing, if at least that is whole."""
        window = self.window
        self.context.whole = False
        item = bytes(memoryview(window.data)[window.start : window.end])
        if is_value(item):
            read_value(item, window.line, self.collector, self.context)
        window.advance(window.end)

    def _close(self, end: int) -> None:
        window = self.window
        stop = end + self.layout.end.rindex(b"}") + 1
        item = bytes(memoryview(window.data)[window.start : stop])
        read_value(item, window.line, self.collector, self.context)
        window.advance(stop)
