"""Finds where the items of a List in kubectl's layout begin, with their lines.

Strings in JSON hold no raw newline. So a brace alone on its line, at the indentation of the items
and after the end of another value, begins an item.
"""

import re
import sys

_Cut = tuple[int, int]
"""The position of an item's brace, and its line."""


class Cuts:
    """Finds the beginnings of items, in windows of one file.

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
