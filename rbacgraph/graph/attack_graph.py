"""The graph itself: nodes and edges as integers, with the objects they came from."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from rbacgraph.authz.kubernetes_words import describe_rule
from rbacgraph.authz.match import Request
from rbacgraph.graph.edge_arrays import EdgeArrays
from rbacgraph.graph.principals import Membership, Principals
from rbacgraph.graph.version_choices import VersionChoices, version_choices
from rbacgraph.model.answers.paths import UsedRight
from rbacgraph.model.condition import Condition
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.rbac import ClusterRole, PolicyRule, Role
from rbacgraph.model.node import ALL, EACH_NAMESPACE, Node, format_node, printed_name
from rbacgraph.techniques.catalogue import EDGES, KINDS, Conjunction, ObjectEdge, RuleEdge
from rbacgraph.techniques.spec.conjunction import Hyperarc
from rbacgraph.techniques.spec.technique import Explanation, Match

if TYPE_CHECKING:
    import networkx as nx


class AccessGraph(EdgeArrays):
    """The attack graph: an edge A → B says that an attacker who controls A obtains B.

    Made by :func:`rbacgraph.graph.build`.
    """

    def __repr__(self) -> str:
        return f"<AccessGraph of {len(self.nodes)} nodes and {len(self.source)} edges>"

    @cached_property
    def joins(self) -> Mapping[int, tuple[int, ...]]:
        """AND nodes with their tails: an attacker reaches one only by reaching every tail node."""
        source_of = self.source_of
        return {
            join: tuple(source_of[edge] for edge in edges) for join, edges in self.needs.items()
        }

    @cached_property
    def rare_needs(self) -> frozenset[int]:
        """For each AND node, the incoming edge whose source has the fewest incoming edges."""
        held = self.incoming.counts
        return frozenset(
            min(edges, key=lambda edge: (held[self.source_of[edge]], edge))
            for edges in self.needs.values()
        )

    @cached_property
    def needs_of(self) -> Mapping[int, Sequence[int]]:
        """For each tail node, the edges to its AND nodes."""
        found: dict[int, list[int]] = {}
        for edges in self.needs.values():
            for edge in edges:
                found.setdefault(self.source_of[edge], []).append(edge)
        return found

    @cached_property
    def needs(self) -> Mapping[int, Sequence[int]]:
        """For each of the joins, the edges to it."""
        found: dict[int, list[int]] = {}
        for edge in (self.kind == KINDS["needs"]).nonzero()[0].tolist():
            found.setdefault(self.target_of[edge], []).append(edge)
        return found

    @cached_property
    def membership(self) -> Membership:
        """The members of each group."""
        return Membership(self)

    @cached_property
    def principals(self) -> Principals:
        """The principals that count, with control-plane identities folded."""
        return Principals(self, system=False)

    @cached_property
    def principals_unfolded(self) -> Principals:
        """The principals that count, with none folded."""
        return Principals(self, system=True)

    @cached_property
    def version_choices(self) -> VersionChoices:
        """Which version of each object a server may hold, as far as edges depend on it."""
        return version_choices(self.world, self.conditions, len(self.source))

    def kind_at(self, edge: int) -> ObjectEdge | RuleEdge | Conjunction:
        """Return an edge's kind."""
        return EDGES[self.kind_of[edge]]

    def condition_at(self, edge: int) -> Condition:
        """Return an edge's condition."""
        return self.conditions[self.condition_of[edge]]

    def explain(self, edge: int) -> Explanation:
        """Return an edge in words, with its evidence."""
        kind = self.kind_at(edge)
        source = self.nodes[self.source_of[edge]]
        target = self.nodes[self.target_of[edge]]
        basis = self.basis_of(edge)
        if isinstance(kind, ObjectEdge):
            ends = cast("tuple[Node, Node]", (source, target))  # of the kind's own kinds
            return kind.explain(self.world, *ends, basis)
        if isinstance(kind, Conjunction):
            assert isinstance(basis, Hyperarc)
            return basis.words, basis.evidence
        role, number, rule = self.rule_of(edge)
        match = _matched(kind, rule, source[1])
        more = tuple(kind.evidence(self.world, target))
        right = kind.first_held(rule, match)
        request = Request("", right.group, right.resource, right.subresource)
        if source[0] == ALL:
            whole = "every namespace" if source[1] == EACH_NAMESPACE else f"namespace {source[1]}"
            control = Evidence("Namespace", "", source[1], detail=f"full control of {whole}")
            return kind.words(source[1], match), (control, *more)
        detail = describe_rule(rule, request)
        evidence = self.world.authorizer.evidence_of(role, detail=detail, rule=number)
        return kind.words(source[1], match), (evidence, *more)

    def used_right(self, edge: int) -> UsedRight | None:
        """Return what a rule edge needs of its rule; nothing for edges of another kind."""
        kind = self.kind_at(edge)
        if not isinstance(kind, RuleEdge):
            return None
        scope = self.nodes[self.source_of[edge]][1]
        match = _matched(kind, self.rule_of(edge)[2], scope)
        if "" in match.names:  # names and all: no short words are true of both
            return None
        where = "" if scope == EACH_NAMESPACE else scope
        return UsedRight(match.verbs, match.resources, match.exact_names, where)

    def rule_of(self, edge: int) -> tuple[Role | ClusterRole, int, PolicyRule]:
        """Return the role, the rule's index and the rule behind a rule edge."""
        basis: Any = self.basis_of(edge)
        role, number = basis
        return role, number, (role.rules or ())[number]

    def to_networkx(self, edges: Iterable[int] | None = None) -> "nx.MultiDiGraph[str]":
        """Return a networkx graph of everything, or of some edges.

        ``edges``: numbers of the edges to take, with their ends; all nodes and edges by default.
        Nodes are printed names with ``kind``, ``namespace``, ``name`` and ``all_of``
            (whether a node is an AND node); edges have ``edge`` (the kind's id), ``effort`` and
            ``condition``.
        """
        import networkx as nx

        graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        numbers = range(len(self.source)) if edges is None else sorted(edges)
        if edges is None:
            for node in range(len(self.nodes)):
                self._add_node(graph, node)
        for number in numbers:
            source = self._add_node(graph, self.source_of[number])
            target = self._add_node(graph, self.target_of[number])
            kind, condition = self.kind_at(number), self.condition_at(number)
            graph.add_edge(
                source,
                target,
                edge=kind.id,
                effort=kind.effort,
                condition=str(condition),
            )
        return graph

    def _add_node(self, graph: "nx.MultiDiGraph[str]", number: int) -> str:
        node = self.nodes[number]
        kind, namespace, name = node
        printed, all_of = format_node(node), number in self.joins
        graph.add_node(
            printed,
            kind=kind,
            namespace=str(namespace),
            name=printed_name(name),
            all_of=all_of,
        )
        return printed


def _matched(kind: RuleEdge, rule: PolicyRule, scope: object) -> Match:
    """Return what a rule gives of a rule edge at the scope of its grant."""
    match = kind.match(rule)
    found = kind.inside(match) if match and scope else match
    assert found is not None
    return found
