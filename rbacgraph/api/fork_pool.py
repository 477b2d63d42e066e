"""Works on many items in several processes at once, each a copy of this one.

The results do not depend on their number or on failures: if one does not answer an item, this
process works on it.
"""

import signal
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from rbacgraph.sources.json.workers import Processes

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkProcess

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_AHEAD = 2
"""The number of items a process holds before its answer: it need not wait for the next."""
_PLATFORM = sys.platform


class SideBySide:
    """Applies a function to items in their order, as ``map`` does.

    Parameters
    ----------
    processes:
        The largest number of processes; None for the number of cores, but at most four. Copying a
        process is safe only on Linux: elsewhere this process works alone.
    alone:
        Seconds to work here first: what several items need is then computed once, and short work
        needs no more.
    """

    def __init__(self, processes: int | None, *, alone: float = 0.5) -> None:
        most = Processes.here().most if processes is None else processes
        self._processes = most if _PLATFORM == "linux" else 1
        self._alone = alone

    def __call__(
        self, work: Callable[[_Item], _Result], items: Sequence[_Item], /
    ) -> Iterator[_Result]:
        """Yield the function's result for each item."""
        until = time.monotonic() + self._alone
        done = 0
        while done < len(items) and (self._processes == 1 or time.monotonic() < until):
            yield work(items[done])
            done += 1
        left = items[done:]
        workers = _started(work, left, min(self._processes, len(left)))
        try:
            yield from _collected(work, left, workers)
        finally:
            for worker in workers:
                worker.end()


class _Worker(NamedTuple):
    """A working process, its connection, and the indices of its items."""

    process: "ForkProcess"
    connection: "Connection[int, Any]"
    given: deque[int]

    def give(self, waiting: Iterator[int]) -> None:
        """Send the next waiting item, if there is one."""
        for place in waiting:
            self.given.append(place)
            with suppress(OSError):  # it has ended, which shows on reading
                self.connection.send(place)
            return

    def end(self) -> None:
        """End the process, whatever it does."""
        self.connection.close()
        self.process.terminate()
        self.process.join()


def _started(work: Callable[[_Item], _Result], items: Sequence[_Item], most: int) -> list[_Worker]:
    """Start processes that work on items, as many as the system allows."""
    if most <= 1:
        return []
    from multiprocessing import get_context

    context, workers = get_context("fork"), list[_Worker]()
    with suppress(OSError), warnings.catch_warnings():
        # Threads of numpy make Python warn of locks: numpy handles its own, and no other is held.
        warnings.simplefilter("ignore", DeprecationWarning)
        for _ in range(most):
            ours, theirs = context.Pipe()
            process = context.Process(target=_answer, args=(work, items, theirs), daemon=True)
            try:
                process.start()
            finally:
                theirs.close()  # else the end of the process would not show
            workers.append(_Worker(process, ours, deque()))
    return workers


def _answer(
    work: Callable[[_Item], _Result],
    items: Sequence[_Item],
    connection: "Connection[Any, int]",
) -> None:
    """Answer, in the copy of the process, until no more items come."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with suppress(Exception):  # an error here is reported when this process repeats the item
        while True:
            connection.send(work(items[connection.recv()]))


def _collected(
    work: Callable[[_Item], _Result], items: Sequence[_Item], workers: Sequence[_Worker]
) -> Iterator[_Result]:
    """Yield the results in the order of the items."""
    from multiprocessing.connection import wait

    found: dict[int, _Result] = {}
    waiting = iter(range(len(items)))
    working = list(workers)
    for worker in working * _AHEAD:
        worker.give(waiting)
    for place, item in enumerate(items):
        while place not in found and working:
            ready = wait([worker.connection for worker in working])
            for worker in [worker for worker in working if worker.connection in ready]:
                try:
                    result = worker.connection.recv()
                except (EOFError, OSError):  # it has ended
                    working.remove(worker)
                    continue
                found[worker.given.popleft()] = result
                worker.give(waiting)
                if not worker.given:
                    working.remove(worker)
        yield found.pop(place) if place in found else work(item)
