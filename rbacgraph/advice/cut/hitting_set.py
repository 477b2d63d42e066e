"""Finds the lightest of the smallest choices that hit all path clauses, with a bound.

First the smallest number, then the lightest choice of that size, then the first in order: three
small integer programs, solved by HiGHS.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from math import ceil
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

NODES = 20_000
"""The limit of HiGHS' branches: a count instead of a time, so that answers are repeatable."""

_SOLVED = 20_000_000
"""The approximate limit of a program's cells that HiGHS visits over all branches."""

_WORK = 3_000_000
"""The limit of steps to drop implied clauses; the limit does not change the answer."""

_TOLERANCE = 1e-6

_Columns = Mapping[int, float]


class PathClause(NamedTuple):
    """A clause: one of its choices must be made, unless one of the ``given`` is not made.

    ``choices``, ``given``: numbers of choices, each once and in order: see :func:`path_clause`.
    """

    choices: tuple[int, ...]
    given: tuple[int, ...] = ()


def path_clause(choices: Iterable[int], given: Iterable[int] = ()) -> PathClause:
    """Return a clause of some choices, in any order. There may be many: sets would take more room.

    Examples
    --------
    >>> path_clause({9, 2})
    PathClause(choices=(2, 9), given=())
    """
    return PathClause(tuple(sorted(set(choices))), tuple(sorted(set(given))))


def united(clauses: Iterable[PathClause]) -> PathClause:
    """Return the clause of a path from those of its edges.

    Examples
    --------
    >>> united([path_clause({9, 2}), path_clause({2, 4}, {7})])
    PathClause(choices=(2, 4, 9), given=(7,))
    """
    choices, given = zip(*clauses, strict=True)
    return path_clause(chain.from_iterable(choices), chain.from_iterable(given))


class Keep(NamedTuple):
    """A set of supports that must not all go: each goes if one of its choices is made."""

    supports: tuple[frozenset[int], ...]


class Solved(NamedTuple):
    """The choices, and the lower bound of their number. None if no choice meets all clauses."""

    chosen: frozenset[int] | None
    bound: int
    proven: bool


def fewest(
    weights: Sequence[int],
    demands: Collection[PathClause],
    stays: Collection[Keep],
    *,
    quick: bool = False,
) -> Solved:
    """Return the smallest set of choices that meets all clauses, and of these the lightest.

    ``quick``: whether any smallest set is enough.

    Examples
    --------
    >>> demands = [path_clause(one) for one in ({0, 1}, {1, 2}, {3})]
    >>> fewest([1, 5, 1, 1], demands, [Keep((frozenset({1}), frozenset({0, 2})))])
    Solved(chosen=frozenset({1, 3}), bound=2, proven=True)
    """
    program = _Program(len(weights), _undominated(demands), dict.fromkeys(stays))
    counted = program.solve(np.ones(len(weights)))
    if counted is None:
        return Solved(None, 0, proven=True)
    found, bound, proven = counted
    if proven and not quick:
        program.limit(np.ones(len(weights)), bound)
        weight = np.array(weights, dtype=float)
        lightest = program.solve(weight)
        if lightest is not None and lightest[2]:
            found = lightest[0]
            program.limit(weight, round(float(weight[sorted(found)].sum())))
            first = program.solve(np.arange(1.0, len(weights) + 1))
            found = first[0] if first is not None else found
    return Solved(found, bound, proven)


def least(demands: Collection[PathClause], stays: Collection[Keep]) -> Solved:
    """Return a smallest set of choices, ignoring weights; it renumbers the choices first.

    Examples
    --------
    >>> least([path_clause({7, 8}), path_clause({8, 9})], []).bound
    1
    """
    numbers: dict[int, int] = {}

    def own(choices: Iterable[int]) -> frozenset[int]:
        return frozenset(numbers.setdefault(one, len(numbers)) for one in sorted(choices))

    some = [path_clause(own(one.choices), own(one.given)) for one in demands]
    kept = [Keep(tuple(map(own, one.supports))) for one in stays]
    solved = fewest([1] * len(numbers), some, kept, quick=True)
    if solved.chosen is None:
        return solved
    names = list(numbers)
    return solved._replace(chosen=frozenset(names[number] for number in solved.chosen))


