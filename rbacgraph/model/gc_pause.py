"""When the cyclic garbage collector runs: never while much is made that lives on."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def gc_paused() -> Iterator[None]:
    """Pause the cyclic collector: what is made meanwhile lives on, and scanning it costs much."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            if not gc.get_freeze_count():
                # Both together count what is here among the old, without scanning it.
                gc.freeze()
                gc.unfreeze()
            gc.enable()
