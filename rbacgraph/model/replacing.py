"""Writes a file completely or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


@contextmanager
def replacing(path: str | os.PathLike[str], *, private: bool) -> Iterator[IO[bytes]]:
    """Open a temporary file next to ``path`` that replaces it on success.

    A link stays, and leads to the new file. What is no file is written as it is, and so is a file
    that may not be written, or in a folder that takes no other.

    ``private``: whether only its owner may read it, even if others could read the file that it
        replaces; else it has the mode of that file, or the one that any new file has.
    """
    whole = Path(os.path.realpath(path))
    takes = private or (os.access(whole.parent, os.W_OK) and os.access(whole, os.W_OK))
    if whole.exists() and not (whole.is_file() and takes):
        with whole.open("wb") as file:
            yield file
        return
    number, name = tempfile.mkstemp(prefix=f".{whole.name}.", dir=whole.parent)
    try:
        with open(number, "wb") as file:  # noqa: PTH123 - a number, not a path
            yield file
            file.flush()
            os.fsync(number)
        if not private:
            Path(name).chmod(_mode(whole))
        Path(name).replace(whole)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _mode(path: Path) -> int:
    """Return the mode of a file, or that of a new one."""
    with suppress(OSError):
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
