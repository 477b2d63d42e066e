"""The graph itself: nodes and edges as integers, with the objects they came from."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rbacgraph.authz.match import Request
from rbacgraph.authz.words import describe_rule
from rbacgraph.edges import EDGES, KINDS, JointEdge, ObjectEdge, RuleEdge
from rbacgraph.edges.base import Explanation
from rbacgraph.edges.joint import Join
from rbacgraph.edges.world import World
from rbacgraph.graph.columns import Columns
from rbacgraph.graph.principals import Membership, Principals
from rbacgraph.model.evidence import Evidence
from rbacgraph.model.node import ALL, EACH_NAMESPACE, Node, format_node
from rbacgraph.model.rbac import ClusterRole, PolicyRule, Role

if TYPE_CHECKING:
    import networkx as nx

Integers = NDArray[np.int32]


class AccessGraph:
    """Who obtains what: an edge A → B says that whoever controls A obtains B.

    Made by :func:`rbacgraph.graph.build`. Nodes and edges are numbered from 0; all
    columns are as long as there are edges: ``source`` and its like are numpy arrays, for
    all edges at once; ``source_of`` and its like are for one edge at a time.

    Parameters
    ----------
    world:
        The cluster that the edges were read from.
    columns:
        The edges.
    """

    def __init__(self, world: World, columns: Columns) -> None:
        self.world = world
        self.index = columns.index
        self.nodes: Sequence[Node] = columns.index.nodes
        self.source: Integers = np.frombuffer(columns.source, dtype=np.int32)
        self.target: Integers = np.frombuffer(columns.target, dtype=np.int32)
        self.kind: NDArray[np.uint8] = np.frombuffer(columns.kind, dtype=np.uint8)
        self.condition: Integers = np.frombuffer(columns.condition, dtype=np.int32)
        self.conditions: Sequence[str] = tuple(columns.conditions)
        self.source_of: Sequence[int] = columns.source
        self.target_of: Sequence[int] = columns.target
        self.kind_of: Sequence[int] = columns.kind
        self.condition_of: Sequence[int] = columns.condition
        self._columns = columns

    def __repr__(self) -> str:
        return f"<AccessGraph of {len(self.nodes)} nodes and {len(self.source)} edges>"

    @cached_property
    def efforts(self) -> NDArray[np.uint8]:
        """Effort of every edge."""
        return np.array([edge.effort for edge in EDGES], dtype=np.uint8)[self.kind]

    @cached_property
    def incoming(self) -> "Adjacency":
        """Edges by target."""
        return Adjacency(self.target, len(self.nodes))

    @cached_property
    def outgoing(self) -> "Adjacency":
        """Edges by source."""
        return Adjacency(self.source, len(self.nodes))

    @cached_property
    def joins(self) -> Mapping[int, tuple[int, ...]]:
        """Nodes that are reached only by whoever reaches each of some others: these."""
        source_of = self.source_of
        return {
            join: tuple(source_of[edge] for edge in edges) for join, edges in self._needs.items()
        }

    @cached_property
    def rare_needs(self) -> frozenset[int]:
        """Of each join the edge from what the fewest edges lead to."""
        held = self.incoming.counts
        return frozenset(
            min(edges, key=lambda edge: (held[self.source_of[edge]], edge))
            for edges in self._needs.values()
        )

    @cached_property
    def needs_of(self) -> Mapping[int, Sequence[int]]:
        """For each node that joins need, the edges to these."""
        found: dict[int, list[int]] = {}
        for edges in self._needs.values():
            for edge in edges:
                found.setdefault(self.source_of[edge], []).append(edge)
        return found

    @cached_property
    def _needs(self) -> Mapping[int, list[int]]:
        found: dict[int, list[int]] = {}
        for edge in (self.kind == KINDS["needs"]).nonzero()[0].tolist():
            found.setdefault(self.target_of[edge], []).append(edge)
        return found

    @cached_property
    def membership(self) -> Membership:
        """Which group holds whom."""
        return Membership(self)

    @cached_property
    def principals(self) -> Principals:
        """Who counts, with the control plane's own identities folded."""
        return Principals(self, system=False)

    @cached_property
    def principals_unfolded(self) -> Principals:
        """Who counts, with nobody folded."""
        return Principals(self, system=True)

    def kind_at(self, edge: int) -> ObjectEdge | RuleEdge | JointEdge:
        """An edge's kind."""
        return EDGES[self.kind_of[edge]]

    def condition_at(self, edge: int) -> str:
        """An edge's condition in words; ``""`` where it is certain."""
        return self.conditions[self.condition_of[edge]]

    def explain(self, edge: int) -> Explanation:
        """Say an edge in words, with what it rests on."""
        kind = self.kind_at(edge)
        source = self.nodes[self.source_of[edge]]
        target = self.nodes[self.target_of[edge]]
        basis = self._columns.basis(edge)
        if isinstance(kind, ObjectEdge):
            return kind.explain(self.world, source, target, basis)
        if isinstance(kind, JointEdge):
            assert isinstance(basis, Join)
            return basis.words, basis.evidence
        role, number, rule = self.rule_of(edge)
        match = kind.match(rule)
        assert match is not None
        right = kind.first_held(rule)
        request = Request("", right.group, right.resource, right.subresource)
        if source[0] == ALL:
            whole = "every namespace" if source[1] == EACH_NAMESPACE else f"namespace {source[1]}"
            control = Evidence("Namespace", "", source[1], detail=f"full control of {whole}")
            return kind.words(source[1], match), (control,)
        detail = describe_rule(rule, request)
        evidence = self.world.authorizer.evidence_of(role, detail=detail, rule=number)
        return kind.words(source[1], match), (evidence,)

    def basis_of(self, edge: int) -> object:
        """What an edge rests on, as its kind made it."""
        return self._columns.basis(edge)

    def rule_of(self, edge: int) -> tuple[Role | ClusterRole, int, PolicyRule]:
        """Return the role, the rule's index and the rule that a rule edge rests on."""
        basis: Any = self._columns.basis(edge)
        role, number = basis
        return role, number, (role.rules or ())[number]

    def to_networkx(self, edges: Iterable[int] | None = None) -> "nx.MultiDiGraph[str]":
        """Return a networkx graph of the whole, or of some edges.

        Parameters
        ----------
        edges:
            Numbers of the edges to take, with their ends; all nodes and edges by default.

        Returns
        -------
        networkx.MultiDiGraph
            Nodes are printed names with ``kind``, ``namespace`` and ``name``; edges have
            ``edge`` (the kind's id), ``effort`` and ``condition``.
        """
        import networkx as nx

        graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        numbers = range(len(self.source)) if edges is None else sorted(edges)
        if edges is None:
            for node in self.nodes:
                self._add_node(graph, node)
        for number in numbers:
            source = self.nodes[self.source_of[number]]
            target = self.nodes[self.target_of[number]]
            self._add_node(graph, source)
            self._add_node(graph, target)
            kind = self.kind_at(number)
            graph.add_edge(
                format_node(source),
                format_node(target),
                edge=kind.id,
                effort=kind.effort,
                condition=self.condition_at(number),
            )
        return graph

    @staticmethod
    def _add_node(graph: "nx.MultiDiGraph[str]", node: Node) -> None:
        kind, namespace, name = node
        graph.add_node(format_node(node), kind=kind, namespace=str(namespace), name=str(name))


