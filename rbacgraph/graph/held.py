"""What roles give of the rights that abilities are made of, and which abilities follow.

Equal rules, equal roles and equal sets of rights are looked at once. Such sets are integers, a
bit for each right, because there is one for every grant. To compare rules costs more than
most roles give, so a role that was seen before is known by its id, and kept for that.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rbacgraph.edges.abilities import Ability, Found, Held, Holding
from rbacgraph.edges.base import Match, Right
from rbacgraph.edges.world import World
from rbacgraph.edges.writes_roles import is_full
from rbacgraph.model.rbac import AnyBinding, AnyRole, PolicyRule, Rules

Told = list[tuple[Ability, Found]]
"""Abilities that somebody has."""

_Part = tuple[Ability, Sequence[Right]]
"""An ability, with those of its rights that are held."""


class OfRules(NamedTuple):
    """What rules give, each by its number, and the sets of these rights and of those with names.

    ``full`` says that one of them gives every right.
    """

    matches: Sequence[tuple[Right, Match, int]]
    rights: int
    named: int
    full: bool


class RightsOfRoles:
    """Finds the rights of roles.

    Parameters
    ----------
    world:
        The cluster.
    abilities:
        Those that count.
    """

    def __init__(self, world: World, abilities: Sequence[Ability]) -> None:
        self._world = world
        self._heeded = [
            (ability, [right for right in ability.rights if ability.heeds(world, right)])
            for ability in abilities
        ]
        rights = dict.fromkeys(right for _, heeded in self._heeded for right in heeded)
        self._bits = {right: 1 << place for place, right in enumerate(rights)}
        self._of_rule: dict[object, Sequence[tuple[Right, tuple[str, ...]]]] = {}
        self._of_rules: dict[Rules, OfRules] = {}
        self._of_role: dict[int, tuple[AnyRole, OfRules]] = {}
        self._of_rights: dict[tuple[int, bool], Sequence[_Part]] = {}

    def as_set(self, rights: Iterable[Right]) -> int:
        """Return the set of some rights."""
        found = 0
        for right in rights:
            found |= self._bits.get(right, 0)
        return found

    def of(self, roles: Iterable[AnyRole]) -> int:
        """Return the set of what roles give."""
        found = 0
        for role in roles:
            found |= self.find(role).rights
        return found

    def held(self, roles: Iterable[AnyRole], scope: str, binding: AnyBinding | None = None) -> Held:
        """Return what roles give at a scope, through a binding."""
        held: dict[Right, list[Holding]] = {}
        for role in roles:
            for right, match, number in self.find(role).matches:
                holding = Holding(right, match, scope, role, number, binding)
                if right in held:
                    held[right].append(holding)
                else:
                    held[right] = [holding]
        return held

    def of_grant(self, roles: Sequence[AnyRole], scope: str) -> Told:
        """Return the abilities that roles give at one scope."""
        rights = self.of(roles)
        return self._told(self.held(roles, scope), self._made_of(rights, scope)) if rights else []

    def together(self, held: Held, rights: int) -> Told:
        """Return the joint abilities that rights give, whatever scopes they are held at."""
        return self._told(held, [part for part in self._made_of(rights, "") if part[0].joint])

    def _told(self, held: Held, parts: Iterable[_Part]) -> Told:
        """Return what the holder of some rights is able to do, of equal things the first."""
        told: dict[tuple[str, str, str, str], tuple[Ability, Found]] = {}
        for ability, rights in parts:
            for found in ability.found(self._world, {right: held[right] for right in rights}):
                key = ability.id, found.scope, found.name, found.condition
                if key not in told:
                    told[key] = ability, found
        return list(told.values())

    def _made_of(self, rights: int, scope: str) -> Sequence[_Part]:
        """Return the abilities that some rights may be enough for at a scope."""
        key = rights, bool(scope)
        found = self._of_rights.get(key)
        if found is None:
            parts = (
                (ability, [right for right in heeded if self._bits[right] & rights])
                for ability, heeded in self._heeded
                if not (scope and ability.cluster_scoped)
            )
            found = self._of_rights[key] = [part for part in parts if part[1]]
        return found

    def find(self, role: AnyRole) -> OfRules:
        """Return what one role gives, the same object for equal rules."""
        known = self._of_role.get(id(role))
        if known is None:
            found = self._of_rules.get(role.rules)
            if found is None:
                found = self._of_rules[role.rules] = self._of(role.rules)
            known = self._of_role[id(role)] = role, found
        return known[1]

    def _of(self, rules: Rules) -> OfRules:
        matches = [
            (right, Match(verbs, (right.full_resource,), rule.resource_names or ()), number)
            for number, rule in enumerate(rules or ())
            for right, verbs in self._matches(rule)
        ]
        rights = self.as_set(right for right, _, _ in matches)
        named = self.as_set(right for right, match, _ in matches if match.names)
        return OfRules(matches, rights, named, any(map(is_full, rules or ())))

    def _matches(self, rule: PolicyRule) -> Sequence[tuple[Right, tuple[str, ...]]]:
        """Return the rights of a rule, each with the verbs that it gives."""
        key = rule.verbs, rule.api_groups, rule.resources
        found = self._of_rule.get(key)
        if found is None:
            pairs = ((right, right.verbs_in(rule)) for right in self._bits)
            found = self._of_rule[key] = [(right, verbs) for right, verbs in pairs if verbs]
        return found
