"""Impersonation is one layer: "B by impersonation" is kept apart from "B".

Whoever acts as B by headers has B's rights, but cannot impersonate on. Where B has no
right to impersonate, both are the same and B itself serves; elsewhere B is doubled, with
its groups, bindings and grants as far as they lead to that right.
"""

from collections.abc import Iterable, Iterator, Mapping

from rbacgraph.edges import KINDS
from rbacgraph.edges.base import CERTAIN, Edge
from rbacgraph.edges.member_of import IMPLIED, given_groups, implied_groups
from rbacgraph.edges.world import World
from rbacgraph.graph.abilities import Abilities
from rbacgraph.graph.rules import RuleEdges, Targets
from rbacgraph.model.node import (
    GROUP,
    IMPERSONATED_GROUP,
    IMPERSONATED_SERVICE_ACCOUNT,
    IMPERSONATED_USER,
    SERVICE_ACCOUNT,
    USER,
    Node,
)

MEMBER_OF, BOUND_BY, GRANTS = KINDS["member-of"], KINDS["bound-by"], KINDS["grants"]

_IMPERSONATED = {
    IMPERSONATED_SERVICE_ACCOUNT: SERVICE_ACCOUNT,
    IMPERSONATED_GROUP: GROUP,
    IMPERSONATED_USER: USER,
}
"""Node kinds for identities that are acted as by headers, with what they stand for."""


def _doubled(node: Node) -> Node:
    return f"impersonated-{node[0]}", node[1], node[2]


class Impersonation:
    """Decides which identities need a double, and makes the doubles' edges."""

    def __init__(self, world: World, rules: RuleEdges, abilities: Abilities) -> None:
        self._world = world
        self._rules = rules
        self._given = given_groups(world)
        grants = world.grants
        hot = {
            grant
            for grant, (roles, _) in grants.items()
            if rules.impersonates(roles) or abilities.impersonate(roles)
        }
        self._hot_bindings = frozenset(
            place for place, grant in enumerate(world.granted) if grant in hot
        )
        self._hot = {
            subject
            for subject, places in world.bindings_by_subject.items()
            if not self._hot_bindings.isdisjoint(places)
        }
        self._hot_groups: dict[Node, bool] = {}
        self._wanted: dict[Node, None] = {}
        self._doubles: set[Node] = set()

    def resolve(self, target: Node) -> Node:
        """Return the identity itself where acting as it by headers is the same."""
        kind = _IMPERSONATED.get(target[0])
        if kind is None:
            return target
        identity = kind, target[1], target[2]
        # Headers bring the groups that authentication implies, not those of a mapping.
        if identity in self._given or self._is_hot(identity):
            self._wanted[identity] = None
            return target
        return identity

    def resolve_all(self, accounts: Iterable[int]) -> list[int]:
        """Return those ServiceAccounts, by number, or their doubles where these differ."""
        index, found = self._world.index, []
        for account in accounts:
            node = index.nodes[account]
            if node in self._given or self._is_hot(node):
                self._wanted[node] = None
                found.append(index.number(_doubled(node)))
            else:
                found.append(account)
        return found

    def edges(self, targets: Targets) -> Iterator[tuple[int, Edge]]:
        """Yield the doubles' edges, each with the number of its kind."""
        world, number = self._world, self._world.index.number
        queue = list(self._wanted)
        seen = set(queue)
        bindings: dict[int, int] = {}
        for node in queue:  # grows while it is read
            source = number(_doubled(node))
            for group in implied_groups(node):
                hot = self._is_hot_group(group)
                if hot and group not in seen:
                    seen.add(group)
                    queue.append(group)
                yield MEMBER_OF, (source, _doubled(group) if hot else group, IMPLIED, CERTAIN)
            for place in world.bindings_by_subject.get(node, ()):
                binding, target = world.bindings[place][0], world.binding_numbers[place]
                if place in self._hot_bindings:
                    if place not in bindings:
                        bindings[place] = number(_doubled(world.index.nodes[target]))
                    target = bindings[place]
                yield BOUND_BY, (source, target, binding, CERTAIN)
        self._doubles = {*seen, *(self._world.granted[place] for place in bindings)}
        yield from self._of_bindings(bindings, targets)

    def double_of(self, node: Node) -> Node | None:
        """Return the double of an identity or grant, None where it has none."""
        return _doubled(node) if node in self._doubles else None

    def _of_bindings(
        self, bindings: Mapping[int, int], targets: Targets
    ) -> Iterator[tuple[int, Edge]]:
        """Yield the edges of doubled bindings, and of the grants that they lead to."""
        world = self._world
        grants: dict[Node, int] = {}
        for place, source in bindings.items():
            grant = world.granted[place]
            if grant not in grants:
                grants[grant] = world.index.number(_doubled(grant))
            yield GRANTS, (source, grants[grant], None, CERTAIN)
        for grant, source in grants.items():
            roles, scope = world.grants[grant]
            for given in self._rules.of_roles(roles):
                if given.edge.impersonated:
                    for target, condition in targets.of(given, scope):
                        yield given.kind, (source, target, given.basis, condition)

    def _is_hot(self, node: Node) -> bool:
        """Whether an identity has a right to impersonate, itself or by a group."""
        return node in self._hot or any(map(self._is_hot_group, implied_groups(node)))

    def _is_hot_group(self, group: Node) -> bool:
        known = self._hot_groups.get(group)
        if known is None:
            known = self._hot_groups[group] = self._is_hot(group)
        return known
