"""Decides which identities count as principals, where their own paths start, and which fold.

A principal's own paths start at its bindings. What it gets as a member of a group counts once, at
the group. Control-plane identities are folded as far as they use shipped bindings, and group
system:masters unless the input names a member of it: nothing else would show that person. An
identity outside the cluster counts where it logs in as system:masters, for the same reason. An
identity that can only be impersonated does not count as a principal.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple
from weakref import ref

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from rbacgraph.authz.bootstrap_policy import RECORDED, bootstrap_objects
from rbacgraph.authz.subjects import subject_node
from rbacgraph.facts.bindings.bindings import binding_node
from rbacgraph.facts.identities.control_plane import control_plane
from rbacgraph.graph.edge_arrays import EdgeArrays
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.rbac import ClusterRoleBinding, RoleBinding
from rbacgraph.model.node import (
    ANONYMOUS,
    GROUP,
    MASTERS,
    OUTSIDE,
    PRINCIPALS,
    UNAUTHENTICATED,
    Node,
    format_node,
)
from rbacgraph.techniques.catalogue import KINDS
from rbacgraph.techniques.structure.member_of import IMPLIED

MEMBER_OF = KINDS["member-of"]


class Start(NamedTuple):
    """The edges, all without effort, at which a principal's own paths start."""

    principal: int
    edges: tuple[int, ...]


class Principals:
    """The principals of a graph, by the numbers of their nodes.

    ``system``: whether control-plane identities are shown rather than folded.
    """

    def __init__(self, graph: EdgeArrays, *, system: bool) -> None:
        self._graph_ref = ref(graph)  # which keeps this: no cycle
        self._system = system

    @property
    def _graph(self) -> EdgeArrays:
        found = self._graph_ref()
        assert found is not None, "keep the graph while its principals are in use"
        return found

    @cached_property
    def numbers(self) -> Sequence[int]:
        """Every identity that counts and can log in, ordered by name."""
        graph = self._graph
        nobody = {graph.index.get(node) for node in self._nobody}
        found = (n for n in graph.index.of_kinds(PRINCIPALS) if n not in nobody)
        return tuple(sorted({*found, *self._masters_outside}, key=graph.nodes.__getitem__))

    @cached_property
    def _masters_outside(self) -> frozenset[int]:
        """The identities outside the cluster that log in as system:masters."""
        nodes = self._graph.nodes
        return frozenset(n for n, _ in self._into_masters if nodes[n][0] in OUTSIDE)

    @cached_property
    def _has_known_masters(self) -> bool:
        """Whether the input names a member of system:masters."""
        return any(kind == MEMBER_OF for _, kind in self._into_masters)

    @cached_property
    def _into_masters(self) -> frozenset[tuple[int, int]]:
        """The sources and kinds of the edges to group system:masters."""
        graph, masters = self._graph, self._graph.index.get(MASTERS)
        edges = () if masters is None else graph.incoming.of(masters)
        return frozenset((graph.source_of[edge], graph.kind_of[edge]) for edge in edges)

    @cached_property
    def _nobody(self) -> frozenset[Node]:
        """Return identities without requests, because requests without credentials are refused."""
        snapshot = self._graph.world.snapshot
        if not snapshot.refuses_anonymous:
            return frozenset()
        members = any(UNAUTHENTICATED[2] in groups for groups in snapshot.groups.values())
        return frozenset({ANONYMOUS} if members else {ANONYMOUS, UNAUTHENTICATED})

    @cached_property
    def groups(self) -> Sequence[int]:
        """Every group, ordered by name."""
        nodes = self._graph.nodes
        return tuple(number for number in self.numbers if nodes[number][0] == GROUP)

    @cached_property
    def starts(self) -> tuple[Start, ...]:
        """Every principal with an edge of its own, with those edges, ordered by name."""
        return self._by_principal(self.start_edges)

    @cached_property
    def folded(self) -> tuple[Start, ...]:
        """The control-plane identities with the edges that are folded."""
        edges, is_folded = self._own
        return self._by_principal(edges[is_folded])

    @cached_property
    def start_edges(self) -> NDArray[np.int64]:
        """The edges of all :attr:`starts`."""
        edges, is_folded = self._own
        return edges[~is_folded]

    @cached_property
    def first_start_edges(self) -> NDArray[np.int64]:
        """For each of the starts, the position of its first edge among all of them."""
        counts = [len(start.edges) for start in self.starts]
        return np.array([0, *counts], dtype=np.int64).cumsum()[: len(counts)]

    @cached_property
    def people(self) -> BitMap:
        """Users and ServiceAccounts that can be members of a group, as far as known."""
        nodes, people = self._graph.nodes, self._graph.world.identities.people
        return BitMap([number for number in self.numbers if nodes[number] in people])

    def folds(self, principal: str, binding: Evidence) -> bool:
        """Whether a principal's use of a binding, both printed, is folded or impossible."""
        if principal in map(format_node, self._nobody):
            return True
        return not self._system and (principal, binding.namespace, binding.name) in self._printed

    @cached_property
    def _own(self) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Every principal's own edges, and which of them are folded."""
        graph = self._graph
        edges = graph.outgoing.of_all(np.array(self.numbers, dtype=np.int64))
        edges = edges[graph.kind[edges] != MEMBER_OF]
        if self._masters_outside:
            outside = np.isin(graph.source[edges], list(self._masters_outside))
            edges = edges[~outside | (graph.target[edges] == graph.index[MASTERS])]
        found = map(graph.index.get, control_plane())
        numbers = [number for number in found if number is not None]
        is_folded = np.isin(graph.source[edges], numbers)
        is_folded[is_folded] = [self._is_folded(edge) for edge in edges[is_folded].tolist()]
        return edges, is_folded

    def _by_principal(self, edges: NDArray[np.int64]) -> tuple[Start, ...]:
        pairs = zip(self._graph.source[edges].tolist(), edges.tolist(), strict=True)
        return tuple(
            Start(principal, tuple(edge for _, edge in own))
            for principal, own in groupby(pairs, key=itemgetter(0))
        )

    def _is_folded(self, edge: int) -> bool:
        graph = self._graph
        source = graph.nodes[graph.source_of[edge]]
        if self._system:
            return False
        if source == MASTERS:
            return not self._has_known_masters
        return (source, graph.nodes[graph.target_of[edge]]) in self._shipped

    @cached_property
    def _shipped(self) -> frozenset[tuple[Node, Node]]:
        """Subjects with the bindings that every API server ships for them."""
        version = self._graph.world.snapshot.kubernetes_version or RECORDED
        return frozenset(
            (node, binding_node(binding))
            for binding in bootstrap_objects(version)
            if isinstance(binding, RoleBinding | ClusterRoleBinding)
            for subject in binding.subjects or ()
            if (node := subject_node(subject, binding.metadata.namespace)) is not None
        )

    @cached_property
    def _printed(self) -> frozenset[tuple[str, str, str]]:
        pairs = {(format_node(n), b[1], b[2]) for n, b in self._shipped if n in control_plane()}
        masters = (format_node(MASTERS), "", MASTERS[2])
        return frozenset(pairs if self._has_known_masters else {*pairs, masters})


