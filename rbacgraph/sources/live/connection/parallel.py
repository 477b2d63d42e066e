"""Runs several requests at a time and returns results in order."""

import queue
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

_T = TypeVar("_T")
_R = TypeVar("_R")

WORKERS = 4


def each(
    tasks: Sequence[_T],
    do: Callable[[_T], _R],
    done: Callable[[_R], None] = lambda _: None,
    workers: int = WORKERS,
) -> list[_R]:
    """Run each task, some at a time, and return the results in the order of the tasks.

    An interrupt does not wait for running tasks; the first error ends all.

    ``done``: is called with each result as soon as it is there, in this thread.

    Examples
    --------
    >>> each([1, 2, 3], lambda number: number * number)
    [1, 4, 9]
    """
    waiting = queue.SimpleQueue[tuple[int, _T]]()
    finished = queue.SimpleQueue[tuple[int, _R | BaseException]]()
    stop = threading.Event()
    for numbered in enumerate(tasks):
        waiting.put(numbered)

    def work() -> None:
        while not stop.is_set():
            try:
                at, task = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                finished.put((at, do(task)))
            except BaseException as error:  # noqa: BLE001 - raised where it is waited for
                finished.put((at, error))

    for _ in range(min(workers, len(tasks))):
        threading.Thread(target=work, daemon=True).start()
    results: dict[int, _R] = {}
    try:
        while len(results) < len(tasks):
            at, result = finished.get()
            if isinstance(result, BaseException):
                raise result
            results[at] = result
            done(result)
    finally:
        stop.set()
    return [results[at] for at in range(len(tasks))]
