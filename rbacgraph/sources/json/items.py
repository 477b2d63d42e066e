"""Reads the items of a List in kubectl's layout: each is a JSON value of its own.

A bad item does not affect the others.
"""

import re
import sys
from bisect import bisect_left
from typing import NamedTuple

from msgspec.structs import force_setattr

from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.model.repeated_keys import decoded, may_lack
from rbacgraph.sources.files.streams import Window
from rbacgraph.sources.json.values import BROKEN
from rbacgraph.sources.objects.collector import Collector
from rbacgraph.sources.objects.deciding_fields import DECIDING, hidden_fields, may_hide
from rbacgraph.sources.objects.kind_reader import KindSlot

_FIRST_KEY = re.compile(rb'\{\n([ \t]+)"')
HEAD = 1 << 16
_PREFIX = 256


class Layout(NamedTuple):
    """The layout of a List that is indented as kubectl, jq and most programs do.

    ``head``: the length of the text before the first item.
    ``indent``: the indentation of one level.
    ``named``: whether the first item has its own kind.
    """

    head: int
    indent: bytes
    named: bool

    @property
    def deep(self) -> bytes:
        """The line break before an item."""
        return b"\n" + self.indent * 2

    @property
    def end(self) -> bytes:
        """The text from the end of the last item to the bracket that closes the List."""
        return self.deep + b"}\n" + self.indent + b"]"

    def key(self, name: bytes) -> bytes:
        """Return the text before the value of a string field of an item."""
        return b"\n" + self.indent * 3 + b'"' + name + b'": "'


def recognise(window: Window) -> Layout | None:
    """Return the layout at the beginning of a document; None if it is another."""
    data, start, end = window.data, window.start, window.end
    first = _FIRST_KEY.match(data, start, end)
    if first is None:
        return None
    indent = bytes(first[1])
    del first
    deep = b"\n" + indent * 2
    opening = b"\n" + indent + b'"items": [' + deep + b"{\n"
    items = data.find(opening, start, min(end, start + HEAD))
    # Neither position is 0, where the brace is.
    if items < 0 or data.find(b"\n}", start, items) >= 0:
        return None
    layout = Layout(items + len(opening) - 2 - start, indent, named=True)
    named = data.find(layout.key(b"kind"), items, data.find(deep + b"}", items, end)) > 0
    typed = re.search(b"\n" + re.escape(indent) + rb'"kind": "[^"\\]*List"', data[start:items])
    return layout._replace(named=named) if typed or named else None


class Items:
    """Decodes items one after the other; neighbours mostly have one kind."""

    def __init__(self, window: Window, collector: Collector, layout: Layout) -> None:
        self.window = window
        self.collector = collector
        self.cuts = Cuts(layout.deep)
        self._kind = layout.key(b"kind")
        self._api_version = layout.key(b"apiVersion")
        self._same = b"\0"
        self._slot: KindSlot | None = None

    def other(self, stop: int) -> bool:
        """Read an item that is not decoded at once; False if the List ends inside it."""
        raise NotImplementedError

    def read_run(self, until: int | None = None) -> bool:
        """Read the items that are whole in the window; False if the List ends among them.

        ``until``: offset in the file; items that begin there or later are not read.
        """
        window, between = self.window, self.cuts.between
        data, start, line = window.data, window.start, window.line
        base = self.collector.base
        cuts = self.cuts.all(data, start, window.end, line)
        if until is not None:
            del cuts[bisect_left(cuts, (until - window.offset + start,)) + 1 :]
        with memoryview(data) as view:
            for cut, next_line in cuts:
                stop = cut - between
                if not data.startswith(self._same, start):
                    self._recognise(start, stop)
                slot = self._slot
                found = self._found(slot, view, start, stop) if slot else None
                if slot and found:
                    force_setattr(found, "origin", base + line)
                    slot.append(found)
                else:
                    window.start, window.line = start, line
                    if not self.other(stop):
                        return False
                start, line = cut, next_line
        window.start, window.line = start, line
        return True

    def _found(self, slot: KindSlot, view: memoryview, start: int, stop: int) -> Object | None:
        """Return the object of an item; None for one that needs a slower look."""
        try:
            value = decoded(view[start:stop])
            found = slot.finish(slot.parse(value), value)
        except BROKEN:
            return None
        if not found.metadata.name or may_lack(value, self.window.data, start, stop):
            return None
        kind, encrypted = slot.kind.name, self.collector.encrypted is True
        if may_hide(kind, found, self.window.data, (start, stop), encrypted=encrypted) and (
            kind not in DECIDING or hidden_fields(kind, value)
        ):
            return None
        return found

    def _recognise(self, start: int, stop: int) -> None:
        """Find the slot of the item; the same beginning will mean the same slot again."""
        data = self.window.data
        self._same, self._slot = b"\0", None
        kind = data.find(self._kind, start, stop)
        version = data.find(self._api_version, start, stop)
        if kind < 0 or version < 0:
            return
        kind += len(self._kind)
        version += len(self._api_version)
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


_Cut = tuple[int, int]
"""The position of an item's brace, and its line."""


class Cuts:
    """Finds the beginnings of items, in windows of one file.

    Strings in JSON hold no raw newline. So a brace alone on its line, at the indentation of the
    items and after the end of another value, begins an item.

    ``deep``: the line break before an item, with its indentation.
    ``long``: the number of bytes from which numpy is worth loading, where nothing has loaded it.
    """

    def __init__(self, deep: bytes, long: int = 1 << 28) -> None:
        self.between = len(b"," + deep)
        self._text = b"}," + deep + b"{\n"
        self._pattern = re.compile(re.escape(self._text))
        self._left = long

    def first(self, data: bytearray, start: int, end: int) -> int:
        """Return the position of the first item that follows another one; -1 for none."""
        found = data.find(self._text, start, end)
        return found if found < 0 else found + self.between + 1

    def all(self, data: bytearray, start: int, end: int, line: int) -> list[_Cut]:
        """Return all beginnings; ``start`` is in ``line``."""
        self._left -= end - start
        quick = self._left <= 0 or "numpy" in sys.modules
        return (self.by_lines if quick else self.by_pattern)(data, start, end, line)

    def by_pattern(self, data: bytearray, start: int, end: int, line: int) -> list[_Cut]:
        """Search for the text between items, and count lines."""
        cuts: list[_Cut] = []
        for found in self._pattern.finditer(data, start, end):
            cut = found.end() - 2
            line += data.count(b"\n", start, cut)
            start = cut
            cuts.append((cut, line))
        return cuts

    def by_lines(self, data: bytearray, start: int, end: int, line: int) -> list[_Cut]:
        """Search for lines of the right length, among all lines: three times as fast."""
        import numpy as np

        text, back, between = self._text, start - 2, self.between
        breaks = np.flatnonzero(np.frombuffer(data, np.uint8, end - start, start) == ord("\n"))
        indexes = np.flatnonzero(np.diff(breaks) == between)
        return [
            (position + start + between - 1, line + index + 1)
            for index, position in zip(indexes.tolist(), breaks[indexes].tolist(), strict=True)
            if position > 1 and data.startswith(text, position + back)
        ]
