"""Finds the own line of a rule or a subject by parsing its object again."""

import io
import json
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

import yaml

from rbacgraph.sources.files.streams import Raw, opened

_MOST_LINES = 50_000
_BUFFER = 1 << 20
_ITEM = re.compile(rb"( *)- ")
_INDENT = re.compile(rb" *(?=[^ \t\r\n#])")


Reopen = Callable[[str], IO[bytes] | None]
"""Opens a file by its name; None if the name is its path."""


class Lines:
    r"""Finds the lines of parts of objects, in the files that the objects were read from.

    ``reopen``: opens a file without a path, by its name; None for one with a path.
    ``most``: the largest file in bytes, by default unlimited; larger files have no known lines.

    Examples
    --------
    >>> text = b"metadata: {name: r}\nrules:\n- verbs: [get]\n- verbs: [list]\n"
    >>> Lines(lambda _: io.BytesIO(text)).of("r.yaml", 1, "r", "rules", 1)
    4
    """

    def __init__(self, reopen: Reopen | None = None, *, most: int | None = None) -> None:
        self._reopen = reopen
        self._most = most
        self._known: dict[tuple[str, int], yaml.Node | None] = {}

    def of(self, file: str, line: int, name: str, field: str, index: int) -> int:
        """Return the line of one item of a field, or of the field if it is no list.

        ``name``: the object's name: another object there does not count.
        ``field``, ``index``: the part, such as the second of ``subjects`` or of
            ``metadata.labels``.
        It counts from 1; 0 if it is not known.
        """
        if not file or not line:
            return 0
        node = reduce(_child, field.split("."), self._object(file, line))
        if node is None or _name(self._object(file, line)) != name:
            return 0
        if isinstance(node, yaml.SequenceNode) or (isinstance(node, yaml.MappingNode) and index):
            if index >= len(node.value):
                return 0
            item = node.value[index]
            node = item[0] if isinstance(item, tuple) else item
        return line + int(node.start_mark.line)

    def _object(self, file: str, line: int) -> yaml.Node | None:
        key = file, line
        if key not in self._known:
            self._known[key] = self._parsed(file, line)
        return self._known[key]

    def _parsed(self, file: str, line: int) -> yaml.Node | None:
        try:
            source = self._source(file)
            if self._most is not None and _size(source) > self._most:
                return None
            with opened(source) as stream:
                every = io.BufferedReader(Raw(stream), _BUFFER)
                text = _text(islice(every, line - 1, line - 1 + _MOST_LINES))
            return _composed(text)
        except (OSError, EOFError, zlib.error, ValueError, yaml.YAMLError, RecursionError):
            return None

    def _source(self, file: str) -> Any:  # noqa: ANN401 - a path or an open file
        return (self._reopen(file) if self._reopen else None) or file


def _size(source: Any) -> int:  # noqa: ANN401 - a path or an open file
    if isinstance(source, str | os.PathLike):
        return Path(source).stat().st_size
    size: int = source.seek(0, os.SEEK_END)
    source.seek(0)
    return size


def _text(lines: Iterator[bytes]) -> str:
    """Return the text of the object that begins in the first line."""
    first = next(lines, b"")
    if first.lstrip()[:1] == b"{":
        whole = first[: len(first) - len(first.lstrip())].replace(b"\t", b" ") + first.lstrip()
        return _json(whole, lines)
    item = _ITEM.match(first)
    found = [first]
    for line in lines:
        indent = _INDENT.match(line)
        if line.startswith(b"---") or (item and indent and indent.end() <= len(item[1])):
            break
        found.append(line)
    return b"".join(found).decode()


def _json(first: bytes, lines: Iterable[bytes]) -> str:
    """Return a JSON object alone; it may end anywhere in a line."""
    text = b"".join(chain((first,), lines)).decode(errors="replace")
    begin = text.index("{")
    _, end = json.JSONDecoder(strict=False).raw_decode(text, begin)
    return text[begin:end]


def _composed(text: str) -> yaml.Node | None:
    node = yaml.compose(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    if isinstance(node, yaml.SequenceNode) and len(node.value) == 1:
        node = node.value[0]
    return node if isinstance(node, yaml.Node) else None


def _child(node: yaml.Node | None, field: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for key, value in node.value if key.value == field), None)


def _name(node: yaml.Node | None) -> str:
    name = _child(_child(node, "metadata"), "name")
    return name.value if isinstance(name, yaml.ScalarNode) else ""
