"""Reads JSON in every layout: kubectl's own, minified, lines, consecutive documents."""

import re

from msgspec.structs import force_setattr

from rbacgraph.model.repeated_keys import ADVICE, CODE, message, repeated_keys
from rbacgraph.sources.files.streams import Window
from rbacgraph.sources.json.items import HEAD, Items, Layout, recognise
from rbacgraph.sources.json.values import Otherwise, is_value, learn, read_value, read_values
from rbacgraph.sources.json.workers import Processes, WorkerBlock, WorkerPart, divide
from rbacgraph.sources.objects.collector import Collector
from rbacgraph.sources.objects.kind_reader import ListContext

# Reads a List in kubectl's layout item by item, in memory for the kept objects only.


def read_list(
    window: Window, collector: Collector, layout: Layout, processes: Processes | None
) -> None:
    """Read the List at the beginning of the window."""
    collector.documents += 1
    context = collector.begin_list()
    line = window.line
    head = bytes(memoryview(window.data)[window.start : window.start + layout.head])
    learn(context, head + b"]}")
    window.advance(window.start + layout.head)
    items = _Items(window, collector, layout, context)
    with divide(window, layout, processes, collector.meanwhile) as parts:
        items.read(parts)
    trailer = _trailer(window) if context.whole else b""
    if trailer:
        learn(context, head + trailer)
        if b'"sops"' in trailer and collector.encrypted is None:
            collector.report.encrypted_list(line)
        _report_repeated_keys(head, trailer, (line, window.line), collector, context)
    if not trailer or not context.whole:
        context.whole = False
        window.advance(window.end)
        collector.report.cut_off(window.line)
    collector.end_list(context, line)


def _report_repeated_keys(
    head: bytes,
    trailer: bytes,
    lines: tuple[int, int],
    collector: Collector,
    context: ListContext,
) -> None:
    """Report what a List says twice around its items; of two fields ``items`` the first is read."""
    before = head.count(b"\n")
    for at, key in repeated_keys(head + trailer):
        behind = lines[1] - trailer.count(b"\n")
        line = lines[0] + at if at < before else behind + at - before
        severity, advice = "warning", ADVICE
        if key == "items":
            context.whole = False
            severity, advice = "error", "the first one was read; kubectl takes the last one"
        collector.report.problem(line, CODE, message(key), advice, severity)


def _trailer(window: Window) -> bytes:
    """Return the rest of a List after its items."""
    while (end := window.data.find(b"\n}", window.start, window.end)) < 0:
        if not window.fill():
            return b""
    trailer = bytes(memoryview(window.data)[window.start : end + 2])
    window.advance(end + 2)
    return trailer


class _Items(Items):
    """Reads all items of a List, with the parts that other processes read."""

    def __init__(
        self, window: Window, collector: Collector, layout: Layout, context: ListContext
    ) -> None:
        super().__init__(window, collector, layout)
        self.context = context
        self._end = layout.end
        self._bracket = b"\n" + layout.indent + b"]"

    def read(self, parts: list[WorkerPart]) -> None:
        """Read all items, up to the bracket that closes them."""
        for part in parts:
            if not (self._read_until(part.begin) and self._take(part)):
                return
        if self._read_until(None) and not self._closed(self.window.end):
            self._cut_off()

    def _read_until(self, until: int | None) -> bool:
        """Read the items that begin before an offset; False if the List ends among them."""
        window = self.window
        while until is None or window.offset < until:
            if not self.read_run(until):
                return False
            self.collector.share()
            if not window.fill():
                break
        return True

    def _take(self, part: WorkerPart) -> bool:
        """Take over the items of a part; False if the List ends among them."""
        window = self.window
        line = window.line
        for block in part.blocks(window.offset):
            self._keep(block, self.collector.base + line)
            if block.odd:
                offset, size, at = block.odd
                window.jump(offset, line + at)
                # More or less at hand changes no answer: what is not taken is read afterwards.
                while window.end - window.start < size and window.fill():
                    pass
                if window.end - window.start < size:  # the file has become shorter
                    return True
                if not self.other(window.start + size):
                    return False
            window.jump(block.end, line + block.lines)
        return True

    def _keep(self, block: WorkerBlock, base: int) -> None:
        for field, objects in block.objects():
            for found in objects:
                force_setattr(found, "origin", found.origin + base)
            self.collector.objects[field] += objects
        self.collector.share()
        self.collector.skipped.update(block.skipped)
        self.collector.openshift_roles |= block.openshift_roles

    def other(self, stop: int) -> bool:
        """Read an item that is not decoded at once; False if the List ends inside it."""
        if self._closed(stop):
            return False
        window = self.window
        item = bytes(memoryview(window.data)[window.start : stop])
        read_value(item, window.line, self.collector, self.context)
        return True

    def _closed(self, stop: int) -> bool:
        """Read the last items if the List ends before ``stop``; False if it does not.

        Only where the List ends is it clear that the last item is not an object.
        """
        window = self.window
        end = window.data.find(self._bracket, window.start, stop)
        if end < 0:
            return False
        item = bytes(memoryview(window.data)[window.start : end])
        end += len(self._bracket)
        if not (window.data.endswith(self._end, window.start, end) or is_value(b"[%b]" % item)):
            return False
        read_value(item, window.line, self.collector, self.context)
        window.advance(end - len(self._bracket))
        return True

    def _cut_off(self) -> None:
        """Read the last item of a cut-off List, if at least that item is whole."""
        window = self.window
        self.context.whole = False
        item = bytes(memoryview(window.data)[window.start : window.end])
        if is_value(item):
            read_value(item, window.line, self.collector, self.context)
        window.advance(window.end)


_SPACE = re.compile(rb"[ \t\r\n]*")
_LINE = 1 << 22


def read(
    window: Window,
    collector: Collector,
    otherwise: Otherwise,
    processes: Processes | None = None,
) -> None:
    """Read all JSON documents of a stream; for ``otherwise`` see :func:`read_values`.

    ``processes`` may share the work; by default as many as the machine has.
    """
    while _skip_space(window):
        layout = recognise(window)
        if layout:
            read_list(window, collector, layout, processes)
        elif not _read_lines(window, collector, otherwise):
            line = window.line
            read_values(window.take_all(), line, collector, otherwise)


def _skip_space(window: Window) -> bool:
    """Skip to the next document and load enough of it to recognise its layout."""
    while True:
        found = _SPACE.match(window.data, window.start, window.end)
        assert found is not None
        position = found.end()
        del found
        window.advance(position)
        if window.start < window.end:
            while window.end - window.start < HEAD and window.fill():
                pass
            return True
        if not window.fill():
            return False


def _read_lines(window: Window, collector: Collector, otherwise: Otherwise) -> bool:
    """Read objects, one per line; False if the next document is not of that layout."""
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
