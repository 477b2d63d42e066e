"""Why nothing meets all that is demanded: few demands against few things that must stay."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from rbacgraph.advice.hitting import Demand, Stay, fewest

T = TypeVar("T")


class Conflict(NamedTuple):
    """Demands that no choices meet, and the places of what must stay that they would end."""

    demands: Sequence[Demand]
    stays: Sequence[int]


def conflict(weights: Sequence[int], demands: Sequence[Demand], stays: Sequence[Stay]) -> Conflict:
    """Return as little as nothing meets, of demands that nothing meets.

    Examples
    --------
    >>> demands = [Demand(frozenset({0})), Demand(frozenset({1})), Demand(frozenset({2}))]
    >>> stays = [Stay((frozenset({2}), frozenset({3}))), Stay((frozenset({0}), frozenset({1})))]
    >>> found = conflict([1, 1, 1, 1], demands, stays)
    >>> [sorted(one.choices) for one in found.demands], found.stays
    ([[0], [1]], [1])
    """

    def unmet(some: Sequence[Demand], kept: Sequence[int]) -> bool:
        several = [stays[place] for place in kept]
        return fewest(weights, some, several, quick=True).chosen is None

    every = range(len(stays))
    least = _least(demands, lambda some: unmet(some, every))
    return Conflict(least, _least(every, lambda kept: unmet(least, kept)))


def _least(items: Sequence[T], holds: Callable[[Sequence[T]], bool]) -> list[T]:
    """Leave items out while something holds, many at a time before one at a time."""
    left = list(items)
    size = len(left)
    while size := size // 2:
        for begin in range(0, len(left), size):
            rest = left[:begin] + left[begin + size :]
            if holds(rest):
                left = rest
    return left
