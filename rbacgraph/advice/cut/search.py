"""Searches the fewest edits after which only the kept reach a Secret.

It collects paths, each with the edits that may block it; it chooses the fewest edits that block all
of them; it rebuilds the cluster with these edits and adds the remaining paths, until there are
none. The last choice is then optimal: with fewer edits, one of the collected paths would remain.
"""

from array import array
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from itertools import chain
from operator import itemgetter
from typing import NamedTuple, TypeVar

from pyroaring import BitMap

from rbacgraph.advice.cut.hitting_set import (
    Keep,
    PathClause,
    Solved,
    fewest,
    path_clause,
    united,
)
from rbacgraph.advice.cut.infeasibility import conflicts
from rbacgraph.advice.cut.kept_paths import KeptPaths
from rbacgraph.advice.cut.lower_bound import forcing
from rbacgraph.advice.cut.masked_graph import MaskedGraph, ways_of
from rbacgraph.advice.cut.question import Blocked, CutQuestion, Cutting, PathToBlock
from rbacgraph.advice.cut.required_rights import RequiredRights
from rbacgraph.advice.edits.apply_edits import Edited, apply
from rbacgraph.advice.edits.edit_weight import EditWeights
from rbacgraph.advice.edits.editor import Editor
from rbacgraph.advice.edits.edits import Edit
from rbacgraph.advice.edits.edits_that_close import EditFinder
from rbacgraph.advice.edits.required_support import statement_of
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.build import build
from rbacgraph.graph.principals import Start
from rbacgraph.model.answers.paths import Path
from rbacgraph.model.changes.statement import Say, Statement
from rbacgraph.model.node import GROUP, MASTERS, format_node
from rbacgraph.query.access.explain_path import PathExplainer
from rbacgraph.query.access.reachers import OwnPath

ROUNDS = 60
"""How often it rebuilds the cluster in search of the optimum."""

_Way = Path | Sequence[int]
"""A path, or the edges of one."""


class _Rebuilt(NamedTuple):
    """The cluster after some edits."""

    chosen: frozenset[Edit]
    made: Edited
    graph: AccessGraph
    closers: EditFinder


class _Searched(NamedTuple):
    """The cluster after the chosen edits, who reaches it there, and whether no fewer are enough."""

    rebuilt: _Rebuilt
    reached: BitMap
    bound: int
    proven: bool


_Name = TypeVar("_Name", int, str)


def _parted(names: AbstractSet[_Name], surely: AbstractSet[_Name]) -> tuple[int, int]:
    """Count the principals that are among the certain ones, and the others."""
    return len(names & surely), len(names - surely)


