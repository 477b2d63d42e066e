"""Header identities: "B by impersonation" is kept apart from "B".

An attacker who acts as B by headers has B's rights, but cannot impersonate further, and has no
token of B to show to a cloud. If B has neither right, both are the same node; otherwise B gets a
second node, with its groups, bindings and grants as far as they lead to that right.
"""

from collections.abc import Iterable, Iterator, Mapping

from rbacgraph.facts.world import Facts
from rbacgraph.graph.conjunctions.compound_rights import CompoundRights
from rbacgraph.graph.conjunctions.constrained_grants import Constrained
from rbacgraph.graph.grounding.single_right import RuleEdges, Targets
from rbacgraph.model.condition import CERTAIN, both
from rbacgraph.model.node import (
    CLUSTER_ROLE_BINDING,
    GROUP,
    IMPERSONATED_CLUSTER_ROLE_BINDING,
    IMPERSONATED_GROUP,
    IMPERSONATED_KUBELET,
    IMPERSONATED_ROLE_BINDING,
    IMPERSONATED_SERVICE_ACCOUNT,
    IMPERSONATED_USER,
    KUBELET,
    ROLE_BINDING,
    SERVICE_ACCOUNT,
    USER,
    GraphNode,
    Node,
    doubled,
    is_named,
    named_node,
)
from rbacgraph.model.node_keys import RoleGrant
from rbacgraph.techniques.catalogue import EDGES, KINDS, ObjectEdge
from rbacgraph.techniques.spec.technique import Edge, each
from rbacgraph.techniques.stores.store_accounts import store_accounts
from rbacgraph.techniques.structure.member_of import IMPLIED, given_groups, implied_identities

MEMBER_OF, BOUND_BY, GRANTS = KINDS["member-of"], KINDS["bound-by"], KINDS["grants"]
_OF_KUBELETS = (KINDS["node-reads-secret"], KINDS["node-requests-token"])

_IMPERSONATED = {
    IMPERSONATED_SERVICE_ACCOUNT: SERVICE_ACCOUNT,
    IMPERSONATED_GROUP: GROUP,
    IMPERSONATED_USER: USER,
    IMPERSONATED_KUBELET: KUBELET,
    IMPERSONATED_ROLE_BINDING: ROLE_BINDING,
    IMPERSONATED_CLUSTER_ROLE_BINDING: CLUSTER_ROLE_BINDING,
}
"""Node kinds of header identities, with the kinds they stand for."""


def is_header_identity(node: GraphNode) -> bool:
    """Whether a node is the second node of an identity, as which an attacker acts by headers."""
    return node[0] in _IMPERSONATED


