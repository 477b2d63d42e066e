"""Reads dumps of stores outside, each by the reader of its kind, which most inputs do not need."""

import io
import os
import re
from collections.abc import Mapping
from typing import Any, Protocol

from rbacgraph.model.stores import kinds
from rbacgraph.model.stores.kinds import StoreKind, opened
from rbacgraph.sources.diagnostics.problems import Problems
from rbacgraph.sources.files.locate import FoundFile
from rbacgraph.sources.files.streams import TooLarge, Window
from rbacgraph.sources.files.streams import opened as opened_file


class DumpReader(Protocol):
    """Collects what the files of dumps of one kind hold; made with where problems go."""

    def wants(self, name: str, *, named: bool) -> bool | None:
        """Whether a file may be part of a dump, by its place.

        ``named``: whether the caller names this very file.
        Returns None for one that is not to be opened, by any reader.
        """

    def read(self, name: str, data: bytes | bytearray) -> bool:
        """Read one file; return whether it has the shape of a part of a dump."""

    def take(self, dump: Any, file: str) -> None:  # noqa: ANN401 - its own record
        """Take over the dump that a snapshot holds, which is in a file."""

    def result(self) -> Any:  # noqa: ANN401 - its own record
        """Return what was read; something false if no file was part of a dump."""


class Dumps:
    """The readers of an input's dumps.

    ``said`` is what the caller says of dumps, by kind, as their readers take it. ``any`` says
    whether a file was part of one.

    ``problems``: receives what cannot be read, with file and line.
    """

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._readers: dict[str, DumpReader] = {}
        self.said: Mapping[str, Mapping[str, object]] = {}
        self.any = False

    def say(self, said: Mapping[str, Mapping[str, object]]) -> None:
        """Take over what the caller says.

        Raises UsageError if a reader does not know it.
        """
        self.said = said
        for row in kinds.KINDS:
            if row.kind in said:
                self._reader(row)

    def _reader(self, row: StoreKind) -> DumpReader:
        if row.kind not in self._readers:
            said = self.said.get(row.kind, {})
            self._readers[row.kind] = opened(row.reader)(self._problems, **said)
        return self._readers[row.kind]

    def read(self, found: FoundFile, *, named: bool) -> FoundFile | None:
        """Read a file that is part of a dump; return one that is none, with all its content."""
        for row in kinds.KINDS:
            if re.search(row.files, found.name):
                reader = self._reader(row)
                wanted = reader.wants(found.name, named=named)
                rest = _read(found, reader) if wanted else found
                self.any |= rest is None
                if rest is None or wanted is None:
                    return None
                found = rest
        return found

    def take(self, dumps: Mapping[str, object], file: str) -> None:
        """Take over what a snapshot holds."""
        for row in kinds.KINDS:
            if row.kind in dumps:
                self._reader(row).take(dumps[row.kind], file)

    def result(self) -> Mapping[str, Any]:
        """Return the dumps by kind."""
        readers = self._readers
        found = {row.kind: readers[row.kind].result() for row in kinds.KINDS if row.kind in readers}
        return {kind: dump for kind, dump in found.items() if dump}


def _read(found: FoundFile, reader: DumpReader) -> FoundFile | None:
    """Read a file if it has the shape; return one that has not."""
    try:
        found = _held(found)
        begin = found.source.tell() if isinstance(found.source, io.BytesIO) else 0
        with opened_file(found.source) as stream:
            window = Window(stream)
            data = window.take_all()
    except (OSError, TooLarge):
        return found
    if not window.fault and reader.read(found.name, data):
        return None
    if isinstance(found.source, io.BytesIO):
        found.source.seek(begin)
    return found


def _held(found: FoundFile) -> FoundFile:
    """Return a file that can be read twice: what is no part of a dump is for other readers."""
    if isinstance(found.source, str | os.PathLike | io.BytesIO):
        return found
    content: bytes | str = found.source.read()
    return found._replace(
        source=io.BytesIO(content.encode() if isinstance(content, str) else content)
    )