class ImplicitHittingSet:
    """Searches the smallest set of edits that hits every path."""

    def __init__(
        self, graph: AccessGraph, question: CutQuestion, editor: Editor, keeping: RequiredRights
    ) -> None:
        self._graph = graph
        self._question = question
        self._editor = editor
        self._keeping = keeping
        self._weighing = EditWeights(editor, graph.world)
        self._numbers: dict[Edit, int] = {}
        self._weights: list[int] = []
        self._names: dict[str, str] = {}
        self._found: dict[PathClause, dict[str, _Way]] = {}
        self._blocked: dict[str, Blocked] = {}
        self._forbidden: dict[Edit, Statement] = {}
        self._not_all: list[frozenset[Edit]] = []
        self._fixed: frozenset[Edit] = frozenset()
        self._reached = question.reaching(graph)
        self._reached_by = {s.principal for s in self._cut_off(graph)} & set(self._reached)
        self._teller = PathExplainer(graph)
        self._kept_paths = KeptPaths(graph, question, editor)

    def cut(self) -> Cutting:
        """Return the fewest edits."""
        (chosen, made, graph, _), reached, bound, proven = self._search()
        edits = tuple(sorted(chosen))
        return Cutting(
            edits=edits,
            made=made,
            graph=graph,
            reached=(self._reached, reached),
            bound=bound,
            proven=proven,
            principals=_parted(self._reached_by, set(self._surely)),
            forcing=self._forcing(len(edits)),
            blocked=self._blocked,
            closes=self._closes(edits),
        )

    def _search(self) -> _Searched:
        masked = [self._masked(self._rebuilt(frozenset()))]
        bound, proven, rounds = 0, True, 0
        latest: frozenset[Edit] | None = None
        while True:
            solved = self._solve_over(masked)
            chosen = frozenset(self._edits(solved.chosen or ()))
            if proven:
                bound, proven = solved.bound, solved.proven
            del masked[1:]  # two graphs at a time take enough room
            # No mask foresees what edits uncover: the graph leaves out rights that a wider right
            # of the same holder includes, and changes bind subjects by new bindings.
            rebuilt = self._rebuilt(chosen)
            reached = self._question.reaching(rebuilt.graph)
            left = self._add_left(rebuilt.graph, rebuilt.closers, reached)
            if not left and not self._lost(rebuilt.graph, chosen, masked[0]):
                return _Searched(rebuilt, reached, bound if proven else self._bound(), proven)
            if left:  # more remaining paths, without another build
                latest = chosen
                masked.append(self._masked(rebuilt))
            del rebuilt
            if not left and latest is not None:
                masked.append(self._masked(self._rebuilt(latest)))
            rounds += 1
            if rounds >= ROUNDS:  # the choice stands: the search ends, without a proof
                proven, self._fixed = False, chosen

    def _bound(self) -> int:
        """Return how many edits the paths of those need who are not given up by now."""
        self._fixed = frozenset()
        return fewest(self._weights, [*self._demands()], self._stays(), quick=True).bound

    def _rebuilt(self, chosen: frozenset[Edit]) -> _Rebuilt:
        graph, made = self._graph, Edited(self._editor.snapshot, (), {}, {})
        if chosen:
            made = apply(self._editor, chosen)
            graph = build(made.snapshot, graph.world.secrets)
        return _Rebuilt(chosen, made, graph, EditFinder(self._editor, graph, made, chosen))

    def _forcing(self, fewest_are: int) -> list[PathToBlock]:
        """Return paths that show why so many edits are needed."""
        demands = {one: of for one, of in self._demands().items() if of in self._found}
        clauses = list(demands)
        places = forcing(clauses, self._stays(), fewest_are)
        return [self._to_block(one, demands[one]) for one in map(clauses.__getitem__, places)]

    def _to_block(self, demand: PathClause, found: PathClause) -> PathToBlock:
        way = next(iter(self._found[found].values()))
        return PathToBlock(self._told(way), frozenset(self._edits(demand.choices)))

    def _closes(self, edits: Collection[Edit]) -> dict[Edit, tuple[int, int]]:
        """Count the principals that lose a path by each of some edits, the certain ones apart."""
        losing = {self._numbers[edit]: set[str]() for edit in edits}
        nodes, members = self._graph.nodes, self._graph.membership.members
        every = BitMap.union(self._surely, *(members.get(n, BitMap()) for n in self._surely))
        surely = {format_node(nodes[one]) for one in every}
        for clause, ways in self._found.items():
            # Somebody whom the graph shows only once a wider right is gone has a path there.
            surely |= {name for name, way in ways.items() if isinstance(way, Path) and way.certain}
            for number in losing.keys() & clause.choices:
                losing[number].update(ways)
        return {edit: _parted(losing[self._numbers[edit]], surely) for edit in edits}

    @cached_property
    def _surely(self) -> BitMap:
        """The principals that reach the Secret for certain."""
        return self._question.reaching_for_certain(self._graph)

    # Solving

    def _masked(self, rebuilt: _Rebuilt) -> MaskedGraph:
        question, graph, closers = self._question, rebuilt.graph, rebuilt.closers
        principals, seeds = question.principals(graph), question.seeds(graph)
        return MaskedGraph(graph, closers, principals, question.limits(graph), seeds)

    def _solve_over(self, masked: Sequence[MaskedGraph]) -> Solved:
        """Solve with all paths that remain in some masked graphs."""
        quick = True
        while True:
            solved = self._solve(quick=quick)
            chosen = frozenset(self._edits(solved.chosen or ()))
            if any(self._add_more(one, chosen) for one in masked):
                continue
            if not quick:
                return solved
            quick = False

    def _add_more(self, masked: MaskedGraph, chosen: frozenset[Edit]) -> bool:
        """Add remaining paths of a masked graph; return whether any is new."""
        graph, closers = masked.graph, masked.closers
        starts, around = self._cut_off(graph), self._around(graph)
        for find in (masked.ways, masked.joined_ways):
            if self._add_all(graph, find(starts, chosen, around), closers, chosen):
                return True
        return False

    def _solve(self, *, quick: bool) -> Solved:
        while True:
            demands, stays = self._demands(), self._stays()
            solved = fewest(self._weights, [*demands], stays, quick=quick)
            if solved.chosen is not None:
                return solved
            self._give_up_together(demands, stays)

    def _edits(self, numbers: Iterable[int]) -> list[Edit]:
        """Return some edits, in order."""
        edits = list(self._numbers)
        return sorted(edits[number] for number in numbers)

    def _clause(self, edits: Iterable[Edit], given: Iterable[Edit] = ()) -> PathClause:
        number = self._numbers.__getitem__
        return path_clause(map(number, edits), map(number, given))

    def _demands(self) -> dict[PathClause, PathClause]:
        """Return the clauses to meet, each with the clause of the paths that demand it.

        It gives up principals whose paths no edit may block.
        """
        self._keeping.heed(self._numbers)
        denied = self._denied()
        shut = frozenset(self._numbers[edit] for edit in denied if edit in self._numbers)
        for clause, ways in list(self._found.items()):
            if not clause.given and shut.issuperset(clause.choices):
                self._give_up(ways, tuple((e, denied[e]) for e in self._edits(clause.choices)))
        found: dict[PathClause, PathClause] = {}
        for clause in self._found:
            left = clause
            if not shut.isdisjoint(clause.choices):
                choices = tuple(one for one in clause.choices if one not in shut)
                left = PathClause(choices, clause.given)
            if left.choices or left.given:
                found.setdefault(left, clause)
        whole = self._clause(self._fixed)
        return {**found, **{self._clause([edit]): whole for edit in self._fixed}}

    def _denied(self) -> dict[Edit, Statement]:
        """Return the edits that alone deny what must stay, with what they deny."""
        denied = {edit: statement_of(want) for edit, want in self._keeping.forbidden().items()}
        return denied | self._forbidden

    def _stays(self) -> list[Keep]:
        """Return the supports that must stay."""
        number = self._numbers.__getitem__
        several = [denial.supports for denial in self._keeping.denials()]
        several += [tuple(frozenset({edit}) for edit in edits) for edits in self._not_all]
        several += [(frozenset({edit}),) for edit in self._forbidden if edit in self._numbers]
        return [Keep(tuple(frozenset(map(number, edits)) for edits in one)) for one in several]

    def _give_up(
        self, ways: Mapping[str, _Way], denied: tuple[tuple[Edit, Statement], ...]
    ) -> None:
        """Give up some principals, each with the path that no edit may block."""
        for principal, way in sorted(ways.items(), key=itemgetter(0)):
            self._blocked.setdefault(principal, Blocked(self._told(way), denied))
        if any(principal.startswith(f"{GROUP}:") for principal in ways):
            self._found.clear()  # a group's members then reach it by a path that is not their own
        for clause, own in list(self._found.items()):
            self._found[clause] = {p: way for p, way in own.items() if p not in self._blocked}
            if not self._found[clause]:
                del self._found[clause]

    def _give_up_together(
        self, demands: Mapping[PathClause, PathClause], stays: Sequence[Keep]
    ) -> None:
        """Give up principals that only edits can cut off which together deny what must stay."""
        wants, denied = [one.want for one in self._keeping.denials()], self._denied()
        given_up = False
        for found in list(conflicts(list(demands), stays)):
            several = (demands[one] for one in reversed(found.demands))
            last = next((clause for clause in several if clause in self._found), None)
            if last is None:
                continue
            first = next((place for place in found.stays if place < len(wants)), None)
            why = Say.DENIES_TOGETHER()
            if first is not None:
                why = Say.NEEDED_TOGETHER(statement_of(wants[first]))
            edits = self._edits(last.choices)
            refused = tuple((edit, denied.get(edit, why)) for edit in edits)
            self._give_up(self._found[last], refused)
            given_up = True
        if not given_up:
            self._fixed = frozenset()

    # Paths

    def _add_all(
        self,
        graph: AccessGraph,
        ways: Iterable[OwnPath],
        closers: EditFinder,
        leaving: frozenset[Edit] = frozenset(),
    ) -> bool:
        """Add paths to block, with the edits that remain for each; return whether any is new."""
        parts: dict[int, PathClause] = {}  # by the number of an edge's support: many edges share it
        new = False
        for way in ways:
            supports = {closers.number_of(edge): edge for edge in way.edges}
            fresh = {
                number: closers.of_path((edge,), leaving)
                for number, edge in supports.items()
                if number not in parts
            }
            if fresh:
                self._number(chain.from_iterable(chain.from_iterable(fresh.values())))
                parts |= {number: self._clause(*closing) for number, closing in fresh.items()}
            clause = united(map(parts.__getitem__, supports))
            new |= clause not in self._found
            self._add(graph, way, clause, closers)
        return new

    def _number(self, edits: Iterable[Edit]) -> None:
        """Number the edits that have no number yet, in order."""
        for edit in sorted({edit for edit in edits if edit not in self._numbers}):
            self._numbers[edit] = len(self._numbers)
            self._weights.append(self._weighing.weigh(edit))
            if why := self._keeping.refusal(edit):
                self._forbidden[edit] = why

    def _add(
        self, graph: AccessGraph, way: OwnPath, clause: PathClause, closers: EditFinder
    ) -> None:
        name = format_node(graph.nodes[way.principal])
        principal = self._names.setdefault(name, name)  # it has many paths
        found = self._found.setdefault(clause, {})
        if principal not in found:  # of other graphs only the printed path is kept
            same = graph is self._graph
            found[principal] = (
                array("i", way.edges)
                if same
                else closers.with_original_evidence(PathExplainer(graph).path_of(way.edges))
            )

    def _told(self, way: _Way) -> Path:
        return way if isinstance(way, Path) else self._teller.path_of(way)

    def _add_left(self, graph: AccessGraph, closers: EditFinder, reached: BitMap) -> bool:
        """Add paths that remain after the edits; return whether there are any."""
        question = self._question
        starts = [start for start in self._cut_off(graph) if start.principal in reached]
        limits, seeds = question.limits(graph), question.seeds(graph)
        ways = ways_of(graph, limits, seeds, starts, self._around(graph))
        self._add_all(graph, ways, closers)
        return bool(starts)

    def _cut_off(self, graph: AccessGraph) -> list[Start]:
        """Return the principals to cut off."""
        return [
            start
            for start in self._question.others(graph)
            if format_node(graph.nodes[start.principal]) not in self._blocked
        ]

    def _around(self, graph: AccessGraph) -> Callable[[int], frozenset[int]]:
        """Return a function from a principal to the groups that its own paths avoid.

        These are the groups of the principal that reach the Secret in any case.
        """
        reaching = {node for node in graph.membership.members if self._is_given_up(graph, node)}

        def around(principal: int) -> frozenset[int]:
            return frozenset(reaching & graph.membership.groups_of(principal) if reaching else ())

        return around

    def _is_given_up(self, graph: AccessGraph, number: int) -> bool:
        node = graph.nodes[number]
        return node == MASTERS or format_node(node) in self._blocked

    def _lost(self, graph: AccessGraph, chosen: frozenset[Edit], masked: MaskedGraph) -> bool:
        """Forbid edits that take a path from a kept principal; return whether any did."""
        several = list(self._kept_paths.lost(graph, chosen, masked))
        for edits in several:
            if len(edits) == 1:
                self._forbidden.setdefault(edits[0], self._kept_paths.why(edits[0]))
            else:
                self._not_all.append(frozenset(edits))
        return bool(several)
