"""Impersonation is one layer: "B by impersonation" is kept apart from "B".

Whoever acts as B by headers has B's rights, but cannot impersonate on. Where B has no
right to impersonate, both are the same and B itself serves; elsewhere B is doubled, with
its groups, bindings and grants as far as they lead to that right.
"""

from collections.abc import Iterable, Iterator

from rbacgraph.edges import KINDS
from rbacgraph.edges.base import CERTAIN, Edge
from rbacgraph.edges.member_of import GIVEN, IMPLIED, given_groups, implied_groups
from rbacgraph.edges.world import World, binding_node, grant_node
from rbacgraph.graph.rules import RuleEdges
from rbacgraph.model.node import (
    GROUP,
    IMPERSONATED_GROUP,
    IMPERSONATED_SERVICE_ACCOUNT,
    SERVICE_ACCOUNT,
    Node,
)
from rbacgraph.model.rbac import AnyBinding

MEMBER_OF, BOUND_BY, GRANTS = KINDS["member-of"], KINDS["bound-by"], KINDS["grants"]

_IMPERSONATED = {IMPERSONATED_SERVICE_ACCOUNT: SERVICE_ACCOUNT, IMPERSONATED_GROUP: GROUP}
"""Node kinds for identities that are acted as by headers, with what they stand for."""


def _doubled(node: Node) -> Node:
    return f"impersonated-{node[0]}", node[1], node[2]


class Impersonation:
    """Decides which identities need a double, and makes the doubles' edges."""

    def __init__(self, world: World, rules: RuleEdges) -> None:
        self._world = world
        self._rules = rules
        self._given = given_groups(world)
        self._hot_grants = {
            grant for grant, (roles, _) in world.grants.items() if rules.impersonates(roles)
        }
        self._hot: dict[Node, bool] = {}
        self._wanted: dict[Node, None] = {}

    def resolve(self, target: Node) -> Node:
        """Return the identity itself where acting as it by headers is the same."""
        kind = _IMPERSONATED.get(target[0])
        if kind is None:
            return target
        identity = kind, target[1], target[2]
        if self._is_hot(identity):
            self._wanted[identity] = None
            return target
        return identity

    def resolve_all(self, accounts: Iterable[int]) -> list[int]:
        """Return those ServiceAccounts, by number, or their doubles where these differ."""
        index, found = self._world.index, []
        for number in accounts:
            node = index.nodes[number]
            if self._is_hot(node):
                self._wanted[node] = None
                found.append(index.number(_doubled(node)))
            else:
                found.append(number)
        return found

    def edges(self) -> Iterator[tuple[int, Edge]]:
        """Yield the doubles' edges, each with the number of its kind."""
        queue = list(self._wanted)
        seen = set(queue)

        def double(node: Node) -> Node:
            if node not in seen:
                seen.add(node)
                queue.append(node)
            return _doubled(node)

        grants: dict[Node, None] = {}
        for node in queue:  # grows while it is read
            for group, basis in self._groups(node):
                target = double(group) if self._is_hot(group) else group
                yield MEMBER_OF, (_doubled(node), target, basis, CERTAIN)
            for binding, scope in self._world.bindings_by_subject.get(node, ()):
                plain = binding_node(binding)
                grant = grant_node(binding, scope)
                if not self._grants_hot(binding, scope):
                    yield BOUND_BY, (_doubled(node), plain, binding, CERTAIN)
                    continue
                yield BOUND_BY, (_doubled(node), _doubled(plain), binding, CERTAIN)
                if plain not in seen:
                    seen.add(plain)
                    yield GRANTS, (_doubled(plain), _doubled(grant), None, CERTAIN)
                grants[grant] = None
        for grant in grants:
            roles, scope = self._world.grants[grant]
            doubled = _doubled(grant)
            for edge in self._rules.of_grant(doubled, roles, scope, impersonated=True):
                yield edge[0], edge[1:]

    def _groups(self, node: Node) -> Iterator[tuple[Node, str]]:
        for group in self._given.get(node, ()):
            yield group, GIVEN
        for group in implied_groups(node):
            yield group, IMPLIED

    def _grants_hot(self, binding: AnyBinding, scope: str) -> bool:
        return grant_node(binding, scope) in self._hot_grants

    def _is_hot(self, node: Node) -> bool:
        known = self._hot.get(node)
        if known is None:
            bindings = self._world.bindings_by_subject.get(node, ())
            known = any(self._grants_hot(*bound) for bound in bindings) or any(
                self._is_hot(group) for group, _ in self._groups(node)
            )
            self._hot[node] = known
        return known
