"""Why there must be so many edits: paths of which no fewer edits close all."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rbacgraph.advice.hitting import Demand, Stay, fewest

TRIED = 400
"""Of how many paths is looked whether each can be left out."""


def forcing(demands: Sequence[Demand], stays: Sequence[Stay], fewest_are: int) -> list[int]:
    """Return the places of few demands that no fewer choices meet than all.

    Parameters
    ----------
    demands, stays:
        All of them.
    fewest_are:
        How many choices meet them.

    Examples
    --------
    >>> demands = [Demand(frozenset({0, 1})), Demand(frozenset({1, 2})), Demand(frozenset({3}))]
    >>> forcing(demands, [], 2)
    [0, 2]
    """
    apart = _apart(demands)
    if len(apart) >= fewest_are:
        return apart
    weights = [1] * (1 + max((n for d in demands for n in (*d.choices, *d.given)), default=0))
    kept = list(range(len(demands)))
    order = sorted(kept, key=lambda place: (-len(demands[place].choices), place))
    for place in order[-TRIED:]:
        rest = [other for other in kept if other != place]
        solved = fewest(weights, [demands[other] for other in rest], stays, quick=True)
        if solved.bound >= fewest_are:
            kept = rest
    return kept


def _apart(demands: Sequence[Demand]) -> list[int]:
    """Return as many demands as there are of which no two share a choice."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_array

    plain = [place for place, one in enumerate(demands) if not one.given and one.choices]
    if not plain:
        return []
    cells = [(c, column) for column, place in enumerate(plain) for c in demands[place].choices]
    rows, columns = np.array(cells).T
    shape = int(rows.max()) + 1, len(plain)
    matrix = coo_array((np.ones(len(rows)), (rows, columns)), shape=shape)
    found: Any = milp(
        -np.ones(len(plain)),
        integrality=np.ones(len(plain)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(matrix.tocsr(), -np.inf, 1),
        options={"node_limit": TRIED, "mip_rel_gap": 0.0},
    )
    if found.x is None:
        return []
    return [plain[column] for column in np.flatnonzero(found.x > 0.5).tolist()]  # noqa: PLR2004
