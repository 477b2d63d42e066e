"""Groups edges that the same edits may close, by columns of integers.

Most edges of a large graph share what decides the edits that close them: a binding, a rule, or the
identity that they lead to. So these edits are found once for each group.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import cached_property
from operator import attrgetter, itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.grounding.scope_template import SOMEWHERE, special
from rbacgraph.graph.grounding.single_right import targets_alike
from rbacgraph.model.kubernetes.rbac import AnyRole
from rbacgraph.model.node import GraphNode, Node
from rbacgraph.techniques.catalogue import EDGES, KINDS, Conjunction, RuleEdge
from rbacgraph.techniques.spec.compound_rights import EqualRules
from rbacgraph.techniques.spec.technique import Match

Integers = NDArray[np.int64]

BOUND_BY, HOLDS, RUNS_AS = KINDS["bound-by"], KINDS["holds"], KINDS["runs-as"]
MEMBER_OF = KINDS["member-of"]

GivenMatches = Callable[[AnyRole, int, RuleEdge], Iterable[Match]]
"""Returns what a rule of a role gives by a technique: one verb on one resource each."""


class AlikeEdges:
    """Groups edges of a graph that the same edits may close.

    ``identity``: returns the identity that a node stands for, if it has no object: bindings alone
        name it.
    ``used``: returns what a rule gives by a technique.
    """

    def __init__(
        self, graph: AccessGraph, identity: Callable[[GraphNode], Node | None], used: GivenMatches
    ) -> None:
        self._graph = graph
        self._identity = identity
        self._used = used

    def groups(self, edges: Integers) -> tuple[Integers, Integers]:
        """Return one edge of each group of some edges, and for each edge the place of its group."""
        graph = self._graph
        kinds, bases = graph.kind[edges], graph.bases_of(edges)
        named = self._by_node(graph.target[edges], self._identity)
        named[kinds == MEMBER_OF] = -1  # what names a group makes nobody its member
        own = np.zeros(len(edges), dtype=np.int64)
        for kind in np.unique(kinds).tolist():
            places = np.flatnonzero(kinds == kind)
            some = edges[places], [bases[place] for place in places.tolist()]
            own[places] = self._own(kind, *some)
        pairs = _paired(_paired(kinds.astype(np.int64), named + 1), own)
        _, first, group = np.unique(pairs, return_index=True, return_inverse=True)
        return edges[first], group.reshape(-1)

    def _own(self, kind: int, edges: Integers, bases: Sequence[Any]) -> Integers:
        """Return numbers of all else that decides on edges of one kind, and what they rest on."""
        edge = EDGES[kind]
        if isinstance(edge, RuleEdge):
            return self._of_rules(kind, edge, edges, bases)
        deciding = _evidence if isinstance(edge, Conjunction) else _DECIDING.get(kind)
        if deciding is None:  # what an edge says of itself
            resting = np.fromiter((basis is not None for basis in bases), np.bool_, len(bases))
            return np.where(resting, edges + 1, 0)
        own = _numbered(map(deciding, bases))
        if kind == BOUND_BY:  # of one subject, if the binding has others
            return _paired(self._graph.source[edges].astype(np.int64), own)
        return own

    def _of_rules(
        self, kind: int, edge: RuleEdge, edges: Integers, bases: Sequence[tuple[AnyRole, int]]
    ) -> Integers:
        """Return the same of a technique that a rule gives.

        What most rules give is alike in all ordinary namespaces. There only the target matters,
        seen from the namespace.
        """
        graph = self._graph
        rules = _numbered((id(role), number) for role, number in bases)
        _, first = np.unique(rules, return_index=True)
        alike = [self._is_alike(kind, edge, *bases[place]) for place in first.tolist()]
        spaces: dict[Hashable, int] = {}
        scopes = self._by_node(graph.source[edges], _namespace, spaces)
        inside = scopes == self._by_node(graph.target[edges], _namespace, spaces)
        ordinary = np.array([space not in self._special for space in spaces], dtype=np.bool_)
        seen = inside & ordinary[scopes] & np.array(alike, dtype=np.bool_)[rules]
        targets = _paired(scopes, graph.target[edges].astype(np.int64)) * 2 + 1
        targets[seen] = self._by_node(graph.target[edges], itemgetter(0, 2))[seen] * 2
        certain: Integers = (graph.condition[edges] == 0).astype(np.int64)
        return _paired(_paired(rules, certain), targets)

    def _is_alike(self, kind: int, edge: RuleEdge, role: AnyRole, number: int) -> bool:
        """Whether all that a rule gives is alike in all ordinary namespaces, seen from each."""
        for match in self._used(role, number, edge):
            found = targets_alike(kind, match)
            if found is None or any(node[1] not in {"", SOMEWHERE} for node, _ in found):
                return False
        return True

    @cached_property
    def _special(self) -> frozenset[str]:
        return special(self._graph.world)

    def _by_node(
        self,
        nodes: NDArray[np.int32],
        get: Callable[[GraphNode], Hashable],
        known: dict[Hashable, int] | None = None,
    ) -> Integers:
        """Number something of each of some nodes."""
        different, places = np.unique(nodes, return_inverse=True)
        found = (get(self._graph.nodes[node]) for node in different.tolist())
        return _numbered(found, known)[places.reshape(-1)]


def mounted_by_default(source: PodSource) -> tuple[str, str] | None:
    """Return the ServiceAccount whose default decides whether a Pod mounts a token, if it does."""
    if source.live or source.spec.automount is not None:
        return None
    return source.node[1], source.spec.service_account


def _namespace(node: GraphNode) -> str:
    return node[1]


def _uses(basis: object) -> Hashable:
    """Return what stands for the uses of a compound right, apart from their scope."""
    if isinstance(basis, EqualRules):
        return id(basis.uses), id(basis.role)
    return id(basis)


_evidence = attrgetter("evidence")
_DECIDING: Mapping[int, Callable[[Any], Hashable]] = {
    BOUND_BY: id,
    HOLDS: _uses,
    MEMBER_OF: lambda _: None,
    RUNS_AS: mounted_by_default,
}
"""What decides on edges of some kinds, from what they rest on."""


def _numbered(values: Iterable[Hashable], known: dict[Hashable, int] | None = None) -> Integers:
    """Number values, equal ones alike."""
    numbers = {} if known is None else known
    return np.array([numbers.setdefault(one, len(numbers)) for one in values], dtype=np.int64)


def _paired(one: Integers, other: Integers) -> Integers:
    """Number pairs, equal ones alike: of numbers that are small enough for a product."""
    pairs = one * (other.max(initial=0) + 1) + other
    numbers: Integers = np.unique(pairs, return_inverse=True)[1].reshape(-1)
    return numbers
