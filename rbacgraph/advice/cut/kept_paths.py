"""Protects the paths of kept principals: none may need more effort."""

from collections.abc import Collection, Iterator
from math import inf

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


class KeptPaths:
    """Finds edits that take a path from a kept principal.

    Parameters
    ----------
    graph:
        The graph of the cluster.
    question:
        The question.
    editor:
        The possible edits.
    """

    def __init__(self, graph: AccessGraph, question: CutQuestion, editor: Editor) -> None:
        self._question = question
        self._editor = editor
        self._before = {node: efforts(graph, question, node) for node in question.kept}

    def lost(self, graph: AccessGraph, chosen: Collection[Edit]) -> Iterator[tuple[Edit, ...]]:
        """Yield sets of edits that may not all be made, from the graph after the chosen edits."""
        for node in self._question.kept:
            if self._is_dearer(graph, node):
                yield from self._denying(node, chosen)

    def why(self, edit: Edit) -> Statement:
        """Return whose path an edit takes."""
        graph = self._after([edit])
        lost = [format_node(n) for n in self._question.kept if self._is_dearer(graph, n)]
        return Say.PATH_IS_KEPT(*lost)

    def _denying(self, node: Node, chosen: Collection[Edit]) -> Iterator[tuple[Edit, ...]]:
        """Yield each edit that alone takes a path, or else few that do so together."""
        alone = [edit for edit in sorted(chosen) if self._is_dearer(self._after([edit]), node)]
        yield from ((edit,) for edit in alone)
        if alone:
            return
        left = set(chosen)
        for edit in sorted(chosen):
            if self._is_dearer(self._after(left - {edit}), node):
                left.discard(edit)
        yield tuple(sorted(left))

    def _after(self, edits: Collection[Edit]) -> AccessGraph:
        return build(apply(self._editor, edits).snapshot)

    def _is_dearer(self, graph: AccessGraph, node: Node) -> bool:
        after, before = efforts(graph, self._question, node), self._before[node]
        return after[0] > before[0] or after[1] > before[1]


def efforts(graph: AccessGraph, question: CutQuestion, node: Node) -> tuple[float, float]:
    """Return the lowest effort of a node's certain paths, and of all its paths."""
    number = graph.index.get(node, graph.index[AUTHENTICATED])
    found = []
    for certain in (True, question.certain):
        limits = PathFilter(certain=certain)
        reachers = ReachingPrincipals(
            graph, question.principals(graph), limits, question.seeds(graph)
        )
        way = reachers.way_from(number)
        found.append(inf if way is None else cost_of(graph, way.edges) // EFFORT)
    return found[0], found[1]
