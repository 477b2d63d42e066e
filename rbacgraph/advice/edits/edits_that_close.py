"""Finds the edits that may block a path.

Only the edits found here can block a path: while none of them is made, the path is there.
"""

from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rbacgraph.advice.edits.alike_edges import (
    BOUND_BY,
    HOLDS,
    MEMBER_OF,
    RUNS_AS,
    AlikeEdges,
    mounted_by_default,
)
from rbacgraph.advice.edits.apply_edits import Edited
from rbacgraph.advice.edits.editor import Editor
from rbacgraph.advice.edits.edits import ELSEWHERE, Edit
from rbacgraph.advice.edits.rule_edits_that_close import RuleEditFinder
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.answers.paths import Path
from rbacgraph.model.changes.change import ObjectKey, key_of
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.rbac import (
    AnyBinding,
    AnyRole,
    ClusterRole,
    ClusterRoleBinding,
    Role,
    RoleBinding,
)
from rbacgraph.model.node import (
    PRINCIPALS,
    SERVICE_ACCOUNT,
    GraphNode,
    Node,
    format_node,
    is_named,
    named_node,
)
from rbacgraph.techniques.catalogue import Conjunction, RuleEdge
from rbacgraph.techniques.spec.compound_rights import HeldRight, uses_of
from rbacgraph.techniques.spec.conjunction import Hyperarc

_BINDINGS = ("RoleBinding", "ClusterRoleBinding")
_ROLES = ("Role", "ClusterRole")
_DOUBLED = "impersonated-"


class Closing(NamedTuple):
    """What may block a path: one of some edits, while other edits are made."""

    edits: frozenset[Edit]
    given: frozenset[Edit]


class Supports(NamedTuple):
    """The support of an edge.

    ``several``: the edge is there while, for some of these sets, none of its edits is made. A rule
        that gives a technique by two verbs has two sets.
    ``given``: it also needs these edits to be made.
    """

    several: tuple[frozenset[Edit], ...]
    given: frozenset[Edit]

    def left(self, made: Collection[Edit]) -> frozenset[Edit] | None:
        """Return the first of the sets without a made edit, if any."""
        return next((edits for edits in self.several if edits.isdisjoint(made)), None)


