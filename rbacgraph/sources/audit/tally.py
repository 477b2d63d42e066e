"""Counts what a log shows, with a bound on the names kept."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

_MOST = 10_000
"""The number of names, or paths, kept for one kind of request; no rule has as many."""

Tallied = TypeVar("Tallied", bound=tuple[object, ...])


class TallyEntry:
    """The number of times something was seen, and the time of the last one."""

    __slots__ = ("count", "last")

    def __init__(self) -> None:
        self.count = 0
        self.last = ""

    def add(self, time: str, count: int = 1) -> None:
        """Count one more, or several."""
        self.count += count
        self.last = max(self.last, time)


class Tally(Generic[Tallied]):
    """Things with their counts; too many names of one kind are counted without names.

    ``unnamed`` counts these.

    ``sort``: returns the kind of a thing: the thing itself if it has no name.
    ``shared``: returns an equal thing that shares its texts with others.
    """

    def __init__(
        self, sort: Callable[[Tallied], Tallied], shared: Callable[[Tallied], Tallied]
    ) -> None:
        self._entries: dict[tuple[object, ...], TallyEntry] = {}
        self._names: Counter[Tallied] = Counter()
        self._sort, self._shared = sort, shared
        self.get = self._entries.get
        self.unnamed = 0

    def add(self, one: Tallied, time: str, count: int = 1) -> None:
        """Count one more, or several."""
        entry = self._entries.get(one)
        if entry is None:
            sort = self._sort(one)
            if sort is not one:
                if self._names[sort] < _MOST:
                    self._names[sort] += 1
                else:
                    self.unnamed += count
                    one = sort
            entry = self._entries.setdefault(self._shared(one), TallyEntry())
        entry.add(time, count)

    def __len__(self) -> int:
        return len(self._entries)

    def items(self) -> Iterator[tuple[Tallied, TallyEntry]]:
        """Yield all things, in the order of their first occurrence."""
        yield from self._entries.items()  # type: ignore[misc]
