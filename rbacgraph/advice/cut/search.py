"""Searches the fewest edits after which only the kept reach a Secret.

It collects paths, each with the edits that may block it; it chooses the fewest edits that block all
of them; it rebuilds the cluster with these edits and adds the remaining paths, until there are
none. The last choice is then optimal: with fewer edits, one of the collected paths would remain.
"""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter

from rbacgraph.advice.cut.hitting_set import Keep, PathClause, Solved, fewest
from rbacgraph.advice.cut.infeasibility import conflicts
from rbacgraph.advice.cut.kept_paths import KeptPaths
from rbacgraph.advice.cut.masked_graph import MaskedGraph, ways_of
from rbacgraph.advice.cut.question import Blocked, CutQuestion, Cutting, PathToBlock
from rbacgraph.advice.cut.remaining_paths import reaching
from rbacgraph.advice.cut.required_rights import RequiredRights
from rbacgraph.advice.edits.apply_edits import Edited, apply
from rbacgraph.advice.edits.edit_weight import EditWeights
from rbacgraph.advice.edits.editor import Editor
from rbacgraph.advice.edits.edits import Edit
from rbacgraph.advice.edits.edits_that_close import Closing, EditFinder
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


class ImplicitHittingSet:
    """Searches the smallest set of edits that hits every path.

    Parameters
    ----------
    graph:
        The graph of the cluster.
    question:
        The question.
    editor:
        The possible edits.
    keeping:
        What the edits must not deny.
    """

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
        self._found: dict[Closing, dict[str, OwnPath | Path]] = {}
        self._blocked: dict[str, Blocked] = {}
        self._forbidden: dict[Edit, Statement] = {}
        self._not_all: list[frozenset[Edit]] = []
        self._fixed: frozenset[Edit] = frozenset()
        seeds = question.seeds(graph)
        reached = reaching(graph, question.principals(graph), question.limits(graph), seeds)
        self._reached_by = {s.principal for s in self._cut_off(graph)} & set(reached)
        self._teller = PathExplainer(graph)
        self._kept_paths = KeptPaths(graph, question, editor)

    def cut(self) -> Cutting:
        """Return the fewest edits."""
        graph = self._graph
        untouched = Edited(self._editor.snapshot, (), {}, {})
        masked = [self._masked(graph, EditFinder(self._editor, graph, untouched, frozenset()))]
        bound, proven, rounds = 0, True, 0
        while True:
            solved = self._solve_over(masked)
            chosen = self._edits(solved)
            if proven:
                bound, proven = solved.bound, solved.proven
            made = apply(self._editor, chosen)
            after = build(made.snapshot, graph.world.secrets) if chosen else graph
            closers = EditFinder(self._editor, after, made, chosen)
            left = self._add_left(after, closers)
            if not left and not self._lost(after, chosen):
                edits, number = tuple(sorted(chosen)), len(self._reached_by)
                return Cutting(edits, made, after, bound, proven, number, self._blocked)
            if left:  # more remaining paths, without another build
                masked[1:] = [self._masked(after, closers)]
            rounds += 1
            if rounds >= ROUNDS:  # the choice stands: the search ends, without a proof
                proven, self._fixed = False, chosen

    def demanded(self) -> dict[PathClause, PathToBlock]:
        """Return the paths to block, by their clause."""
        edits = list(self._numbers)
        return {
            demand: PathToBlock(
                self._told(next(iter(self._found[closing].values()))),
                frozenset(edits[number] for number in demand.choices),
            )
            for demand, closing in self._demands().items()
            if closing in self._found
        }

    def closes(self, edit: Edit) -> int:
        """Count the principals that lose a path by an edit."""
        found = (ways for closing, ways in self._found.items() if edit in closing.edits)
        return len(set().union(*found))

    # Solving

    def _masked(self, graph: AccessGraph, closers: EditFinder) -> MaskedGraph:
        question = self._question
        principals, seeds = question.principals(graph), question.seeds(graph)
        return MaskedGraph(graph, closers, principals, question.limits(graph), seeds)

    def _solve_over(self, masked: Sequence[MaskedGraph]) -> Solved:
        """Solve with all paths that remain in some masked graphs."""
        quick = True
        while True:
            solved = self._solve(quick=quick)
            chosen = self._edits(solved)
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
            new = [self._add(graph, way, closers, chosen) for way in find(starts, chosen, around)]
            if any(new):  # all of them are added first
                return True
        return False

    def _solve(self, *, quick: bool) -> Solved:
        while True:
            demands, stays = self._demands(), self.stays()
            solved = fewest(self._weights, [*demands], stays, quick=quick)
            if solved.chosen is not None:
                return solved
            self._give_up_together(demands, stays)

    def _edits(self, solved: Solved) -> frozenset[Edit]:
        edits = list(self._numbers)
        return frozenset(edits[number] for number in solved.chosen or ())

    def _demands(self) -> dict[PathClause, Closing]:
        """Return the clauses to meet; give up principals whose paths no edit may block."""
        self._keeping.heed(self._numbers)
        denied = self._denied()
        found: dict[PathClause, Closing] = {}
        for closing, ways in list(self._found.items()):
            if not closing.given and not closing.edits.difference(denied):
                self._give_up(ways, tuple((edit, denied[edit]) for edit in sorted(closing.edits)))
        for closing in self._found:
            choices = closing.edits.difference(denied)
            if choices or closing.given:
                found.setdefault(self._demand(choices, closing.given), closing)
        fixed = (PathClause(frozenset({self._numbers[edit]})) for edit in self._fixed)
        return {**found, **dict.fromkeys(fixed, Closing(self._fixed, frozenset()))}

    def _denied(self) -> dict[Edit, Statement]:
        """Return the edits that alone deny what must stay, with what they deny."""
        denied = {edit: statement_of(want) for edit, want in self._keeping.forbidden().items()}
        return denied | self._forbidden

    def _demand(self, choices: Iterable[Edit], given: Iterable[Edit]) -> PathClause:
        number = self._numbers.__getitem__
        return PathClause(frozenset(map(number, choices)), frozenset(map(number, given)))

    def stays(self) -> list[Keep]:
        """Return the supports that must stay."""
        number = self._numbers.__getitem__
        several = [denial.supports for denial in self._keeping.denials()]
        several += [tuple(frozenset({edit}) for edit in edits) for edits in self._not_all]
        several += [(frozenset({edit}),) for edit in self._forbidden if edit in self._numbers]
        return [Keep(tuple(frozenset(map(number, edits)) for edits in one)) for one in several]

    def _give_up(
        self, ways: Mapping[str, OwnPath | Path], denied: tuple[tuple[Edit, Statement], ...]
    ) -> None:
        """Give up some principals, each with the path that no edit may block."""
        for principal, way in sorted(ways.items(), key=itemgetter(0)):
            self._blocked.setdefault(principal, Blocked(self._told(way), denied))
        if any(principal.startswith(f"{GROUP}:") for principal in ways):
            self._found.clear()  # a group's members then reach it by a path that is not their own
        for closing, own in list(self._found.items()):
            self._found[closing] = {p: way for p, way in own.items() if p not in self._blocked}
            if not self._found[closing]:
                del self._found[closing]

    def _give_up_together(
        self, demands: Mapping[PathClause, Closing], stays: Sequence[Keep]
    ) -> None:
        """Give up principals that only edits can cut off which together deny what must stay."""
        wants, denied = [one.want for one in self._keeping.denials()], self._denied()
        given_up = False
        for found in list(conflicts(list(demands), stays)):
            several = (demands[one] for one in reversed(found.demands))
            last = next((closing for closing in several if closing in self._found), None)
            if last is None:
                continue
            first = next((place for place in found.stays if place < len(wants)), None)
            why = Say.DENIES_TOGETHER()
            if first is not None:
                why = Say.NEEDED_TOGETHER(statement_of(wants[first]))
            whole = dict.fromkeys(last.edits, why) | denied
            refused = tuple((edit, whole[edit]) for edit in sorted(last.edits))
            self._give_up(self._found[last], refused)
            given_up = True
        if not given_up:
            self._fixed = frozenset()

    # Paths

    def _add(
        self,
        graph: AccessGraph,
        way: OwnPath,
        closers: EditFinder,
        leaving: frozenset[Edit] = frozenset(),
    ) -> bool:
        """Add a path to block, with the edits that remain for it; return whether it is new."""
        closing = closers.of_path(way.edges, leaving)
        principal = format_node(graph.nodes[way.principal])
        new = closing not in self._found
        for edit in sorted(closing.edits | closing.given):
            if edit not in self._numbers:
                self._numbers[edit] = len(self._numbers)
                self._weights.append(self._weighing.weigh(edit))
                if why := self._keeping.refusal(edit):
                    self._forbidden[edit] = why
        found = self._found.setdefault(closing, {})
        if principal not in found:  # of other graphs only the printed path is kept
            same = graph is self._graph
            found[principal] = (
                way._replace(edges=array("i", way.edges))
                if same
                else closers.with_original_evidence(PathExplainer(graph).path_of(way.edges))
            )
        return new

    def _told(self, way: OwnPath | Path) -> Path:
        return way if isinstance(way, Path) else self._teller.path_of(way.edges)

    def _add_left(self, graph: AccessGraph, closers: EditFinder) -> bool:
        """Add paths that remain after the edits; return whether there are any."""
        question = self._question
        seeds = question.seeds(graph)
        left = reaching(graph, question.principals(graph), question.limits(graph), seeds)
        starts = [start for start in self._cut_off(graph) if start.principal in left]
        for way in ways_of(graph, question.limits(graph), seeds, starts, self._around(graph)):
            self._add(graph, way, closers)
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

    def _lost(self, graph: AccessGraph, chosen: frozenset[Edit]) -> bool:
        """Forbid edits that take a path from a kept principal; return whether any did."""
        several = list(self._kept_paths.lost(graph, chosen))
        for edits in several:
            if len(edits) == 1:
                self._forbidden.setdefault(edits[0], self._kept_paths.why(edits[0]))
            else:
                self._not_all.append(frozenset(edits))
        return bool(several)