class Membership:
    """The members of groups, direct or through other groups."""

    def __init__(self, graph: EdgeArrays) -> None:
        self._graph_ref = ref(graph)  # which keeps this: no cycle
        self._groups_of: dict[int, frozenset[int]] = {}

    @property
    def _graph(self) -> EdgeArrays:
        found = self._graph_ref()
        assert found is not None, "keep the graph while its groups are in use"
        return found

    @cached_property
    def members(self) -> Mapping[int, BitMap]:
        """Every group's members."""
        return self._members(given=True)

    @cached_property
    def implied_members(self) -> Mapping[int, BitMap]:
        """Every group's members by their kind, rather than by a mapping."""
        return self._members(given=False)

    def members_over(self, allowed: NDArray[np.bool_]) -> Mapping[int, BitMap]:
        """Return every group's members, where paths may use only some of the edges."""
        joining = self._graph.kind == MEMBER_OF
        if allowed[joining].all():
            return self.members
        return self._members_by(joining & allowed)

    def groups_of(self, number: int) -> frozenset[int]:
        """Return the groups of a node."""
        known = self._groups_of.get(number)
        if known is None:
            known = self._groups_of[number] = frozenset(self._beyond([number]))
        return known

    def _beyond(self, numbers: Iterable[int]) -> set[int]:
        graph, found = self._graph, set[int]()
        left = list(numbers)
        while left:  # a node's user and its kubelet are each other
            for edge in graph.outgoing.of(left.pop()):
                group = graph.target_of[edge]
                if graph.kind_of[edge] == MEMBER_OF and group not in found:
                    found.add(group)
                    left.append(group)
        return found

    def _members(self, *, given: bool) -> Mapping[int, BitMap]:
        joining = self._graph.kind == MEMBER_OF
        if not given:
            edges = joining.nonzero()[0]
            implied = [self._graph.basis_of(edge) == IMPLIED for edge in edges.tolist()]
            joining[edges] = implied
        return self._members_by(joining)

    def _members_by(self, edges: NDArray[np.bool_]) -> Mapping[int, BitMap]:
        graph = self._graph
        direct: dict[int, list[int]] = {}
        for edge in edges.nonzero()[0].tolist():
            direct.setdefault(graph.target_of[edge], []).append(graph.source_of[edge])
        found: dict[int, BitMap] = {}

        def collect(group: int) -> BitMap:
            known = found.get(group)
            if known is None:
                found[group] = BitMap()  # a node's user and its kubelet are each other
                inner = [collect(member) for member in direct[group] if member in direct]
                known = found[group] = BitMap.union(BitMap(direct[group]), *inner)
                known.discard(group)
            return known

        for group in direct:
            collect(group)
        return found
