"""Runs in a process that reads a part of a List: see :mod:`rbacgraph.sources.json.workers`."""

import gc
import os
import sys
from typing import Any

from msgspec import json

from rbacgraph.sources.diagnostics.problems import Problems
from rbacgraph.sources.files.streams import Window
from rbacgraph.sources.json.items import Items
from rbacgraph.sources.json.values import unread_kind
from rbacgraph.sources.json.workers import FullBlock, ReadTask
from rbacgraph.sources.objects.collector import Collector

_STDIN = 0


def main(task: str) -> None:
    """Read a part of the file on standard input; the blocks go to standard output.

    The blocks are written after all are read: the reader listens only when its own part is done.
    """
    gc.disable()
    blocks = read_part(_STDIN, json.decode(task, type=ReadTask))
    sys.stdout.buffer.writelines(blocks)
    sys.stdout.flush()
    os._exit(0)


def read_part(file: int, task: ReadTask) -> list[bytes]:
    """Read a part of an open file; return the blocks in the form that is sent."""
    # The text before an item marks its beginning.
    before = len(b"}," + task.layout.deep)
    window = Window(_Positioned(file, task.begin - before))
    items = _PartItems(window, task)
    if items.find_first():
        while window.offset < task.until:
            items.read_run(task.until)
            items.send()
            if not window.fill():
                break
    return items.sent


class _Positioned:
    """Reads an open file from an offset on, independently of other readers."""

    def __init__(self, file: int, offset: int) -> None:
        self._file = file
        self._offset = offset

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill the buffer with as many bytes as there are."""
        size = os.preadv(self._file, [buffer], self._offset)
        self._offset += size
        return size

    def tell(self) -> int:
        """Return the current offset."""
        return self._offset


class _PartItems(Items):
    """Reads the items of a part, and keeps them in blocks."""

    def __init__(self, window: Window, task: ReadTask) -> None:
        super().__init__(window, Collector(Problems()), task.layout)
        self.sent: list[bytes] = []
        self._begin = 0

    def find_first(self) -> bool:
        """Go to the first item; False if there is none."""
        window = self.window
        while window.fill():
            first = self.cuts.first(window.data, window.start, window.end)
            if first >= 0:
                window.start = first
                window.line = 0
                self._begin = window.offset
                return True
            window.start = max(window.end - 2 * self.cuts.between, window.start)
        return False

    def other(self, stop: int) -> bool:
        """Count an item of a kind that is not read; leave any other to the reader of the List."""
        window = self.window
        size = stop - window.start
        kind = unread_kind(bytes(memoryview(window.data)[window.start : stop]))
        if kind:
            self.collector.skipped[kind] += 1
        else:
            odd = window.offset, size, window.line
            window.advance(stop + self.cuts.between)
            self.send(odd)
        return True

    def send(self, odd: tuple[int, int, int] | None = None) -> None:
        """Send what was read so far as one block."""
        window, collector = self.window, self.collector
        end = window.offset
        if end == self._begin:
            return
        objects: dict[str, Any] = collector.objects
        block = FullBlock(
            self._begin,
            end,
            window.line,
            odd,
            dict(collector.skipped),
            openshift_roles=collector.openshift_roles,
            **objects,
        )
        self.sent.append(block.message())
        for kept in collector.objects.values():
            kept.clear()
        collector.skipped.clear()
        self._begin = end
