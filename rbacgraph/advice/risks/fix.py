"""Answers ``risks --fix`` and ``--fix-set``: the changes that close causes, proven."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from math import floor
from typing import Any, NamedTuple

import numpy as np
from msgspec.structs import replace

from rbacgraph.advice.changes.access_effect import effect
from rbacgraph.advice.changes.nobody_gains import no_type_is_named_first, nobody_gains
from rbacgraph.advice.cut.remaining_paths import RemainingPaths
from rbacgraph.advice.edits.described_edit import EditDescriber
from rbacgraph.advice.edits.edit_weight import EditWeights
from rbacgraph.advice.edits.edits import Edit
from rbacgraph.advice.edits.losers import EditLosses
from rbacgraph.advice.planning.plan import AllowedRequests, acting_needs, joined
from rbacgraph.advice.risks.access_counts import AccessCounter, removed
from rbacgraph.advice.risks.cause import RiskCause
from rbacgraph.advice.risks.describe_cause import CauseDescriber
from rbacgraph.advice.risks.risks import RiskRanking, limits_of_risks
from rbacgraph.errors import NotFoundError, UsageError
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.principals import Principals
from rbacgraph.model.answers.risk.risk_text import RiskText
from rbacgraph.model.answers.risk.risks import Risk
from rbacgraph.model.changes.risk_fix import FixProof, RiskFixResult
from rbacgraph.model.inputs.required_requests import Needing, Needs
from rbacgraph.query.arrays.path_filter import PathFilter
from rbacgraph.query.subject.basis import basis_of


def fix_risks(
    graph: AccessGraph,
    *,
    which: Sequence[str] = (),
    best: int = 0,
    needs: Needs | None = None,
    certain: bool = False,
    without: Sequence[str] = (),
    system: bool = False,
) -> RiskFixResult:
    """Return the changes that close causes, with what is left and who loses what.

    ``which``: the causes: their ids, or their numbers in the list that starts with 1.
    ``best``: or how many causes to choose, so that they remove most together.
    ``needs``: requests of logs and statements: the answer says which of them would be denied.
    Raises UsageError, NotFoundError if an edge kind or a cause is unknown; UnprovenError if the
        changes would give a principal a right.
    """
    limits = limits_of_risks(certain=certain, without=without)
    ranking = RiskRanking(graph, limits, system=system)
    found = ranking.risks()
    listed = [risk for risk in found if not risk.by_design]
    most, proven = None, False
    if best:
        principals = graph.principals_unfolded if system else graph.principals
        causes = [ranking.causes[risk.id] for risk in listed]
        search = BestSetSearch(graph, ranking.counter, principals, limits, causes)
        result = search.best(best)
        chosen = [listed[number] for number in result.chosen]
        most, proven = result.most, result.proven
    else:
        chosen = [_chosen(text, listed, found) for text in which]
    fixing = _Fixing(graph, ranking, [ranking.causes[risk.id] for risk in chosen])
    proof = fixing.proof()
    answer = RiskFixResult(
        risks=tuple(chosen),
        edits=tuple(map(fixing.describer.describe, fixing.edits)),
        changes=fixing.made.changes,
        by_hand=tuple(fixing.by_hand()),
        proof=proof,
        denied=(),
        effect=effect(graph, fixing.after, limits=limits, shut=fixing.shut, system=system),
        most=most,
        proven=proven and most == fixing.removed(),
        basis=basis_of(graph, limits),
    )
    if needs is None:
        return answer
    denied, kept = fixing.denied(needs)
    return replace(
        answer,
        denied=denied,
        proof=replace(answer.proof, requests=kept),
        log=needs.log.summary(None) if needs.log else None,
        diagnostics=needs.diagnostics,
    )


def _chosen(text: str, listed: Sequence[Risk], found: Sequence[Risk]) -> Risk:
    """Return the cause that a number or an id means."""
    by_id = {risk.id: risk for risk in found}
    if text in by_id:
        return by_id[text]
    if text.isascii() and text.isdecimal() and len(text) < len(found[0].id if found else text):
        number = int(text)
        if 1 <= number <= len(listed):
            return listed[number - 1]
        raise UsageError(f"there is no cause {number}: the list has {len(listed)}")
    raise NotFoundError(
        f"there is no cause {text!r}", advice="risks -o wide lists causes with their ids"
    )


class _Fixing:
    """Closes some causes.

    ``ranking``: the ranking of its causes.
    ``causes``: the causes to close.
    """

    def __init__(
        self, graph: AccessGraph, ranking: RiskRanking, causes: Sequence[RiskCause]
    ) -> None:
        self._graph = graph
        self._ranking = ranking
        self._causes = causes
        self._editor = ranking.finder.editor
        self.edits: tuple[Edit, ...] = tuple(
            dict.fromkeys(edit for cause in causes for edit in cause.edits)
        )
        self.made = ranking.closing.edited(causes)
        self.after = ranking.closing.graph(causes) if causes else graph
        self.shut = ranking.closing.shut_in(self.after, causes)
        weights = EditWeights(self._editor, graph.world)
        authorizer = self.after.world.authorizer
        losing = EditLosses(self._editor, weights, graph.world, authorizer)
        self.describer = EditDescriber(self._editor, graph.world, losing)

    def by_hand(self) -> Iterator[RiskText]:
        """Yield the changes that are no RBAC."""
        describer = CauseDescriber(self._graph, self._editor)
        for cause in self._causes:
            if not cause.edits:
                yield describer.change(cause)

    @cached_property
    def _counter_after(self) -> AccessCounter:
        return self._ranking.removed.after(self.after, self._causes)

    def removed(self) -> int:
        """Return how many pairs and admins go away altogether, certain or not."""
        return sum(removed(self._ranking.counter, self._counter_after))

    def proof(self) -> FixProof:
        """Return what is left, or raise.

        Raises UnprovenError if a principal holds a right that it did not hold before, or rules
            name a type of which the input shows nothing.
        """
        before, after = self._ranking.counter.all, self._counter_after.all
        authorizers = self._graph.world.authorizer, self.after.world.authorizer
        nobody_gains(*authorizers)
        no_type_is_named_first(*authorizers)
        return FixProof(
            pairs_before=before.pairs,
            pairs_before_conditional=before.pairs_conditional,
            pairs_after=after.pairs,
            pairs_after_conditional=after.pairs_conditional,
            admins_before=before.admins,
            admins_before_conditional=before.admins_conditional,
            admins_after=after.admins,
            admins_after_conditional=after.admins_conditional,
        )

    def denied(self, needs: Needs) -> tuple[tuple[Needing, ...], int]:
        """Return what is allowed now and will be denied, and how many requests stay allowed."""
        old = AllowedRequests(self._graph.world.authorizer)
        new = AllowedRequests(self.after.world.authorizer)
        found, kept = list[Needing](), 0
        for one in joined((*needs.needing, *acting_needs(old, needs.needing, needs.log))):
            met = [needed for needed in one.needs if old.met(one, needed)]
            lost = tuple(needed for needed in met if not new.still_met(old, one, needed))
            kept += len(met) - len(lost)
            if lost:
                found.append(replace(one, needs=lost, writes=()))
        return tuple(found), kept


# Finds the causes that remove most if they are closed together: an implicit hitting set.
#
# A pair of a principal and a Secret goes away only when each of its paths is broken. So the program
# maximizes the pairs that go away, subject to this for each known path: its pair stays unless a
# cause on the path is closed. It knows few paths at first. A choice that it makes is tried by
# masking; each path that is left adds a constraint, until what the program promises is what goes
# away. Its value is never less than what any choice removes, so it is the bound if the work ends
# first.

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
