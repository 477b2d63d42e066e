"""Finds the causes that remove most if they are closed together: an implicit hitting set.

A pair of a principal and a Secret goes away only when each of its paths is broken. So the program
maximizes the pairs that go away, subject to this for each known path: its pair stays unless a cause
on the path is closed. It knows few paths at first. A choice that it makes is tried by masking; each
path that is left adds a constraint, until what the program promises is what goes away. Its value is
never less than what any choice removes, so it is the bound if the work ends first.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from math import floor
from typing import Any, NamedTuple

import numpy as np

from rbacgraph.advice.cut.remaining_paths import RemainingPaths
from rbacgraph.advice.risks.access_counts import AccessCounter
from rbacgraph.advice.risks.cause import RiskCause
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.principals import Principals
from rbacgraph.query.arrays.path_filter import PathFilter

ROUNDS = 60
"""The largest number of programs: a count, not a time, so that answers are repeatable."""

_NODES = 20_000
"""The limit of HiGHS' branches."""

_WORK = 400_000_000
"""The limit of edges looked at for paths, over all principals and rounds."""

_HALF = 0.5
_TOLERANCE = 1e-6

_FULL = -1
"""Stands for full control in place of a Secret."""

_Pair = tuple[int, int]


class BestSet(NamedTuple):
    """The chosen causes by number, the most that so many remove, and whether it is proven."""

    chosen: tuple[int, ...]
    most: int
    proven: bool


class BestSetSearch:
    """Searches the causes that remove most together.

    ``counter``: counts its access.
    ``principals``: the principals that count.
    ``causes``: the causes to choose from.
    """

    def __init__(
        self,
        graph: AccessGraph,
        counter: AccessCounter,
        principals: Principals,
        limits: PathFilter,
        causes: Sequence[RiskCause],
    ) -> None:
        self._graph = graph
        self._counter = counter
        self._principals = principals
        self._limits = limits
        self._causes = causes
        self._by_edge: dict[int, set[int]] = defaultdict(set)
        for number, cause in enumerate(causes):
            for edge in cause.maybe:
                self._by_edge[edge].add(number)
        self._clauses: dict[_Pair, dict[frozenset[int], None]] = {
            pair: {} for pair in counter.pairs_without(())
        }
        self._work = _WORK

    def best(self, size: int) -> BestSet:
        """Return the best causes, at most so many."""
        if not self._causes:
            return BestSet((), 0, proven=True)
        best: tuple[int, tuple[int, ...]] = (0, ())
        most = len(self._clauses)
        for _ in range(ROUNDS):
            chosen, value, proven = self._solve(size)
            most = min(most, value)
            left = self._left(chosen)
            removed = len(self._clauses) - len(left)
            best = max(best, (removed, tuple(-one for one in chosen)))
            if removed >= most and proven:
                break
            if not self._learn(chosen, left):
                break
        found = tuple(sorted(-one for one in best[1]))
        return BestSet(found, max(most, best[0]), best[0] >= most)

    def _left(self, chosen: Collection[int]) -> set[_Pair]:
        return self._counter.pairs_without(self._shut(chosen))

    def _shut(self, chosen: Collection[int]) -> frozenset[int]:
        return frozenset[int]().union(*(self._causes[one].maybe for one in chosen))

    def _learn(self, chosen: Collection[int], left: set[_Pair]) -> bool:
        """Add the causes on a path of each pair that is left; return whether any is new."""
        new = False
        rest = set(left)
        for principal, target, edges in self._paths(self._shut(chosen), left):
            clause = frozenset(one for edge in edges for one in self._by_edge.get(edge, ()))
            rest.discard((principal, target))
            new = self._add((principal, target), clause) or new
        if rest and self._work >= 0:  # a way that rests on rights as a member: see Closure
            new = self._learn_by_trying(chosen, rest) or new
        return new

    def _add(self, pair: _Pair, clause: frozenset[int]) -> bool:
        known = self._clauses[pair]
        if clause in known:
            return False
        known[clause] = None
        return True

    def _learn_by_trying(self, chosen: Collection[int], rest: set[_Pair]) -> bool:
        """Add for each pair that one of the causes must be closed that are not yet.

        The first pair stays even if many more causes are closed: that says most.
        """
        closed, left, first = set(chosen), rest, min(rest)
        for one in range(len(self._causes)):
            if one not in closed:
                after = self._left({*closed, one})
                self._work -= len(self._graph.source)
                if first in after:
                    closed.add(one)
                    left = left & after
        every = frozenset(range(len(self._causes)))
        sooner = [self._add(pair, every - frozenset(chosen)) for pair in sorted(rest - left)]
        return any([*sooner, *(self._add(pair, every - closed) for pair in sorted(left))])

    def _paths(
        self, shut: frozenset[int], left: set[_Pair]
    ) -> Iterator[tuple[int, int, Sequence[int]]]:
        graph, full = self._graph, frozenset(self._counter.full.tolist())
        limits = self._limits._replace(shut=self._limits.shut | shut)
        seeds = [*self._counter.secrets.tolist(), *full]
        ways = RemainingPaths(graph, limits, seeds)
        wanted: dict[int, set[int]] = defaultdict(set)
        for principal, target in left:
            wanted[principal].add(target)
        for start in self._principals.starts:
            mine = wanted.get(start.principal)
            if not mine or self._work < 0:
                continue
            self._work -= len(graph.source)
            seen = set[int]()
            around = graph.membership.groups_of(start.principal)
            for seed, edges in ways.to_each(start, around):
                target = _FULL if seed in full else seed
                if target in mine and target not in seen:
                    seen.add(target)
                    yield start.principal, target, edges

    def _solve(self, size: int) -> tuple[tuple[int, ...], int, bool]:
        """Return a choice, the most that any can remove by the known paths, and if that is sure."""
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import coo_array

        number = len(self._causes)
        # Pairs with the same paths are one variable.
        alike: dict[frozenset[frozenset[int]], int] = defaultdict(int)
        for clauses in self._clauses.values():
            if frozenset() not in clauses:
                alike[frozenset(clauses)] += 1
        groups = sorted(alike.items(), key=lambda one: (sorted(map(sorted, one[0])), one[1]))
        rows: list[tuple[int, frozenset[int]]] = [
            (place, clause)
            for place, (clauses, _) in enumerate(groups)
            for clause in sorted(clauses, key=sorted)
        ]
        cells = [(0, one, 1.0) for one in range(number)]
        for row, (place, clause) in enumerate(rows, 1):
            cells.append((row, number + place, 1.0))
            cells += [(row, one, -1.0) for one in sorted(clause)]
        row_of, column_of, values = (np.array(one) for one in zip(*cells, strict=True))
        shape = len(rows) + 1, number + len(groups)
        matrix = coo_array((values, (row_of, column_of)), shape=shape)
        weights = np.array([float(weight) for _, weight in groups])
        # Of equal choices the first causes, which are the most severe.
        cost = np.concatenate([np.arange(number) * (_HALF / max(1, number * number)), -weights])
        found: Any = milp(
            cost,
            integrality=np.concatenate([np.ones(number), np.zeros(len(groups))]),
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(
                matrix.tocsr(), -np.inf, np.array([float(size), *[0.0] * len(rows)])
            ),
            options={"node_limit": _NODES, "mip_rel_gap": 0.0},
        )
        if found.x is None:
            return (), int(weights.sum()), False
        chosen = tuple(np.flatnonzero(found.x[:number] > _HALF).tolist())
        bound = -float(found.mip_dual_bound if found.mip_dual_bound is not None else found.fun)
        return chosen, floor(bound + _HALF + _TOLERANCE), found.status == 0
