"""Pauses the cyclic garbage collector while many long-lived objects are made, and frees memory."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def gc_paused() -> Iterator[None]:
    """Pause the cyclic collector: new objects live on, and scanning them costs much time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            if not gc.get_freeze_count():
                # Together, both calls count the present objects as old, without scanning them.
                gc.freeze()
                gc.unfreeze()
            gc.enable()


def give_back() -> None:
    """Return freed memory to the system, between stages that need much for a while.

    glibc keeps what lies below memory in use: of large arrays, more than a tenth of the whole.
    """
    if sys.platform == "linux":
        import ctypes

        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
        if trim is not None:
            trim(0)
