"""Protects the paths of kept principals: none may need more effort."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from math import inf
from typing import TypeVar

from rbacgraph.advice.cut.masked_graph import MaskedGraph
from rbacgraph.advice.cut.question import CutQuestion
from rbacgraph.advice.edits.apply_edits import apply
from rbacgraph.advice.edits.editor import Editor
from rbacgraph.advice.edits.edits import Edit
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.build import build
from rbacgraph.model.changes.statement import Say, Statement
from rbacgraph.model.node import AUTHENTICATED, Node, format_node
from rbacgraph.query.access.reachers import ReachingPrincipals
from rbacgraph.query.arrays.costs import EFFORT, cost_of
from rbacgraph.query.arrays.path_filter import PathFilter

T = TypeVar("T")
Efforts = tuple[float, ...]
"""The lowest effort of certain paths, and of all paths."""


class KeptPaths:
    """Finds edits that take a path from a kept principal.

    Most edits leave the path that a principal has, or another one that needs no more effort: the
    masked graph shows that without a build. Only a build shows that edits take one, since a change
    may open what no mask foresees.
    """

    def __init__(self, graph: AccessGraph, question: CutQuestion, editor: Editor) -> None:
        self._graph = graph
        self._question = question
        self._editor = editor
        self._before = efforts(graph, question)
        self._known: dict[tuple[Node, bool], list[Sequence[int]]] = defaultdict(list)
        self._after: dict[frozenset[Edit], Mapping[Node, Efforts]] = {}

    def lost(
        self, graph: AccessGraph, chosen: Collection[Edit], masked: MaskedGraph
    ) -> Iterator[tuple[Edit, ...]]:
        """Yield sets of edits that may not all be made."""
        after = efforts(graph, self._question)
        for node in self._question.kept:
            if self._is_dearer(after, node):
                yield from self._denying(node, sorted(chosen), masked)

    def why(self, edit: Edit) -> Statement:
        """Return whose path an edit takes."""
        after = self._built([edit])
        lost = [format_node(n) for n in self._question.kept if self._is_dearer(after, n)]
        return Say.PATH_IS_KEPT(*lost)

    def _denying(
        self, node: Node, chosen: Sequence[Edit], masked: MaskedGraph
    ) -> Iterator[tuple[Edit, ...]]:
        """Yield each edit that alone takes a path, or else few that do so together."""

        def may_take(edits: Collection[Edit]) -> bool:
            return not self._is_left(node, edits, masked)

        def take(edits: Collection[Edit]) -> bool:
            return may_take(edits) and self._is_dearer(self._built(edits), node)

        alone = [edit for edit in chosen if take([edit])]
        yield from ((edit,) for edit in alone)
        if alone:
            return
        few = _thinned(chosen, may_take)
        if not self._is_dearer(self._built(few), node):
            few = _thinned(chosen, take)
        yield tuple(few)

    def _is_left(self, node: Node, edits: Collection[Edit], masked: MaskedGraph) -> bool:
        """Whether edits certainly leave a principal paths that need no more effort."""
        shut, least = frozenset(masked.closed(edits).tolist()), inf
        graph, question = self._graph, self._question
        for certain, before in zip((True, question.certain), self._before[node], strict=True):
            if least <= before:  # a certain path is one of all; of none nothing is lost
                continue
            known = self._known[node, certain]
            way = next((one for one in known if shut.isdisjoint(one)), None)
            if way is None:
                way = _way_from(node, graph, _reachers(graph, question, certain, shut))
                if way is None or _effort(graph, way) > before:
                    return False
                known.append(way)
            least = _effort(graph, way)
        return True

    def _built(self, edits: Collection[Edit]) -> Mapping[Node, Efforts]:
        """Return the efforts in the graph that is built after some edits."""
        made = frozenset(edits)
        known = self._after.get(made)
        if known is None:
            graph = build(apply(self._editor, made).snapshot)
            known = self._after[made] = efforts(graph, self._question)
        return known

    def _is_dearer(self, after: Mapping[Node, Efforts], node: Node) -> bool:
        pairs = zip(after[node], self._before[node], strict=True)
        return any(new > old for new, old in pairs)


def efforts(graph: AccessGraph, question: CutQuestion) -> Mapping[Node, Efforts]:
    """Return the lowest efforts of each kept principal's certain paths, and of all its paths."""
    both = tuple(_reachers(graph, question, certain) for certain in (True, question.certain))
    return {
        node: tuple(_effort(graph, _way_from(node, graph, one)) for one in both)
        for node in question.kept
    }


def _reachers(
    graph: AccessGraph, question: CutQuestion, certain: bool, shut: frozenset[int] = frozenset()
) -> ReachingPrincipals:
    """Find the paths that use none of some edges."""
    limits = PathFilter(certain=certain, shut=shut)
    return ReachingPrincipals(graph, question.principals(graph), limits, question.seeds(graph))


def _way_from(node: Node, graph: AccessGraph, reachers: ReachingPrincipals) -> Sequence[int] | None:
    """Return the edges of the cheapest path of a principal, if any."""
    way = reachers.way_from(graph.index.get(node, graph.index[AUTHENTICATED]))
    return None if way is None else way.edges


def _effort(graph: AccessGraph, way: Sequence[int] | None) -> float:
    return inf if way is None else cost_of(graph, way) // EFFORT


def _thinned(items: Sequence[T], holds: Callable[[Sequence[T]], bool]) -> list[T]:
    """Leave out each item without which something holds, in order, many at a time.

    If it holds of more items whenever it holds of some, the result is that of one at a time.
    """
    kept: list[T] = []
    todo = [list(items)]
    while todo:
        some = todo.pop()
        rest = [item for later in reversed(todo) for item in later]
        if holds([*kept, *rest]):
            continue
        if len(some) == 1:
            kept += some
        else:
            half = len(some) // 2
            todo += some[half:], some[:half]
    return kept
