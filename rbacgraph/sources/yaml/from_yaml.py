"""Splits YAML streams into documents, and Lists into items, before parsing anything.

``---`` at the beginning of a line separates documents everywhere. In a List the items begin with a
dash at the indentation of the first one; everything that belongs to an item is indented deeper.
Most objects of a dump are of kinds that rbacgraph does not read: it recognises them by their
``kind:`` line and never parses them.
"""

import re
from collections.abc import Iterator

from rbacgraph.sources.files.streams import Window
from rbacgraph.sources.objects.collector import Collector
from rbacgraph.sources.yaml import values

LARGEST = 16 << 20
"""The largest document or list item in bytes; the API server refuses requests above 3 MiB."""

_HEAD = 1 << 16
_SHARED = 1 << 22
_OVERLAP = 64
_IDLE = re.compile(
    rb"(?:[ \t]*(?:\#[^\n]*)?\r?\n|---[ \t\r]*(?:\#[^\n]*)?\n|\.\.\.[^\n]*\n|%[^\n]*\n)*+"
)
_IDLE_TEXT = re.compile(_IDLE.pattern + rb"[ \t\r]*(?:\#[^\n]*)?")
_IDLE_END = re.compile(rb"(?:---|\.\.\.)?[ \t\r]*(?:\#[^\n]*)?\Z")
_MARK = re.compile(rb"---(?=[ \t])")
_BETWEEN = re.compile(rb"\n---(?=[ \t\r\n]|\Z)")
_LIST = re.compile(
    rb"(?P<head>(?:(?:\#|apiVersion:|kind:|metadata:|[ ]+[^ \t\r\n])[^\n]*\n|[ \t\r]*\n)*?"
    rb"items:[ \t\r]*(?:\#[^\n]*)?\n)(?:[ \t]*(?:\#[^\n]*)?\r?\n)*(?P<indent>[ ]*)(?=-[ \r\n])"
)
_SEPARATOR = re.compile(rb"^(?:---|\.\.\.)[^\n]*\n", re.MULTILINE)
_ANCHOR = re.compile(rb"[:\-][ ]+&[^\s&]")


def read(window: Window, collector: Collector) -> None:
    """Read all documents of a stream."""
    while _skip_idle(window):
        collector.documents += 1
        found = _LIST.match(window.data, window.start, min(window.end, window.start + _HEAD))
        ahead = found.end() - window.start if found else 0
        if found and _is_list(found["head"]) and not _shares_anchors(window):
            indent = len(found["indent"])
            _Items(window, collector, indent).read(found["head"], window.start + ahead)
        else:
            line = window.line
            text = take(window, _BETWEEN)
            if text is None:
                collector.report.too_large(line, LARGEST >> 20)
            elif not text.isascii() and _IDLE_TEXT.fullmatch(text):
                collector.report.not_utf8(text, line, empty=True)
            else:
                values.read_piece(values.Piece(text, line, 0), collector)


def documents(data: bytes) -> Iterator[tuple[int, bytes]]:
    r"""Yield the documents of a text, each with the line where it begins for :func:`read`.

    Examples
    --------
    >>> list(documents(b"# shop\n---\na: 1\n---\nb: 2\n"))
    [(3, b'a: 1\n'), (5, b'b: 2\n')]
    """
    window = Window.of(data)
    while _skip_idle(window):
        line = window.line
        text = take(window, _BETWEEN)
        if text is not None:
            yield line, text


def _skip_idle(window: Window) -> bool:
    """Step over separators, blank lines and comments, and have a good piece at hand.

    Not over comments that are not UTF-8: these make the document unreadable that they belong to.
    """
    while True:
        while window.end - window.start < _HEAD and window.fill():
            pass
        idle = _IDLE.match(window.data, window.start, window.end)
        assert idle is not None
        odd = _odd_document(idle[0])
        window.advance(idle.end() if odd is None else window.start + odd)
        data, start, end = window.data, window.start, window.end
        last = _IDLE_END.match(data, start, end) if window.eof and odd is None else None
        if last and _odd_document(last[0]) is None:
            window.advance(end)
            return False
        if (
            window.eof
            or odd is not None
            or end - start >= _HEAD
            or data.find(b"\n", start, end) >= 0
        ):
            if _MARK.match(data, start, end):
                window.start += 3
            return True