class EditFinder:
    """Finds the edits that may block the paths of a graph.

    ``editor``: the possible edits.
    ``graph``: the graph after the chosen edits.
    ``made``: the cluster after the chosen edits.
    ``chosen``: the chosen edits.
    """

    def __init__(
        self, editor: Editor, graph: AccessGraph, made: Edited, chosen: frozenset[Edit]
    ) -> None:
        self._editor = editor
        self._graph = graph
        self._made = made
        self.chosen = chosen
        self._numbers = array("i", [-1]) * len(graph.source)
        self._different: dict[Supports, int] = {}
        self._supports: list[Supports] = []
        self._rules = self._finder()

    def _finder(self) -> RuleEditFinder:
        return RuleEditFinder(self._editor, self._graph, self._made, self.chosen)

    def with_original_evidence(self, path: Path) -> Path:
        """Return a path of the graph with its evidence from before the edits."""
        return self._made.as_it_stood(path, self._editor.objects)

    def of_path(self, edges: Iterable[int], made: Collection[Edit] = ()) -> Closing:
        """Return what may block a path.

        ``made``: further edits that leave the path: it lists the support that remains then.
        """
        found: set[Edit] = set()
        given: set[Edit] = set()
        for edge in edges:
            supports = self.of_edge(edge)
            found |= supports.left(made) or supports.several[0]
            given |= supports.given
        return Closing(frozenset(found) - self.chosen, frozenset(given))

    @property
    def supports(self) -> Sequence[Supports]:
        """The different supports found so far, by number."""
        return self._supports

    def of_edge(self, edge: int) -> Supports:
        """Return the support of an edge."""
        return self._supports[self.number_of(edge)]

    def number_of(self, edge: int) -> int:
        """Return the number of an edge's support: many edges have the same."""
        number = self._numbers[edge]
        if number < 0:
            found = Supports(tuple(self._several(edge)), frozenset(self._makers(edge)))
            number = self._numbers[edge] = self._different.setdefault(found, len(self._supports))
            if number == len(self._supports):
                self._supports.append(found)
        return number

    def numbers_of(self, edges: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return the numbers of the supports of many edges."""
        first, group = AlikeEdges(self._graph, self._identity, self._rules.used).groups(edges)
        different = np.fromiter(map(self.number_of, first.tolist()), np.int32, len(first))
        found = different[group]
        np.frombuffer(self._numbers, dtype=np.int32)[edges] = found
        self._rules = self._finder()  # what is cached is large, and few edges are left
        return found

    def _several(self, edge: int) -> Iterator[frozenset[Edit]]:
        found = frozenset[Edit]().union(*self._of_edge(edge))
        if isinstance(self._graph.kind_at(edge), RuleEdge):
            yield from (found | edits for edits in self._rules.of_edge(edge))
        else:
            yield found

    def _of_edge(self, edge: int) -> Iterator[Collection[Edit]]:
        graph = self._graph
        number, kind, basis = graph.kind_of[edge], graph.kind_at(edge), graph.basis_of(edge)
        if number == MEMBER_OF:
            return
        yield self.of_named(graph.nodes[graph.target_of[edge]])
        if basis is None:
            return
        if isinstance(kind, RuleEdge):
            return  # see RuleEditFinder
        if number == BOUND_BY:
            yield from self._of_bound(graph.nodes[graph.source_of[edge]], basis)
        elif number == HOLDS:
            yield from self._of_uses(basis)
        elif number == RUNS_AS:
            assert isinstance(basis, PodSource)
            account = mounted_by_default(basis)
            if account is not None:
                yield self._editor.of_account(account)
        elif isinstance(kind, Conjunction):
            assert isinstance(basis, Hyperarc)
            yield from self._of_evidence(basis.evidence)
        else:
            yield from self._of_evidence(graph.explain(edge)[1])

    def _of_bound(self, source: GraphNode, basis: object) -> Iterator[Collection[Edit]]:
        if isinstance(basis, tuple):
            yield from map(self._of_binding, basis)
        else:
            assert isinstance(basis, RoleBinding | ClusterRoleBinding)
            yield self._naming_one(self._key_of(basis), _plain(named_node(source)))

    def _of_uses(self, uses: object) -> Iterator[Collection[Edit]]:
        for use in uses_of(uses):
            if not isinstance(use, HeldRight):
                if not isinstance(use, Evidence):  # a Pod is no right that could be taken away
                    yield self._of_binding(use)
                continue
            rule = (use.role.rules or ())[use.number]
            yield self._rules.of_right(use.role, use.number, rule, use.right)
            if use.binding is not None:
                yield self._of_binding(use.binding)

    def of_named(self, node: GraphNode) -> Collection[Edit]:
        """Return the edits after which nothing names an identity that has no object."""
        identity = self._identity(node)
        if identity is None:
            return ()
        keys = self._naming.get(identity, ())
        return [edit for key in keys for edit in self._naming_one(key, identity)]

    def _identity(self, node: GraphNode) -> Node | None:
        """Return the identity that a node stands for, unless it has an object."""
        if not is_named(node):
            return None
        identity = _plain(node)
        is_other = identity[0] not in PRINCIPALS or self._is_account(identity)
        return None if is_other else identity

    def _is_account(self, node: Node) -> bool:
        accounts = self._graph.world.snapshot.service_account_index
        return node[0] == SERVICE_ACCOUNT and node[1:] in accounts

    @cached_property
    def _naming(self) -> dict[Node, list[ObjectKey]]:
        """The bindings that name each identity."""
        world = self._graph.world
        return {
            node: [self._key_of(world.rbac.bindings[place][0]) for place in places]
            for node, places in world.rbac.bindings_by_subject.items()
        }

    def _makers(self, edge: int) -> Iterator[Edit]:
        """Yield the edits that created an edge, if it would not exist without them."""
        graph = self._graph
        if not self._made.makers or graph.kind_of[edge] != BOUND_BY:
            return
        basis = graph.basis_of(edge)
        for binding in basis if isinstance(basis, tuple) else (basis,):
            maker = self._made.makers.get(key_of(binding))
            if maker is not None:
                for edit in self.chosen:
                    if edit.key == maker and edit.sort == ELSEWHERE:
                        yield edit

    # Bindings

    def _key_of(self, binding: AnyBinding) -> ObjectKey:
        """Return a binding's own key, or that of the binding that it was made from."""
        key = key_of(binding)
        return self._made.makers.get(key, key)

    def _of_binding(self, binding: AnyBinding) -> Collection[Edit]:
        """Return the edits after which a binding no longer grants to a principal."""
        return self._editor.of_binding(self._key_of(binding))

    def _naming_one(self, key: ObjectKey, node: Node) -> Collection[Edit]:
        """Return the edits after which a binding no longer grants to a subject."""
        printed = format_node(node)
        return [edit for edit in self._editor.of_binding(key) if printed in edit.what]

    # Others

    def _of_evidence(self, evidence: Iterable[Evidence]) -> Iterator[Collection[Edit]]:
        for one in evidence:
            key = one.kind, one.namespace, one.name
            if one.kind in _BINDINGS:
                yield self._editor.of_binding(self._made.makers.get(key, key))
            elif one.kind in _ROLES:
                role = self._editor.objects.get(key)
                if isinstance(role, Role | ClusterRole):
                    for number in self._original_rules(role, one.rule):
                        yield self._editor.of_rule(role, number)

    def _original_rules(self, role: AnyRole, rule: int | None) -> Iterable[int]:
        """Return which rules of the original role a rule of the evidence is; None for all.

        In an aggregated ClusterRole other rules may precede it by now.
        """
        if rule is None or (isinstance(role, ClusterRole) and role.aggregation_rule is not None):
            return range(len(role.rules or ()))
        origins = self._made.rules.get(key_of(role))
        return [rule if origins is None else origins[rule]]


def _plain(node: Node) -> Node:
    """Return the identity of an impersonated node."""
    kind, namespace, name = node
    return kind.removeprefix(_DOUBLED), namespace, name
