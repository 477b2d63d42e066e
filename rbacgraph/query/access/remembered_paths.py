"""Finds the paths to Secrets, and remembers the first few: all would take too much memory."""

from collections.abc import Callable, Sized
from typing import Generic, TypeVar

from rbacgraph.query.subject.secrets import AskedSecret

MOST_REMEMBERED = 20_000
"""The number of paths to remember, for those that ask for them again."""

_Found = TypeVar("_Found")


class RememberedPaths(Generic[_Found]):
    """Finds what is asked for, and remembers the first few answers and the last one.

    ``find``: finds the paths to a Secret.
    ``paths_of``: returns the paths of what it finds.
    ``most``: the number of paths to remember.
    """

    def __init__(
        self,
        find: Callable[[AskedSecret], _Found],
        paths_of: Callable[[_Found], Sized],
        most: int = MOST_REMEMBERED,
    ) -> None:
        self._find = find
        self._paths_of = paths_of
        self._room = most
        self._first: dict[AskedSecret, _Found] = {}
        self._last: tuple[AskedSecret, _Found] | None = None

    def to(self, asked: AskedSecret) -> _Found:
        """Return what was found for a Secret."""
        known = self._first.get(asked)
        if known is not None:
            return known
        if self._last is None or self._last[0] != asked:
            self._last = None  # which frees it
            found = self._find(asked)
            self._last = asked, found
            self._room -= len(self._paths_of(found))
            if self._room >= 0:
                self._first[asked] = found
        return self._last[1]