def _odd_document(text: bytes) -> int | None:
    """Return where the document begins that holds a comment that is not UTF-8, if any."""
    if text.isascii():
        return None
    try:
        text.decode()
    except UnicodeDecodeError as error:
        before = _SEPARATOR.finditer(text, 0, error.start)
        return max((one.end() for one in before), default=0)
    return None


def _is_list(head: bytes) -> bool:
    """Whether a document with this beginning may be a List; kubectl writes its kind at the end."""
    kind = values.field_of(head, b"kind", 0)
    return kind.endswith("List") if kind else values.field_of(head, b"apiVersion", 0) is not None


def _shares_anchors(window: Window) -> bool:
    """Whether items may share anchors, in a document small enough to read as one."""
    if not _ANCHOR.search(window.data, window.start, window.end):
        return False
    while True:
        between = _BETWEEN.search(window.data, window.start, window.end)
        size = (between.start() if between else window.end) - window.start
        if between or size > _SHARED or not window.fill():
            return size <= _SHARED


def take(window: Window, boundary: re.Pattern[bytes]) -> bytes | None:
    """Return everything before the next boundary; None if that is too large."""
    searched = 0
    kept = True
    while True:
        found = boundary.search(window.data, window.start + searched, window.end)
        if found and (found.end() < window.end or window.eof):
            position = found.start() + 1
            break
        if window.eof:
            position = window.end
            break
        if window.end - window.start > LARGEST:
            kept = False
            window.advance(window.end - _OVERLAP)
        searched = max(window.end - window.start - _OVERLAP, 0)
        window.fill()
    text = b""
    if kept:
        text = bytes(memoryview(window.data)[window.start : position])
    window.advance(position)
    return text if kept and len(text) <= LARGEST else None


class _Items:
    """Reads a List item by item."""

    def __init__(self, window: Window, collector: Collector, indent: int) -> None:
        self.window = window
        self.collector = collector
        self.context = collector.begin_list()
        self.dash = b" " * indent + b"-"
        self.boundary = re.compile(rb"\n(?:" + self.dash + rb"(?=[ \r\n])|[^ \t\r\n#])")
        self.pending: list[values.Piece] = []

    def read(self, head: bytes, first: int) -> None:
        """Read the items from the first dash on, then the text after them."""
        window, collector, context = self.window, self.collector, self.context
        line = window.line
        self._in_utf8(bytes(window.data[window.start : first]), line)
        head = head.decode(errors="replace").encode()
        self._learn(head + b"  []\n", line)
        window.advance(first - len(self.dash) + 1)
        while self._at_item():
            at = window.line
            text = take(window, self.boundary)
            if text is None:
                context.failed.add("")
                collector.report.too_large(at, LARGEST >> 20)
                continue
            text = text.replace(b"-", b" ", 1)
            piece = values.Piece(text, at, len(text) - len(text.lstrip(b" ")), context)
            if not values.read_piece(piece, collector, patient=True):
                self.pending.append(piece)
        behind = window.line
        trailer = b""
        if not window.data.startswith(b"---", window.start):
            trailer = self._in_utf8(take(window, _BETWEEN) or b"", behind)
        self._learn(head + b"  []\n" + trailer, behind - head.count(b"\n") - 1)
        for piece in self.pending:
            values.read_piece(piece, collector)
        if not context.kind:
            if context.whole:  # a fault of its beginning or end was reported already
                collector.report.cut_off(window.line)
            context.whole = False
        collector.end_list(context, line)

    def _in_utf8(self, text: bytes, line: int) -> bytes:
        """Return what a List says around its items; where it is not UTF-8, that is reported."""
        if values.is_utf8(text):
            return text
        self.collector.report.not_utf8(text, line, empty=True)
        self.context.whole = False
        return text.decode(errors="replace").encode()

    def _at_item(self) -> bool:
        """Whether the next line begins an item."""
        window = self.window
        while window.end - window.start < _OVERLAP and window.fill():
            pass
        start, dash = window.start, self.dash
        behind = bytes(window.data[start + len(dash) : min(start + len(dash) + 1, window.end)])
        return window.data.startswith(dash, start) and behind in (b"", b" ", b"\r", b"\n")

    def _learn(self, text: bytes, line: int) -> None:
        found = values.parse(text, line, self.collector)
        if found and isinstance(found.value, dict):
            values.learn(self.context, found.value)
        else:
            self.context.whole = False
