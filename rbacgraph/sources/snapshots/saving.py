"""Writes a snapshot to a file, completely or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Protocol

from rbacgraph.errors import RbacGraphError, UsageError
from rbacgraph.model.inputs.snapshot import SNAPSHOT_SUFFIXES, Snapshot
from rbacgraph.model.replacing import replacing
from rbacgraph.sources.snapshots.snapshot_files import encoded

_GZIP_LEVEL = 6
_ZSTD_LEVEL = 3


class Writable(Protocol):
    """The target of the written pieces."""

    def write(self, piece: bytes, /) -> int:
        """Write a piece."""


def save(snapshot: Snapshot, target: "str | os.PathLike[str] | IO[bytes]") -> None:
    """Write a snapshot to a file, compressed according to its name, or to an open file.

    Raises UsageError if the name ends in none of :data:`SNAPSHOT_SUFFIXES`; RbacGraphError if the
        file cannot be written.
    """
    if not isinstance(target, str | os.PathLike):
        for piece in encoded(snapshot):
            target.write(piece)
        return
    path = os.fspath(target)
    if not path.endswith(SNAPSHOT_SUFFIXES):
        raise UsageError(
            f"a snapshot cannot be written to {path!r}",
            advice=f"name a file that ends in {', '.join(SNAPSHOT_SUFFIXES)}",
        )
    try:
        with replacing(path, private=True) as file, _packing(file, path) as stream:
            for piece in encoded(snapshot):
                stream.write(piece)
    except OSError as error:
        raise RbacGraphError(f"cannot write {path}: {error.strerror}") from None


@contextmanager
def _packing(file: IO[bytes], path: str) -> Iterator[Writable]:
    """Compress what is written according to the name of the file."""
    if path.endswith(".gz"):
        import gzip

        with gzip.GzipFile("", "wb", _GZIP_LEVEL, file, mtime=0) as packed:
            yield packed
    elif path.endswith(".zst"):
        import zstandard

        with zstandard.ZstdCompressor(_ZSTD_LEVEL).stream_writer(file, closefd=False) as stream:
            yield stream
    else:
        yield file
