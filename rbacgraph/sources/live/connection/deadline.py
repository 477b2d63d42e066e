"""Bounds how long an exchange takes, however slowly the server answers."""

import queue
import threading
from collections.abc import Callable
from typing import TypeVar

from rbacgraph.sources.live.connection.failures import DeadlineError

_R = TypeVar("_R")


def within(seconds: float, do: Callable[[], _R]) -> _R:
    """Return what ``do`` returns, or raise what it raises.

    A socket's own timeout begins again with each byte; so ``do`` runs in a thread, which is left
    to itself when the time is over.

    Raises DeadlineError if it takes longer.

    Examples
    --------
    >>> within(60, lambda: 6 * 7)
    42
    """
    finished = queue.SimpleQueue[tuple[_R] | BaseException]()

    def work() -> None:
        try:
            finished.put((do(),))
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            finished.put(error)

    threading.Thread(target=work, daemon=True).start()
    try:
        result = finished.get(timeout=seconds)
    except queue.Empty:
        raise DeadlineError from None
    if isinstance(result, BaseException):
        raise result
    return result[0]
