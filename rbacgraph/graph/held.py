"""What roles give of the rights that abilities are made of, and which abilities follow.

Equal rules, equal roles and equal sets of rights are looked at once. Such sets are integers, a
bit for each right, because there is one for every grant.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rbacgraph.edges.abilities import Ability, Found, Held, Holding
from rbacgraph.edges.base import Match, Right
from rbacgraph.edges.world import World
from rbacgraph.model.rbac import AnyBinding, AnyRole, PolicyRule, Rules

Told = list[tuple[Ability, Found]]
"""Abilities that somebody has."""


class _OfRules(NamedTuple):
    """What rules give, each by its number, and the set of these rights."""

    matches: Sequence[tuple[Right, Match, int]]
    rights: int


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
        self._of_rules: dict[Rules, _OfRules] = {}
        self._of_rights: dict[int, Sequence[tuple[Ability, Sequence[Right]]]] = {}

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
            found |= self._find(role.rules).rights
        return found

    def held(self, roles: Iterable[AnyRole], scope: str, binding: AnyBinding | None = None) -> Held:
        """Return what roles give at a scope, through a binding."""
        held: dict[Right, list[Holding]] = {}
        for role in roles:
            for right, match, number in self._find(role.rules).matches:
                holding = Holding(right, match, scope, role, number, binding)
                if right in held:
                    held[right].append(holding)
                else:
                    held[right] = [holding]
        return held

    def abilities(self, held: Held, rights: int, *, joint: bool = False) -> Told:
        """Return what rights give, of equal things the first; of joint abilities alone if asked."""
        told: dict[tuple[str, str, str, str], tuple[Ability, Found]] = {}
        for ability, parts in self._made_of(rights):
            if joint and not ability.joint:
                continue
            for found in ability.found(self._world, {right: held[right] for right in parts}):
                key = ability.id, found.scope, found.name, found.condition
                if key not in told:
                    told[key] = ability, found
        return list(told.values())

    def _made_of(self, rights: int) -> Sequence[tuple[Ability, Sequence[Right]]]:
        """Return the abilities that some rights are part of, each with these."""
        found = self._of_rights.get(rights)
        if found is None:
            parts = (
                (ability, [right for right in heeded if self._bits[right] & rights])
                for ability, heeded in self._heeded
            )
            found = self._of_rights[rights] = [part for part in parts if part[1]]
        return found

    def _find(self, rules: Rules) -> _OfRules:
        found = self._of_rules.get(rules)
        if found is None:
            matches = [
                (right, Match(verbs, (right.full_resource,), rule.resource_names or ()), number)
                for number, rule in enumerate(rules or ())
                for right, verbs in self._matches(rule)
            ]
            rights = self.as_set(right for right, _, _ in matches)
            found = self._of_rules[rules] = _OfRules(matches, rights)
        return found

    def _matches(self, rule: PolicyRule) -> Sequence[tuple[Right, tuple[str, ...]]]:
        """Return the rights of a rule, each with the verbs that it gives."""
        key = rule.verbs, rule.api_groups, rule.resources
        found = self._of_rule.get(key)
        if found is None:
            pairs = ((right, right.verbs_in(rule)) for right in self._bits)
            found = self._of_rule[key] = [(right, verbs) for right, verbs in pairs if verbs]
        return found
