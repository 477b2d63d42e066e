"""Grounds rule edges: each role's matches once, and their targets at each of its scopes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rbacgraph.authz.versions.role_versions import Guard, Versions
from rbacgraph.facts.world import Facts
from rbacgraph.graph.grounding.scope_template import SOMEWHERE, UNSEEN, special, without_looking
from rbacgraph.model.condition import CERTAIN, Condition
from rbacgraph.model.kubernetes.rbac import AnyRole, PolicyRule, RuleField, Rules
from rbacgraph.model.node import EACH_NAMESPACE, GraphNode
from rbacgraph.techniques.catalogue import EDGES, RuleEdge
from rbacgraph.techniques.spec.collections import existing, in_each_namespace, is_member
from rbacgraph.techniques.spec.technique import Match, RightIndex, RuleTarget

RuleBasis = tuple[AnyRole, int]
"""The role and the index of the rule behind an edge."""

_BY_RESOURCE = RightIndex(
    ((k, edge), edge.rights) for k, edge in enumerate(EDGES) if isinstance(edge, RuleEdge)
)

_KEPT = 1 << 12
"""How many rules are kept: most rules of a cluster stay in its other states."""


@dataclass(frozen=True, eq=False)
class GivenEdge:
    """What rules give of one rule edge, by its number in the catalogue; equal ones are shared.

    ``alike`` are its targets in any ordinary namespace; None if they depend on more than the rules.
    """

    kind: int
    edge: RuleEdge
    match: Match
    alike: Sequence[RuleTarget] | None


class RuleEdges:
    """Matches rules against the rule edges, equal rules and equal roles once."""

    def __init__(self, versions: Versions) -> None:
        self._versions = versions
        self._given: dict[tuple[int, Match], GivenEdge] = {}
        self._of_rules: dict[int, tuple[Rules, Sequence[tuple[GivenEdge, int]]]] = {}

    def of_roles(
        self, roles: Sequence[AnyRole]
    ) -> Iterator[tuple[GivenEdge, RuleBasis, Condition]]:
        """Yield what roles give, each with its rule and its condition.

        There is a condition if only some versions of a role give it.
        """
        if self._versions and any(map(self._versions.doubts, roles)):
            yield from self._of_versions(roles)
            return
        for role in roles:
            found = self._find(role)
            bases = [(role, number) for number in range(len(role.rules or ()))] if found else []
            for given, number in found:
                yield given, bases[number], CERTAIN

    def _of_versions(
        self, roles: Sequence[AnyRole]
    ) -> Iterator[tuple[GivenEdge, RuleBasis, Condition]]:
        versions = self._versions
        alike: dict[GivenEdge, list[tuple[RuleBasis, Guard]]] = {}
        for role in roles:
            for given, number in self._find(role):
                place = (role, number), versions.of_rule(role, number)
                alike.setdefault(given, []).append(place)
        for given, several in alike.items():
            certain = versions.cover([guard for _, guard in several])
            for basis, guard in several:
                yield given, basis, CERTAIN if certain else versions.condition(guard)

    def _find(self, role: AnyRole) -> Sequence[tuple[GivenEdge, int]]:
        rules = role.rules
        known = self._of_rules.get(id(rules))  # equal rules are one object
        if known is None:
            known = self._of_rules[id(rules)] = rules, self._of(rules)
        return known[1]

    def _of(self, rules: Rules) -> Sequence[tuple[GivenEdge, int]]:
        return [
            (self._once(kind, edge, Match(verbs, keys, rule.resource_names or (), by)), number)
            for number, rule in enumerate(rules or ())
            for kind, edge, (verbs, keys, _, by) in _matches(
                type(rule), rule.verbs, rule.api_groups, rule.resources
            )
        ]

    def _once(self, kind: int, edge: RuleEdge, match: Match) -> GivenEdge:
        given = self._given.get((kind, match))
        if given is None:
            given = self._given[kind, match] = GivenEdge(
                kind, edge, match, targets_alike(kind, match)
            )
        return given


@lru_cache(_KEPT)
def _matches(
    kind: type[PolicyRule], verbs: RuleField, api_groups: RuleField, resources: RuleField
) -> tuple[tuple[int, RuleEdge, Match], ...]:
    """Return what a rule of some words gives, ignoring names."""
    rule = kind(verbs, api_groups, resources)
    pairs = ((number, edge, edge.match(rule)) for number, edge in _BY_RESOURCE.of(rule))
    return tuple((number, edge, match) for number, edge, match in pairs if match)


@lru_cache(_KEPT)
def targets_alike(kind: int, match: Match) -> Sequence[RuleTarget] | None:
    """Return the targets in any ordinary namespace; None if they depend on more than the match."""
    edge = EDGES[kind]
    assert isinstance(edge, RuleEdge)
    if edge.cluster_scoped:
        return ()  # no RoleBinding grants it
    if match.names:
        return None
    found = without_looking(lambda: tuple(edge.given(UNSEEN, SOMEWHERE, match)))
    return None if any(is_member(node) for node, _ in found or ()) else found


class Targets:
    """Finds the targets of rule edges: existing members and collections.

    A name that the cluster lacks is no target. ``wanted`` are the targets except members, before
    ``resolve`` replaces them by other nodes.

    ``resolve``: returns the node that stands for a target.
    """

    def __init__(self, world: Facts, resolve: Callable[[GraphNode], GraphNode]) -> None:
        self.wanted: dict[GraphNode, None] = {}
        self._world = world
        self._resolve = resolve
        self._special = special(world)
        self._known_targets: dict[tuple[GivenEdge, str], Sequence[tuple[int, Condition]]] = {}
        self._numbers: dict[str, dict[GraphNode, int]] = {}

    def of(self, given: GivenEdge, scope: str) -> Sequence[tuple[int, Condition]]:
        """Return the numbers of an edge's targets at a scope, with their conditions."""
        if given.alike is not None and scope not in self._special:
            numbers = self._numbers.get(scope)
            if numbers is None:
                numbers = self._numbers[scope] = {}
            return [
                (numbers[node] if node in numbers else self._place(node, scope), condition)
                for node, condition in given.alike
            ]
        key = given, scope
        found = self._known_targets.get(key)
        if found is None:
            found = self._known_targets[key] = tuple(self._find(given, scope))
        return found

    def _place(self, target: GraphNode, scope: str) -> int:
        """Return the number of the target in a namespace."""
        kind, at, name = target
        node = kind, scope if at == SOMEWHERE else at, name
        self.wanted[node] = None
        number = self._numbers[scope][target] = self._world.index.number(self._resolve(node))
        return number

    def _find(self, given: GivenEdge, scope: str) -> Iterator[tuple[int, Condition]]:
        world = self._world
        for target, condition in given.edge.given(world, scope, given.match):
            if scope == EACH_NAMESPACE:
                target, condition = in_each_namespace(world, target, condition)  # noqa: PLW2901
            found = existing(world, target, condition)
            if found is not None:
                if not is_member(target):
                    self.wanted[target] = None
                yield world.index.number(self._resolve(found[0])), found[1]
