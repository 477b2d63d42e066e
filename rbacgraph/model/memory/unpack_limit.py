"""Bounds what a packed file may unpack to: a few kilobytes can hold gigabytes."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

RATIO = 1000
"""The most that a byte may unpack to, beyond the bound in bytes; deflate gives at most 1,032."""

MAX_INPUT = 64 << 20
"""What any packed file may unpack to in bytes."""

_max_input: ContextVar[int] = ContextVar("max_input", default=MAX_INPUT)


@contextmanager
def unpack_at_most(size: int | None) -> Iterator[None]:
    """Let packed files unpack to ``size`` bytes, whatever their ratio; None keeps the bound."""
    token = _max_input.set(_max_input.get() if size is None else size)
    try:
        yield
    finally:
        _max_input.reset(token)


def check_unpacked(packed: int, unpacked: int) -> None:
    """Refuse to go on unpacking.

    Raises OSError if ``packed`` bytes have given more than they may.
    """
    bound = _max_input.get()
    if unpacked > max(bound, RATIO * packed):
        raise OSError(
            errno.EFBIG,
            f"its first {_figure(packed)} unpack to {_figure(unpacked)}, more than {RATIO} times "
            f"as much; --max-input SIZE (now {_figure(bound)}) lets it unpack to SIZE",
        )


def _figure(size: int) -> str:
    for power, unit in ((30, "GB"), (20, "MB"), (10, "KB")):
        if size >= 1 << power:
            return f"{size >> power:,} {unit}"
    return f"{size} bytes"
