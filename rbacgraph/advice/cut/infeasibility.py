"""Why nothing meets all that is demanded: few demands against few things that must stay.

A demand with a choice that ends nothing is no part of it, nor is what no choice left can end.
Demands that share no choice, directly or through what must stay, have nothing to do with each
other: each such part is looked at by itself.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from math import inf
from typing import NamedTuple, TypeVar

from rbacgraph.advice.cut.hitting_set import Keep, PathClause, least

T = TypeVar("T")

_Stays = Mapping[int, Keep]
"""What must stay, by its place."""


class InfeasibleSubset(NamedTuple):
    """Demands that no choices meet, and the places of what must stay that they would end."""

    demands: Sequence[PathClause]
    stays: Sequence[int]


def conflicts(demands: Sequence[PathClause], stays: Sequence[Keep]) -> Iterator[InfeasibleSubset]:
    """Yield as little as nothing meets, of each part of demands that nothing meets.

    Examples
    --------
    >>> from rbacgraph.advice.cut.hitting_set import path_clause
    >>> demands = [path_clause({one}) for one in (0, 1, 2)]
    >>> stays = [Keep((frozenset({2}), frozenset({3}))), Keep((frozenset({0}), frozenset({1})))]
    >>> (found,) = conflicts(demands, stays)
    >>> [one.choices for one in found.demands], found.stays
    ([(0,), (1,)], [1])
    """
    first = {stay: place for place, stay in reversed(list(enumerate(stays)))}
    tight, kept = _tight(list(demands), {place: stay for stay, place in first.items()})

    def unmet(some: Sequence[PathClause], places: Sequence[int]) -> bool:
        return least(some, [kept[place] for place in places]).chosen is None

    for some, places in parts(tight, kept):
        if unmet(some, places):
            few = thinned(some, partial(unmet, places=places))
            yield InfeasibleSubset(few, thinned(places, partial(unmet, few)))


def _tight(demands: list[PathClause], stays: _Stays) -> tuple[list[PathClause], _Stays]:
    """Leave out the demands that can be met in any case, and what cannot be ended."""
    given = frozenset[int]().union(*(one.given for one in demands))
    while True:
        usable = given.union(*(one.choices for one in demands))
        kept = {
            place: stay
            for place, stay in stays.items()
            if not any(usable.isdisjoint(support) for support in stay.supports)
        }
        bound = given.union(*(support for stay in kept.values() for support in stay.supports))
        tight = [one for one in demands if bound.issuperset(one.choices)]
        if len(tight) == len(demands):
            return tight, kept
        demands, stays = tight, kept


def parts(
    demands: Sequence[PathClause], stays: _Stays
) -> Iterator[tuple[list[PathClause], list[int]]]:
    """Yield demands that hang together by choices, with the places of what they may end.

    ``stays``: what must stay, by its place.
    """
    heads: dict[int, int] = {}

    def head(choice: int) -> int:
        while (above := heads.setdefault(choice, choice)) != choice:
            heads[choice] = choice = heads[above]
        return choice

    of_demands = [sorted({*one.choices, *one.given}) for one in demands]
    of_stays = {place: sorted(frozenset().union(*one.supports)) for place, one in stays.items()}
    for choices in (*of_demands, *of_stays.values()):
        for choice in choices[1:]:
            heads[head(choice)] = head(choices[0])
    some: dict[int, list[PathClause]] = defaultdict(list)
    for one, choices in zip(demands, of_demands, strict=True):
        some[head(choices[0]) if choices else -1].append(one)
    kept: dict[int, list[int]] = defaultdict(list)
    for place, choices in sorted(of_stays.items()):
        if choices:
            kept[head(choices[0])].append(place)
    yield from ((own, kept[number]) for number, own in some.items())


def thinned(items: Sequence[T], holds: Callable[[Sequence[T]], bool], most: float = inf) -> list[T]:
    """Leave items out while something holds, many at a time before one at a time.

    ``holds``: whether it holds of some of them.

    Examples
    --------
    >>> thinned([1, 2, 3, 4, 5], lambda some: 3 in some)
    [3]
    """
    left = list(items)
    size, begin, asked = len(left), 0, 0
    while size and asked < most:
        asked += 1
        rest = left[:begin] + left[begin + size :]
        if holds(rest):
            left = rest
        else:
            begin += size
        if begin >= len(left):
            size, begin = size // 2, 0
    return left