def _undominated(demands: Collection[PathClause]) -> list[PathClause]:
    """Drop the clauses that another clause implies, in a fixed order."""
    order = sorted(sorted(set(demands)), key=lambda demand: len(demand.choices))
    kept: list[PathClause] = []
    by_choice: dict[int, list[PathClause]] = {}
    left = _WORK
    for place, one in enumerate(order):
        met = by_choice.keys() & one.choices
        left -= len(one.choices) + sum(len(by_choice[choice]) for choice in met)
        if left < 0:
            return [*kept, *order[place:]]
        if met and _is_implied(one, (other for choice in met for other in by_choice[choice])):
            continue
        kept.append(one)
        if one.choices:
            by_choice.setdefault(one.choices[0], []).append(one)
    return kept


def _is_implied(one: PathClause, others: Iterable[PathClause]) -> bool:
    choices, given = set(one.choices), set(one.given)
    return any(
        choices.issuperset(other.choices) and given.issuperset(other.given) for other in others
    )


class _Program:
    def __init__(
        self, choices: int, demands: Sequence[PathClause], stays: Collection[Keep]
    ) -> None:
        self._choices = choices
        self._rows: list[tuple[_Columns, float, float]] = []
        for demand in demands:
            columns = {**dict.fromkeys(demand.choices, 1.0), **dict.fromkeys(demand.given, -1.0)}
            self._rows.append((columns, 1.0 - len(demand.given), np.inf))
        self._size = choices
        for stay in stays:
            self._add_stay(stay)

    def _add_stay(self, stay: Keep) -> None:
        if len(stay.supports) == 1:
            for choice in stay.supports[0]:
                self._rows.append(({choice: 1.0}, 0.0, 0.0))
            return
        held = range(self._size, self._size + len(stay.supports))
        self._size += len(stay.supports)
        self._rows.append((dict.fromkeys(held, 1.0), 1.0, np.inf))
        for support, choices in zip(held, stay.supports, strict=True):
            for choice in choices:
                self._rows.append(({choice: 1.0, support: 1.0}, -np.inf, 1.0))

    def limit(self, cost: NDArray[np.float64], most: int) -> None:
        """Allow choices of some cost at most."""
        columns = {place: float(one) for place, one in enumerate(cost.tolist()) if one}
        self._rows.append((columns, -np.inf, most + 0.5))

    def solve(self, cost: NDArray[np.float64]) -> tuple[frozenset[int], int, bool] | None:
        """Return the cheapest choices, a bound of their cost, and whether they are proven so."""
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import coo_array

        cells = [
            (row, column, value)
            for row, (columns, _, _) in enumerate(self._rows)
            for column, value in sorted(columns.items())
        ]
        if not cells:
            met = all(low <= 0 for _, low, _ in self._rows)
            return (frozenset(), 0, True) if met else None
        rows, columns, values = (np.array(one) for one in zip(*cells, strict=True))
        matrix = coo_array((values, (rows, columns)), shape=(len(self._rows), self._size))
        lower = np.array([low for _, low, _ in self._rows])
        upper = np.array([high for _, _, high in self._rows])
        found: Any = milp(
            np.concatenate([cost, np.zeros(self._size - self._choices)]),
            integrality=np.ones(self._size),
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(matrix.tocsr(), lower, upper),
            options={"node_limit": max(1, min(NODES, _SOLVED // len(cells))), "mip_rel_gap": 0.0},
        )
        if found.x is None:
            return None
        chosen = frozenset(np.flatnonzero(found.x[: self._choices] > 0.5).tolist())  # noqa: PLR2004
        proven = found.status == 0
        value = float(cost[sorted(chosen)].sum())
        bound = value if proven else found.mip_dual_bound
        return chosen, ceil(bound - _TOLERANCE), proven