class HeaderIdentities:
    """Decides which identities need a second node, and makes the edges of these nodes."""

    def __init__(
        self, world: Facts, rules: RuleEdges, abilities: CompoundRights, constrained: Constrained
    ) -> None:
        self._world = world
        self._rules = rules
        self._given = given_groups(world)
        grants = world.rbac.grants
        hot = constrained.holders | {
            grant for grant, (roles, _) in grants.items() if abilities.impersonate(roles)
        }
        self._hot_bindings = frozenset(
            place for place, grant in enumerate(world.rbac.granted) if grant in hot
        )
        self._hot = {
            subject
            for subject, places in world.rbac.bindings_by_subject.items()
            if not self._hot_bindings.isdisjoint(places)
        }
        self._hot.update(world.identities.clouds.identities)  # headers bring no token for a cloud
        self._hot.update(store_accounts(world))  # nor for a store
        self._hot_parts: dict[Node, bool] = {}
        self._places = {world.rbac.binding_nodes[place]: place for place in self._hot_bindings}
        self._wanted: dict[Node, None] = {}
        self._wanted_bindings: dict[int, None] = {}
        self._doubles: set[GraphNode] = set()

    def resolve(self, target: GraphNode) -> GraphNode:
        """Return the identity itself if acting as it by headers is the same."""
        kind = _IMPERSONATED.get(target[0])
        if kind is None or not is_named(target):
            return target
        identity = kind, target[1], target[2]
        if kind in {ROLE_BINDING, CLUSTER_ROLE_BINDING}:
            if identity not in self._places:
                return identity
            self._wanted_bindings[self._places[identity]] = None
            return target
        # # Headers bring the groups that authentication implies, not those of a mapping.
        if identity in self._given or self._is_hot(identity):
            self._wanted[identity] = None
            return target
        return identity

    def resolve_all(self, identities: Iterable[int]) -> list[int]:
        """Return the numbers of identities, or of their second nodes if these differ."""
        index, found = self._world.index, []
        for identity in identities:
            node = named_node(index.nodes[identity])
            if node in self._given or self._is_hot(node):
                self._wanted[node] = None
                found.append(index.number(doubled(node)))
            else:
                found.append(identity)
        return found

    def edges(self, targets: Targets) -> Iterator[tuple[int, Edge]]:
        """Yield the edges of second nodes, each with the number of its kind."""
        world, number = self._world, self._world.index.number
        queue = list(self._wanted)
        seen = set(queue)
        bindings = {
            place: number(doubled(world.rbac.binding_nodes[place]))
            for place in self._wanted_bindings
        }
        for node in queue:  # the list grows while it is read
            source = number(doubled(node))
            for part in implied_identities(world, node):
                hot = self._is_hot_part(part)
                if hot and part not in seen:
                    seen.add(part)
                    queue.append(part)
                yield MEMBER_OF, (source, doubled(part) if hot else part, IMPLIED, CERTAIN)
            for place in world.rbac.bindings_by_subject.get(node, ()):
                binding, target = world.rbac.bindings[place][0], world.rbac.binding_numbers[place]
                if place in self._hot_bindings:
                    if place not in bindings:
                        bindings[place] = number(doubled(world.index.nodes[target]))
                    target = bindings[place]
                yield BOUND_BY, (source, target, binding, world.rbac.doubts.get(place, CERTAIN))
        self._doubles = {*seen, *(self._world.rbac.granted[place] for place in bindings)}
        yield from self._of_bindings(bindings, targets)
        yield from self._of_kubelets({node for node in seen if node[0] == KUBELET})

    def double_of(self, node: GraphNode) -> GraphNode | None:
        """Return the second node with the rights of an identity or grant; None if there is none."""
        return doubled(node) if node in self._doubles and node not in self._given else None

    def exists(self, node: GraphNode) -> bool:
        """Whether a node is no second node, or one that some principal uses."""
        kind = _IMPERSONATED.get(node[0])
        return kind is None or (kind, *node[1:]) in self._doubles

    def _of_bindings(
        self, bindings: Mapping[int, int], targets: Targets
    ) -> Iterator[tuple[int, Edge]]:
        """Yield the edges of bindings' second nodes, and of the grants after them."""
        world = self._world
        grants: dict[RoleGrant, int] = {}
        for place, source in bindings.items():
            grant = world.rbac.granted[place]
            if grant not in grants:
                grants[grant] = world.index.number(doubled(grant))
            yield GRANTS, (source, grants[grant], None, CERTAIN)
        for granted, source in grants.items():
            roles, scope = world.rbac.grants[granted]
            for given, basis, doubt in self._rules.of_roles(roles):
                if given.edge.impersonated:
                    for target, condition in targets.of(given, scope):
                        yield given.kind, (source, target, basis, both(condition, doubt))

    def _of_kubelets(self, kubelets: set[Node]) -> Iterator[tuple[int, Edge]]:
        """Yield what the Node authorizer allows to kubelets' second nodes, as to kubelets."""
        number = self._world.index.number
        sources = {number(node): number(doubled(node)) for node in kubelets}
        for kind in _OF_KUBELETS if sources else ():
            edge = EDGES[kind]
            assert isinstance(edge, ObjectEdge)
            for source, target, basis, condition in each(edge.edges(self._world)):
                assert isinstance(source, int)
                if source in sources:
                    yield kind, (sources[source], target, basis, condition)

    def _is_hot(self, node: Node) -> bool:
        """Whether an identity has more than headers bring, directly or by its kind."""
        return node in self._hot or any(
            map(self._is_hot_part, implied_identities(self._world, node))
        )

    def _is_hot_part(self, part: Node) -> bool:
        known = self._hot_parts.get(part)
        if known is None:
            known = self._hot_parts[part] = self._is_hot(part)
        return known
