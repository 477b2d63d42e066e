"""Who counts as a principal, where its own paths start, and what is folded.

A principal's own paths start at its bindings. What it gets as a member of a group is
counted once, at the group. The control plane's identities are folded as far as they use
shipped bindings.
"""

from functools import cached_property
from typing import NamedTuple

import rbacgraph.query.control_plane as control_plane
from rbacgraph.authz.subjects import subject_node
from rbacgraph.edges import KINDS
from rbacgraph.edges.member_of import IMPLIED
from rbacgraph.edges.world import binding_node
from rbacgraph.graph.access import AccessGraph
from rbacgraph.model.evidence import Evidence
from rbacgraph.model.node import MASTERS, PRINCIPALS, Node, format_node
from rbacgraph.query.control_plane import CONTROL_PLANE


class Start(NamedTuple):
    """The edges, all without effort, at which a principal's own paths start."""

    principal: int
    edges: tuple[int, ...]


class Principals:
    """The principals of a graph.

    Parameters
    ----------
    graph:
        The graph.
    system:
        Whether the control plane's own identities are shown rather than folded.
    """

    def __init__(self, graph: AccessGraph, *, system: bool) -> None:
        self._graph = graph
        self._system = system

    @cached_property
    def starts(self) -> tuple[Start, ...]:
        """Every principal that has an edge of its own, with those edges, in order of name."""
        return tuple(
            Start(number, edges)
            for number in self._numbers
            if (edges := tuple(e for e in self._own(number) if not self._is_folded(e)))
        )

    @cached_property
    def folded(self) -> tuple[Start, ...]:
        """The control plane's identities with the edges that are folded."""
        return tuple(
            Start(number, edges)
            for number in self._numbers
            if self._graph.nodes[number] in CONTROL_PLANE
            and (edges := tuple(e for e in self._own(number) if self._is_folded(e)))
        )

    @cached_property
    def _numbers(self) -> list[int]:
        nodes = self._graph.nodes
        found = [n for n, node in enumerate(nodes) if node[0] in PRINCIPALS]
        return sorted(found, key=lambda n: nodes[n])

    def _own(self, number: int) -> list[int]:
        member_of = KINDS["member-of"]
        graph = self._graph
        return [e for e in graph.outgoing.of(number) if graph.kind_of[e] != member_of]

    def _is_folded(self, edge: int) -> bool:
        if self._system:
            return False
        graph = self._graph
        source = graph.nodes[graph.source_of[edge]]
        if source not in CONTROL_PLANE:
            return False
        return source == MASTERS or (source, graph.nodes[graph.target_of[edge]]) in self._shipped

    @cached_property
    def _shipped(self) -> frozenset[tuple[Node, Node]]:
        version = self._graph.world.snapshot.kubernetes_version
        return frozenset(
            (node, binding_node(binding))
            for binding in control_plane.shipped_bindings(version)
            for subject in binding.subjects or ()
            if (node := subject_node(subject, binding.metadata.namespace)) is not None
        )

    def folds(self, principal: str, binding: Evidence) -> bool:
        """Whether a principal's hold through a binding, both as printed, is folded."""
        return not self._system and (principal, binding.namespace, binding.name) in self._printed

    @cached_property
    def _printed(self) -> frozenset[tuple[str, str, str]]:
        pairs = {(format_node(n), b[1], b[2]) for n, b in self._shipped if n in CONTROL_PLANE}
        return frozenset({*pairs, (format_node(MASTERS), "", MASTERS[2])})

    @cached_property
    def membership(self) -> "Membership":
        """All memberships."""
        return Membership(self._graph)


class Membership:
    """The groups that a node is in, directly or through other groups."""

    def __init__(self, graph: AccessGraph) -> None:
        self._graph = graph
        self._known: dict[tuple[int, bool], frozenset[int]] = {}

    def of(self, number: int) -> frozenset[int]:
        """Return the groups of a node, by number."""
        return self._find(number, given=True)

    def implied(self, number: int) -> frozenset[int]:
        """Return the groups that follow from what the node is."""
        return self._find(number, given=False)

    def _find(self, number: int, *, given: bool) -> frozenset[int]:
        known = self._known.get((number, given))
        if known is None:
            graph, member_of = self._graph, KINDS["member-of"]
            direct = [
                graph.target_of[edge]
                for edge in graph.outgoing.of(number)
                if graph.kind_of[edge] == member_of and (given or graph.basis_of(edge) == IMPLIED)
            ]
            known = frozenset(direct).union(*(self._find(g, given=given) for g in direct))
            self._known[number, given] = known
        return known
