"""Looks at files beside those that are read: what a chart holds, what a kustomization names."""

import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Literal, Protocol

Sort = Literal["file", "folder", "submodule", ""]
"""What a name is: ``submodule`` also for a name in one; ``""`` if there is nothing of that name."""

_GIT = ".git"


class FileTree(Protocol):
    """Files by name, as a revision, a work tree or a disk holds them; links are followed."""

    def sort(self, name: str) -> Sort:
        """Return what a name is."""

    def real(self, name: str) -> str:
        """Return the name without links."""

    def below(self, folder: str) -> Iterator[str]:
        """Yield the names of all files in a folder, and in the folders there."""

    def texts(self, names: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """Yield the contents of files; nothing for one that cannot be read.

        For a name in a submodule it is the commit of that.
        """


class DiskTree:
    """The files of a disk.

    ``top``: the folder that names begin at; ``""`` for the current one.
    """

    def __init__(self, top: str | os.PathLike[str] = "") -> None:
        self._top = os.fspath(top)

    def sort(self, name: str) -> Sort:
        """Return what a name is."""
        path = Path(self._top, name)
        return "folder" if path.is_dir() else "file" if path.is_file() else ""

    def real(self, name: str) -> str:
        """Return the name without links, from the root."""
        return os.path.realpath(Path(self._top, name))

    def below(self, folder: str) -> Iterator[str]:
        """Yield the names of all files in a folder, and in the folders there."""
        passed: set[str] = set()
        for parent, folders, files in os.walk(Path(self._top, folder), followlinks=True):
            real = os.path.realpath(parent)
            folders[:] = sorted(one for one in folders if one != _GIT) if real not in passed else []
            inner = Path(parent).relative_to(self._top) if self._top else Path(parent)
            yield from (str(inner / name) for name in sorted(files) if real not in passed)
            passed.add(real)

    def texts(self, names: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """Yield the contents of files; nothing for one that cannot be read."""
        for name in names:
            path = Path(self._top, name)
            try:
                if path.is_file():
                    yield name, path.read_bytes()
            except OSError:
                continue