class Adjacency:
    """Edges grouped by one of their ends: compressed sparse rows.

    Parameters
    ----------
    ends:
        For each edge, the node to group by.
    nodes:
        How many nodes there are.
    """

    def __init__(self, ends: Integers, nodes: int) -> None:
        order = sorting(ends).astype(np.int32)
        starts = np.zeros(nodes + 1, dtype=np.int32)
        np.cumsum(np.bincount(ends, minlength=nodes), out=starts[1:])
        self.order = order
        self.starts = starts
        self._order = memoryview(order.data)
        self._starts = memoryview(starts.data)

    @property
    def counts(self) -> NDArray[np.int32]:
        """How many edges each node has."""
        return np.diff(self.starts)

    def of(self, node: int) -> Sequence[int]:
        """Return a node's edges, by number."""
        return self._order[self._starts[node] : self._starts[node + 1]]

    def array_of(self, node: int) -> Integers:
        """Return a node's edges, as an array."""
        return self.order[self._starts[node] : self._starts[node + 1]]

    def of_all(self, nodes: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return the edges of several nodes, one node's after the other's."""
        starts = self.starts[nodes].astype(np.int64)
        counts = self.starts[nodes + 1] - starts
        before = counts.cumsum() - counts
        positions = (starts - before).repeat(counts)
        positions += np.arange(len(positions))
        edges: NDArray[np.int64] = self.order[positions].astype(np.int64)
        return edges


def sorting(values: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the places of some integers, none below 0, in order; of equal ones the first first.

    Several times faster than ``argsort``, which has a radix sort for 16 bits alone.

    Examples
    --------
    >>> sorting(np.array([70_000, 3, 70_000, 0])).tolist()
    [3, 1, 0, 2]
    """
    order: NDArray[np.int64] = values.astype(np.uint16).argsort(kind="stable")
    left = int(values.max(initial=0)) >> 16
    while left:
        values = values >> 16
        order = order[values[order].astype(np.uint16).argsort(kind="stable")]
        left >>= 16
    return order
