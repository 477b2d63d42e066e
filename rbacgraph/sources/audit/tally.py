"""How often each question was asked, in a memory that names do not fill."""

from collections import Counter
from collections.abc import Iterator
from sys import intern

from rbacgraph.sources.audit.requests import Asked

_MOST = 10_000
"""How many names, or paths, of one sort of request are kept; no rule has as many."""


class Entry:
    """How often something was asked, and when last."""

    __slots__ = ("count", "last")

    def __init__(self) -> None:
        self.count = 0
        self.last = ""

    def add(self, time: str) -> None:
        """Count one more."""
        self.count += 1
        self.last = max(self.last, time)


class Tally:
    """Questions by what they ask; beyond many names of one sort, those without their names.

    ``unnamed`` counts the latter. A path that is one of too many becomes ``*``.
    """

    def __init__(self) -> None:
        self._entries: dict[tuple[object, ...], Entry] = {}
        self._names: Counter[Asked] = Counter()
        self.get = self._entries.get
        self.unnamed = 0

    def add(self, one: Asked, time: str) -> None:
        """Count one more."""
        entry = self._entries.get(one)
        if entry is None:
            sort = _sort(one)
            if sort is not one:
                if self._names[sort] < _MOST:
                    self._names[sort] += 1
                else:
                    self.unnamed += 1
                    one = sort
            entry = self._entries.setdefault(_shared(one), Entry())
        entry.add(time)

    def items(self) -> Iterator[tuple[Asked, Entry]]:
        """Yield all, in the order in which they first came."""
        for one, entry in self._entries.items():
            assert isinstance(one, Asked)
            yield one, entry


def _sort(one: Asked) -> Asked:
    """Return a question without its name, or without its path."""
    if one.path is not None:
        return one._replace(path="*")
    return one._replace(name="") if one.name else one


def _shared(one: Asked) -> Asked:
    """Return the same with texts that others have too."""
    user, allowed, verb, group, resource, subresource, namespace, *rest = one
    texts = map(intern, (verb, group, resource, subresource, namespace))
    return Asked(intern(user), allowed, *texts, *rest)  # type: ignore[arg-type]
