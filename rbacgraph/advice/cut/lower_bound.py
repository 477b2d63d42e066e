"""Finds paths that show why so many edits are needed."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np

from rbacgraph.advice.cut.hitting_set import Keep, PathClause, least
from rbacgraph.advice.cut.infeasibility import parts, thinned

TRIED = 100
"""How often it tries to leave out some paths."""

BRANCHES = 400
"""The limit of branches in the search for paths without a common edit."""


def forcing(demands: Sequence[PathClause], stays: Sequence[Keep], fewest_are: int) -> list[int]:
    """Return the places of few clauses that need as many choices as all clauses.

    Examples
    --------
    >>> from rbacgraph.advice.cut.hitting_set import path_clause
    >>> demands = [path_clause(one) for one in ({0, 1}, {1, 2}, {3})]
    >>> forcing(demands, [], 2)
    [0, 2]
    """
    apart = _apart(demands)
    if len(apart) >= fewest_are:
        return apart
    places: dict[PathClause, list[int]] = {}
    for place, one in enumerate(demands):
        places.setdefault(one, []).append(place)
    kept: list[int] = []
    for some, own in parts(list(places), dict(enumerate(stays))):
        first, inside = [places[one][0] for one in some], set(some)
        few = [place for place in apart if demands[place] in inside]
        kept += _forcing(demands, first, few, [stays[place] for place in own])
    return sorted(kept)


def _forcing(
    demands: Sequence[PathClause],
    places: Sequence[int],
    apart: Sequence[int],
    stays: Sequence[Keep],
) -> Sequence[int]:
    """Return a subset of the places that needs as many choices; at best independent ones."""
    fewest_are = least([demands[place] for place in places], stays).bound
    kept = list(apart)
    while (solved := least([demands[place] for place in kept], stays)).bound < fewest_are:
        new = list(_unmet(demands, places, solved.chosen or frozenset()))
        if not new:  # the search ended before a proof
            return places
        kept += new
    if len(kept) == len(apart):
        return kept
    return thinned(
        sorted(kept, key=lambda place: (-len(demands[place].choices), place)),
        lambda few: least([demands[place] for place in few], stays).bound >= fewest_are,
        TRIED,
    )


def _unmet(
    demands: Sequence[PathClause], places: Sequence[int], made: frozenset[int]
) -> Iterator[int]:
    """Yield places of clauses that the choices do not meet, no two with a common choice."""
    seen: set[int] = set()
    for place in sorted(places, key=lambda place: (len(demands[place].choices), place)):
        choices, given = demands[place]
        if made.isdisjoint(choices) and made.issuperset(given) and seen.isdisjoint(choices):
            yield place
            seen.update(choices)


def _apart(demands: Sequence[PathClause]) -> list[int]:
    """Return as many clauses as possible that share no choice with each other."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_array

    plain = [place for place, one in enumerate(demands) if not one.given and one.choices]
    if not plain:
        return []
    several = [demands[place].choices for place in plain]
    rows = np.fromiter(chain.from_iterable(several), dtype=np.int64)
    columns = np.repeat(np.arange(len(plain)), list(map(len, several)))
    shape = int(rows.max()) + 1, len(plain)
    matrix = coo_array((np.ones(len(rows)), (rows, columns)), shape=shape)
    found: Any = milp(
        -np.ones(len(plain)),
        integrality=np.ones(len(plain)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(matrix.tocsr(), -np.inf, 1),
        options={"node_limit": BRANCHES, "mip_rel_gap": 0.0},
    )
    if found.x is None:
        return []
    return [plain[column] for column in np.flatnonzero(found.x > 0.5).tolist()]  # noqa: PLR2004
