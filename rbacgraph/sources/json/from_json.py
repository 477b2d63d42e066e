"""Reads JSON in every layout: kubectl's own, minified, lines, consecutive documents."""

import re

from rbacgraph.sources.files.streams import Window
from rbacgraph.sources.json.items import HEAD, recognise
from rbacgraph.sources.json.lists import read_list
from rbacgraph.sources.json.values import Otherwise, is_value, read_values
from rbacgraph.sources.json.workers import Processes
from rbacgraph.sources.objects.collector import Collector

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
