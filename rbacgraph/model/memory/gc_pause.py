"""Pauses the cyclic garbage collector while many long-lived objects are made."""

import gc
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
