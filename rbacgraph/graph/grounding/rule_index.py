"""Indexes techniques by resource, to find those that a rule may give."""

from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

from rbacgraph.authz.match import ALL
from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.techniques.spec.technique import Right

_T = TypeVar("_T")


class ByResource(Generic[_T]):
    """Finds things that need some right a rule may give; few of many do.

    Parameters
    ----------
    things:
        The things, each with its rights.
    """

    def __init__(self, things: Iterable[tuple[_T, Iterable[Right]]]) -> None:
        self._things: list[_T] = []
        self._places: dict[str, list[int]] = {}
        for place, (thing, rights) in enumerate(things):
            self._things.append(thing)
            for name in {name for right in rights for name in right.named_by}:
                self._places.setdefault(name, []).append(place)

    def of(self, rule: PolicyRule) -> Sequence[_T]:
        """Return the things that may get a right from a rule, in their own order."""
        resources = rule.resources or ()
        if ALL in resources:
            return self._things
        named = (ALL, *resources) if resources else ()
        places = {place for name in named for place in self._places.get(name, ())}
        return [self._things[place] for place in sorted(places)]
