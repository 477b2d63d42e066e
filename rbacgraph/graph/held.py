"""What roles give of the rights of abilities, and what somebody is able to do by them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from operator import or_
from typing import NamedTuple

from rbacgraph.edges.abilities import Ability, Alike, Held, Holding, Uses, wider_scopes
from rbacgraph.edges.base import Match, Right
from rbacgraph.edges.world import World
from rbacgraph.edges.writes_roles import is_full
from rbacgraph.graph.alike import SOMEWHERE, SPECIAL, UNSEEN, stand_in, without_looking
from rbacgraph.graph.by_resource import ByResource
from rbacgraph.model.rbac import AnyBinding, AnyRole, PolicyRule, Rules


class Had(NamedTuple):
    """An ability that somebody has: where, for which name, by which rules."""

    ability: Ability
    scope: str
    name: str
    uses: Uses
    condition: str


Told = Sequence[Had]
"""Abilities that somebody has."""

_Part = tuple[Ability, Sequence[Right]]
"""An ability, with those of its rights that are held."""


@dataclass(eq=False)
class _OfRules:
    """What rules give.

    Parameters
    ----------
    matches:
        The rights, each by the number of a rule.
    rights, for_any_name, named:
        The set of these rights, of those that no names restrict, and of those that some do.
    full:
        Whether one of the rules gives every right.
    names:
        What the rules name.
    alike:
        The abilities that all with these rules have wherever they hold; None for the parts
        that depend on more.
    """

    matches: Sequence[tuple[Right, Match, int]]
    rights: int
    for_any_name: int
    named: int
    full: bool
    names: frozenset[str]
    alike: Sequence[tuple[_Part, Told | None]] | None = None


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
        heeded = [
            (ability, [right for right in ability.rights if ability.heeds(world, right)])
            for ability in abilities
        ]
        rights = dict.fromkeys(right for _, heeded in heeded for right in heeded)
        self._bits = {right: 1 << place for place, right in enumerate(rights)}
        self._by_resource = ByResource((right, (right,)) for right in rights)
        self._heeded = [(*part, self.as_set(part[0].needs or part[1])) for part in heeded]
        self._joint = {
            a.id: (self.as_set(heeded), needed) for a, heeded, needed in self._heeded if a.joint
        }
        self._all_joint = dict.fromkeys(self._joint.values())
        self._of_rule: dict[object, Sequence[tuple[Right, tuple[str, ...]]]] = {}
        self._of_rules: dict[int, tuple[Rules, _OfRules]] = {}
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
        return _held([(role, self.find(role)) for role in roles], scope, binding)

    def of_grant(self, roles: Sequence[AnyRole], scope: str) -> Told:
        """Return the abilities that roles give at one scope."""
        if len(roles) == 1 and scope not in SPECIAL:
            found = self.find(roles[0])
            if not found.rights:
                return ()
            if scope not in found.names:
                return self._of_alike(found, roles[0], scope)
        rights = self.of(roles)
        if not rights:
            return ()
        return _told(self._world, self.held(roles, scope), self._made_of(rights, scope))

    def _of_alike(self, found: _OfRules, role: AnyRole, scope: str) -> Told:
        """Return the abilities that a role gives in a namespace that is like any other."""
        if found.alike is None:
            found.alike = self._without_looking(found, stand_in(role.rules))
        told: list[Had] = []
        held: Held | None = None
        for part, alike in found.alike:
            if alike is None:
                held = held or self.held((role,), scope)
                told += _told(self._world, held, (part,))
                continue
            for ability, at, name, uses, condition in alike:
                assert not isinstance(uses, Alike)
                place = scope if at == SOMEWHERE else at
                told.append(Had(ability, place, name, Alike(uses, role, scope), condition))
        return told

    def _without_looking(self, found: _OfRules, role: AnyRole) -> list[tuple[_Part, Told | None]]:
        """Return what all with the rules of a role have; None for what depends on more."""
        held = _held([(role, found)], SOMEWHERE)
        return [
            (part, without_looking(partial(_told, UNSEEN, held, (part,))))
            for part in self._made_of(found.rights, SOMEWHERE)
        ]

    def may_add_up(
        self,
        grants: Iterable[tuple[Iterable[AnyRole], str]],
        abilities: Iterable[Ability] | None = None,
    ) -> bool:
        """Whether grants may give a joint ability together that none of them gives alone.

        All joint abilities count, or some. Grants do not where they never hold in one place,
        nor where one of them holds in all of the others' places, for any name, whatever they
        hold of the ability's rights.
        """
        held = []
        for roles, scope in grants:
            found = [self.find(role) for role in roles]
            rights = reduce(or_, (one.rights for one in found), 0)
            held.append((scope, rights, reduce(or_, (one.for_any_name for one in found), 0)))
        whole = reduce(or_, (rights for _, rights, _ in held), 0)
        joint = self._all_joint if abilities is None else {self._joint[a.id] for a in abilities}
        return any(
            _add_up([one for one in held if one[1] & wanted], wanted)
            for wanted, needed in joint
            if needed & whole
        )

    def together(self, held: Held, rights: int) -> Told:
        """Return the joint abilities that rights give, whatever scopes they are held at."""
        parts = [part for part in self._made_of(rights, "") if part[0].joint]
        return _told(self._world, held, parts)

    def _made_of(self, rights: int, scope: str) -> Sequence[_Part]:
        """Return the abilities that some rights may be enough for at a scope."""
        key = rights, bool(scope)
        found = self._of_rights.get(key)
        if found is None:
            parts = (
                (ability, [right for right in heeded if self._bits[right] & rights])
                for ability, heeded, needed in self._heeded
                if needed & rights and not (scope and ability.cluster_scoped)
            )
            found = self._of_rights[key] = list(parts)
        return found

    def find(self, role: AnyRole) -> _OfRules:
        """Return what one role gives, the same object for equal rules."""
        rules = role.rules
        known = self._of_rules.get(id(rules))  # equal ones are the same; to compare costs more
        if known is None:
            known = self._of_rules[id(rules)] = rules, self._of(rules)
        return known[1]

    def _of(self, rules: Rules) -> _OfRules:
        matches = [
            (right, Match(verbs, (right.full_resource,), rule.resource_names or ()), number)
            for number, rule in enumerate(rules or ())
            for right, verbs in self._matches(rule)
        ]
        return _OfRules(
            matches,
            self.as_set(right for right, _, _ in matches),
            self.as_set(right for right, match, _ in matches if not match.names),
            self.as_set(right for right, match, _ in matches if match.names),
            any(map(is_full, rules or ())),
            frozenset(name for _, match, _ in matches for name in match.names),
        )

    def _matches(self, rule: PolicyRule) -> Sequence[tuple[Right, tuple[str, ...]]]:
        """Return the rights of a rule, each with the verbs that it gives."""
        key = rule.verbs, rule.api_groups, rule.resources
        found = self._of_rule.get(key)
        if found is None:
            pairs = ((right, right.verbs_in(rule)) for right in self._by_resource.of(rule))
            found = self._of_rule[key] = [(right, verbs) for right, verbs in pairs if verbs]
        return found


def _held(
    given: Iterable[tuple[AnyRole, _OfRules]], scope: str, binding: AnyBinding | None = None
) -> Held:
    held: dict[Right, list[Holding]] = {}
    for role, found in given:
        for right, match, number in found.matches:
            holding = Holding(right, match, scope, role, number, binding)
            if right in held:
                held[right].append(holding)
            else:
                held[right] = [holding]
    return held


def _told(world: World, held: Held, parts: Iterable[_Part]) -> list[Had]:
    """Return what the holder of some rights is able to do, of equal things the first."""
    told: dict[tuple[str, str, str, str], Had] = {}
    for ability, rights in parts:
        for found in ability.found(world, {right: held[right] for right in rights}):
            key = ability.id, found.scope, found.name, found.condition
            if key not in told:
                told[key] = Had(ability, found.scope, found.name, found.uses, found.condition)
    return list(told.values())


def _add_up(parts: Sequence[tuple[str, int, int]], wanted: int) -> bool:
    """Whether some rights are held in one place by several parts, and by none of them whole.

    A part is a scope, the rights held there, and those of them held for any name.
    """
    for scope in dict.fromkeys(scope for scope, _, _ in parts if len(parts) > 1):
        wider = wider_scopes(scope)
        there = [part for part in parts if part[0] in wider]
        whole = reduce(or_, (rights for _, rights, _ in there)) & wanted
        widest = max((part[0] for part in there), key=wider.index)
        if len(there) > 1 and not any(
            at == widest and not whole & ~for_any_name for at, _, for_any_name in there
        ):
            return True
    return False
