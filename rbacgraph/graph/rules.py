"""Rule edges: what each role matches, once, and what it yields at each scope it is bound at."""

from collections.abc import Iterable, Iterator

from rbacgraph.edges import EDGES, RuleEdge
from rbacgraph.edges.base import Match
from rbacgraph.edges.collections import COLLECTIONS
from rbacgraph.edges.world import World
from rbacgraph.model.node import EACH_NAMESPACE, Node
from rbacgraph.model.rbac import AnyRole, PolicyRule

RuleBasis = tuple[AnyRole, int]
"""The role and the index of the rule that an edge rests on."""

_RULE_KINDS = tuple((k, edge) for k, edge in enumerate(EDGES) if isinstance(edge, RuleEdge))


class RuleEdges:
    """Matches rules against the rule edges, remembering what it saw.

    Parameters
    ----------
    world:
        The cluster. What a rule names but it does not hold is no target.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._by_member = {collection.member: collection for collection in COLLECTIONS}
        self._seen: dict[object, tuple[tuple[int, RuleEdge, Match], ...]] = {}

    def matches(self, rule: PolicyRule) -> tuple[tuple[int, RuleEdge, Match], ...]:
        """Return the rule edges that a rule gives, with their number in the catalogue."""
        key = rule.verbs, rule.api_groups, rule.resources
        found = self._seen.get(key)
        if found is None:
            pairs = ((k, edge, edge.match(rule)) for k, edge in _RULE_KINDS)
            found = tuple((k, edge, match._replace(names=())) for k, edge, match in pairs if match)
            self._seen[key] = found
        names = rule.resource_names
        if not names:
            return found
        return tuple((k, edge, match._replace(names=names)) for k, edge, match in found)

    def of_grant(
        self, grant: Node, roles: Iterable[AnyRole], scope: str, *, impersonated: bool
    ) -> Iterator[tuple[int, Node, Node, object, str]]:
        """Yield a grant's edges, those that impersonation carries or all.

        Each is the number of its kind, source, target, basis and condition.
        """
        for role, number, rule in numbered(roles):
            for k, edge, match in self.matches(rule):
                if (impersonated and not edge.impersonated) or (edge.cluster_scoped and scope):
                    continue
                basis: RuleBasis = role, number
                within = "" if scope == EACH_NAMESPACE else scope
                for target, condition in edge.targets(self._world, within, match):
                    collection = self._by_member.get(target[0])
                    if collection is None:
                        yield k, grant, target, basis, condition
                        continue
                    membership = collection.condition(self._world, target[1], target[2])
                    if membership is not None:
                        yield k, grant, target, basis, both(condition, membership)

    def impersonates(self, roles: Iterable[AnyRole]) -> bool:
        """Whether roles give some edge that impersonation does not carry."""
        return any(
            not edge.impersonated
            for _, _, rule in numbered(roles)
            for _, edge, _ in self.matches(rule)
        )


def numbered(roles: Iterable[AnyRole]) -> Iterator[tuple[AnyRole, int, PolicyRule]]:
    """Yield every rule of some roles with its role and index."""
    for role in roles:
        for number, rule in enumerate(role.rules or ()):
            yield role, number, rule


def both(first: str, second: str) -> str:
    """Join two conditions; the empty one is certain."""
    if first and second and first != second:
        return f"{first} and {second}"
    return first or second
