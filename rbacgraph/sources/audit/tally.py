"""Counts each authorization check, with a bound on the names kept."""

from collections import Counter
from collections.abc import Iterator
from sys import intern

from rbacgraph.sources.audit.requests import AuthorizationCheck

_MOST = 10_000
"""The number of names, or paths, kept for one kind of request; no rule has as many."""


class TallyEntry:
    """The number of times a check was made, and the time of the last one."""

    __slots__ = ("count", "last")

    def __init__(self) -> None:
        self.count = 0
        self.last = ""

    def add(self, time: str) -> None:
        """Count one more."""
        self.count += 1
        self.last = max(self.last, time)


class Tally:
    """Checks with their counts; too many names of one kind are counted without names.

    ``unnamed`` counts these. A path beyond the bound becomes ``*``.
    """

    def __init__(self) -> None:
        self._entries: dict[tuple[object, ...], TallyEntry] = {}
        self._names: Counter[AuthorizationCheck] = Counter()
        self.get = self._entries.get
        self.unnamed = 0

    def add(self, one: AuthorizationCheck, time: str) -> None:
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
            entry = self._entries.setdefault(_shared(one), TallyEntry())
        entry.add(time)

    def items(self) -> Iterator[tuple[AuthorizationCheck, TallyEntry]]:
        """Yield all checks, in the order of their first occurrence."""
        for one, entry in self._entries.items():
            assert isinstance(one, AuthorizationCheck)
            yield one, entry


def _sort(one: AuthorizationCheck) -> AuthorizationCheck:
    """Return a check without its name, or without its path."""
    if one.path is not None:
        return one._replace(path="*")
    return one._replace(name="") if one.name else one


def _shared(one: AuthorizationCheck) -> AuthorizationCheck:
    """Return an equal check that shares its texts with others."""
    user, allowed, verb, group, resource, subresource, namespace, *rest = one
    texts = map(intern, (verb, group, resource, subresource, namespace))
    return AuthorizationCheck(intern(user), allowed, *texts, *rest)  # type: ignore[arg-type]
