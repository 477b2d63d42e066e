"""Simple paths in order of cost: Yen's algorithm in Lawler's form, searching late.

All paths but the cheapest deviate from one already found: those that do so at the same edge
of it are a set of their own, whose cheapest is found apart. It costs at least what
its first step says, so that it is only searched when no other can be cheaper; and since
each step says how much is to come at least, the search (A*) hardly leaves the way.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple


class PathStep(NamedTuple):
    """A way to go on.

    ``least``: what the rest of a path costs at least, this step included. It is exact where nothing
        is avoided.
    """

    least: int
    edge: int
    target: int
    cost: int


STOP = PathStep(0, -1, -1, 0)
"""The last step of every path: not to go on from where it may end."""

_Chain = tuple[PathStep, "_Chain | None"]
"""A step and those before it."""

PathSteps = Sequence[PathStep]
"""Ways to go on, the cheapest first."""


class _Set(NamedTuple):
    """Paths that begin with some steps and go on by an edge that is not closed."""

    prefix: tuple[PathStep, ...]
    closed: frozenset[int]


class SimplePaths:
    """The simple paths from one place, as their edges, the cheapest first.

    ``starts``: steps from the place.
    """

    def __init__(
        self, starts: PathSteps, steps: Callable[[int], PathSteps], avoided: Iterable[int]
    ) -> None:
        self._starts = starts
        self._steps = steps
        self._avoided = frozenset(avoided)

    def __iter__(self) -> Iterator[tuple[int, ...]]:
        waiting: list[tuple[int, int, _Set, tuple[PathStep, ...]]] = []
        number = count()
        new: Iterable[_Set] = (_Set((), frozenset()),)
        while True:
            for some in new:
                bound = self._bound(some)
                if bound is not None:
                    heappush(waiting, (bound, next(number), some, ()))
            if not waiting:
                return
            _, _, some, path = heappop(waiting)
            new = ()
            if path:
                yield tuple(step.edge for step in path[:-1])
                new = _divided(some, path)
            elif path := self._cheapest(some):
                heappush(waiting, (_cost(path), next(number), some, path))

    def _bound(self, some: _Set) -> int | None:
        """Return what a set's paths cost at least; None where it is seen to have none."""
        passed = self._passed(some.prefix)
        for step in self._after(some.prefix):
            if step.edge not in some.closed and step.target not in passed:
                return _cost(some.prefix) + step.least
        return None

    def _cheapest(self, some: _Set) -> tuple[PathStep, ...]:
        """Search a set's cheapest path; return an empty one where it has none."""
        passed = self._passed(some.prefix)
        heap: list[tuple[int, int, int, PathSteps, int, _Chain | None]] = []
        number = count(0, -1)

        def wait(before: int, steps: PathSteps, place: int, chain: _Chain | None) -> None:
            """Let the first step wait that leads on; those after it wait for that one."""
            while place < len(steps) and steps[place].target in passed:
                place += 1
            if place < len(steps):
                least = before + steps[place].least
                heappush(heap, (least, next(number), before, steps, place, chain))

        steps = self._after(some.prefix)
        if some.closed:
            steps = [step for step in steps if step.edge not in some.closed]
        wait(_cost(some.prefix), steps, 0, None)
        while heap:
            _, _, before, steps, place, chain = heappop(heap)
            wait(before, steps, place + 1, chain)
            step = steps[place]
            if step.target in passed:
                continue
            chain = step, chain
            if step == STOP:
                return (*some.prefix, *_steps_of(chain))
            passed.add(step.target)
            wait(before + step.cost, self._steps(step.target), 0, chain)
        return ()

    def _passed(self, path: Iterable[PathStep]) -> set[int]:
        return {*self._avoided, *(step.target for step in path)}

    def _after(self, path: Sequence[PathStep]) -> PathSteps:
        return self._steps(path[-1].target) if path else self._starts


def _divided(some: _Set, path: tuple[PathStep, ...]) -> Iterator[_Set]:
    """Divide what is left of a set without one of its paths."""
    begin = len(some.prefix)
    for place in range(begin, len(path)):
        closed = some.closed if place == begin else frozenset()
        yield _Set(path[:place], closed | {path[place].edge})


def _cost(path: Iterable[PathStep]) -> int:
    return sum(step.cost for step in path)


def _steps_of(chain: _Chain | None) -> list[PathStep]:
    """Return the steps of a chain, from the first to the last."""
    found = []
    while chain is not None:
        step, chain = chain
        found.append(step)
    return found[::-1]
