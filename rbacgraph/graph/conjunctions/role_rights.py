"""Finds the rights of roles, and the compound rights that they give."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial, reduce
from operator import or_
from typing import NamedTuple

from rbacgraph.authz.versions.role_versions import Versions
from rbacgraph.facts.world import Facts
from rbacgraph.graph.conjunctions.in_versions import found_by
from rbacgraph.graph.grounding import scope_template
from rbacgraph.model.condition import Condition
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes import rbac
from rbacgraph.model.kubernetes.meta import ClusterRoleMeta
from rbacgraph.model.node import EACH_NAMESPACE
from rbacgraph.model.node_keys import RightName
from rbacgraph.techniques.catalogue import EDGES
from rbacgraph.techniques.rbac_writes.role_writers import is_full
from rbacgraph.techniques.spec.compound_rights import (
    CompoundRight,
    EqualRules,
    FoundRight,
    HeldRight,
    HeldRights,
    Uses,
    wider_scopes,
)
from rbacgraph.techniques.spec.conjunction import Conjunction
from rbacgraph.techniques.spec.technique import Match, Right, RightIndex


class RoleRight(NamedTuple):
    """A held compound right: its scope, its name, its rules."""

    ability: CompoundRight
    scope: str
    name: RightName
    uses: Uses
    condition: Condition


RoleRights = Sequence[RoleRight]
"""Held compound rights."""

_Part = tuple[CompoundRight, Sequence[Right]]
"""A compound right, with its held rights."""

Matched = tuple[Right, Match, int]
"""A right, what a rule gives of it, and the number of the rule."""

_There = tuple[int, int, int]
"""What holds in a scope: how wide, the rights, and those of them held for any name."""

_ONE = Versions(Snapshot())
"""A snapshot without several versions of any object."""

_EVERYTHING = rbac.PolicyRule(verbs=("*",), api_groups=("*",), resources=("*",))
FULL_CONTROL = rbac.ClusterRole(
    metadata=ClusterRoleMeta(name="full control"), rules=(_EVERYTHING,), assumed=True
)

_CONJUNCTIONS = (kind for kind in EDGES if isinstance(kind, Conjunction))
_ALL_RIGHTS = dict.fromkeys(r for kind in _CONJUNCTIONS for a in kind.abilities for r in a.rights)
_BY_RESOURCE = RightIndex((right, (right,)) for right in _ALL_RIGHTS)

_KEPT = 1 << 12
"""How many rules are kept: most rules of a cluster stay in its other states."""

_WIDTHS = {EACH_NAMESPACE: 1, "": 2}


@dataclass(eq=False)
class OfRules:
    """The rights of a set of rules.

    ``matches``: the rights, each with the number of a rule.
    ``rights``, ``for_any_name``, ``named``: the set of these rights, of those without names, and of
        those limited to names.
    ``full``: whether one of the rules gives every right.
    ``names``: the names in the rules.
    ``alike``: the compound rights that all roles with these rules give in any scope; None for the
        parts that depend on more.
    ``apart``: the rights of those parts, as in ``matches``.
    ``asked``: whether some grant of them was requested: most rules belong to one grant.
    """

    matches: Sequence[Matched]
    rights: int
    for_any_name: int
    named: int
    full: bool
    names: frozenset[str]
    alike: Sequence[tuple[_Part, RoleRights | None]] | None = None
    apart: Sequence[Matched] = ()
    asked: bool = False


class ScopedRole(NamedTuple):
    """Roles at a scope, their rights, and the binding that gives them to an identity."""

    roles: Sequence[rbac.AnyRole]
    scope: str
    gives: OfRules
    binding: rbac.AnyBinding | None = None


class RightsOfRoles:
    """Finds the rights of roles."""

    def __init__(self, world: Facts, abilities: Sequence[CompoundRight]) -> None:
        self._world = world
        self._special = scope_template.special(world)
        heeded = [
            (ability, [right for right in ability.rights if ability.heeds(world, right)])
            for ability in abilities
        ]
        rights = dict.fromkeys(right for _, heeded in heeded for right in heeded)
        self._bits = {right: 1 << place for place, right in enumerate(rights)}
        assert rights.keys() <= _ALL_RIGHTS.keys()
        self._heeded = [(*part, self.as_set(part[0].needs or part[1])) for part in heeded]
        self._joint = [
            (self.as_set(heeded), needed) for a, heeded, needed in self._heeded if a.joint
        ]
        self._known_to_add_up: dict[tuple[_There, ...], bool] = {}
        self._of_rule: dict[object, tuple[Sequence[tuple[Right, Match]], int]] = {}
        self._of_rules: dict[int, tuple[rbac.Rules, OfRules]] = {}
        self._sets: dict[int, tuple[rbac.Rules, int]] = {}
        self._of_rights: dict[tuple[int, bool], Sequence[_Part]] = {}

    def forget_search(self) -> None:
        """Free what only the search asks for: of rules, their rights are known still."""
        self._sets = {key: (rules, one.rights) for key, (rules, one) in self._of_rules.items()}
        for known in (self._of_rules, self._of_rule, self._of_rights, self._known_to_add_up):
            known.clear()

    def as_set(self, rights: Iterable[Right]) -> int:
        found = 0
        for right in rights:
            found |= self._bits.get(right, 0)
        return found

    def of(self, roles: Sequence[rbac.AnyRole]) -> int:
        """Return the set of the roles' rights."""
        return reduce(or_, map(self._set_of, roles), 0)

    def _set_of(self, role: rbac.AnyRole) -> int:
        known = self._sets.get(id(role.rules))
        return self._find(role).rights if known is None else known[1]

    def held(
        self, roles: Iterable[rbac.AnyRole], scope: str, binding: rbac.AnyBinding | None = None
    ) -> HeldRights:
        """Return what roles give at a scope, through a binding."""
        return _held([(role, self._find(role).matches) for role in roles], scope, binding)

    def of_grant(self, grant: ScopedRole) -> RoleRights:
        """Return the compound rights that roles give at one scope."""
        roles, scope, found, _ = grant
        if not found.rights:
            return ()
        alike = scope not in self._special and scope not in found.names
        alike = alike and len(roles) == 1 and not self._world.rbac.versions.doubts(roles[0])
        if found.asked and alike:
            return self._of_alike(found, roles[0], scope)
        found.asked = True
        return self._found_rights(self.held(roles, scope), self._made_of(found.rights, scope))

    def _of_alike(self, found: OfRules, role: rbac.AnyRole, scope: str) -> RoleRights:
        """Return the compound rights that a role gives in an ordinary namespace."""
        if found.alike is None:
            found.alike = self._without_looking(found, scope_template.stand_in(role.rules))
            looking = {
                right
                for (_, rights), found_rights in found.alike
                if found_rights is None
                for right in rights
            }
            found.apart = [matched for matched in found.matches if matched[0] in looking]
        found_rights: list[RoleRight] = []
        held = _held([(role, found.apart)], scope)
        for part, alike in found.alike:
            if alike is None:
                found_rights += self._found_rights(held, (part,))
                continue
            for ability, at, name, uses, condition in alike:
                assert not isinstance(uses, EqualRules)
                place = scope if at == scope_template.SOMEWHERE else at
                found_rights.append(
                    RoleRight(ability, place, name, EqualRules(uses, role, scope), condition)
                )
        return found_rights

    def _without_looking(
        self, found: OfRules, role: rbac.AnyRole
    ) -> list[tuple[_Part, RoleRights | None]]:
        """Return what all roles with these rules give; None for what depends on more."""
        held = _held([(role, found.matches)], scope_template.SOMEWHERE)
        parts = self._made_of(found.rights, scope_template.SOMEWHERE)
        found_rights = (
            (
                part,
                scope_template.without_looking(
                    partial(_found_rights, scope_template.UNSEEN, held, (part,), _ONE)
                ),
            )
            for part in parts
        )
        return [(part, had) for part, had in found_rights if had is None or had]

    def grant(self, roles: Sequence[rbac.AnyRole], scope: str) -> ScopedRole:
        return ScopedRole(roles, scope, self.find(roles))

    def may_add_up(self, grants: Iterable[ScopedRole]) -> bool:
        """Whether grants together may give a compound right that none of them gives alone.

        All compound rights of several rules count. Grants do not add up if they never hold in one
        scope, or if one of them holds in all of the others' scopes, for any name and whichever
        version there is, with all their rights.
        """
        places: dict[str, list[_There]] = {}
        for grant in grants:
            gives = grant.gives
            for_any_name = 0 if self._doubts(grant) else gives.for_any_name
            there = _WIDTHS.get(grant.scope, 0), gives.rights, for_any_name
            places.setdefault(grant.scope, []).append(there)
        for scope in places:
            parts = [part for wider in wider_scopes(scope) for part in places.get(wider, ())]
            if len(parts) > 1 and self._adds_up(tuple(parts)):
                return True
        return False

    def _doubts(self, grant: ScopedRole) -> bool:
        """Whether some of what a grant gives rests on versions of its roles or its binding."""
        versions = self._world.rbac.versions
        return bool(versions) and (
            bool(versions.of_binding(grant.binding)) or any(map(versions.doubts, grant.roles))
        )

    def _adds_up(self, parts: tuple[_There, ...]) -> bool:
        """Whether what holds in one scope may give a compound right together."""
        known = self._known_to_add_up.get(parts)
        if known is None:
            known = any(_add_up(parts, *sets) for sets in self._joint)
            self._known_to_add_up[parts] = known
        return known

    def together(self, held: HeldRights, rights: int) -> RoleRights:
        """Return the compound rights that rights give together, in any scopes."""
        parts = [part for part in self._made_of(rights, "") if part[0].joint]
        return self._found_rights(held, parts)

    def _found_rights(self, held: HeldRights, parts: Iterable[_Part]) -> RoleRights:
        return _found_rights(self._world, held, parts, self._world.rbac.versions)

    def _made_of(self, rights: int, scope: str) -> Sequence[_Part]:
        """Return the compound rights for which some rights may be enough at a scope."""
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

    def find(self, roles: Sequence[rbac.AnyRole]) -> OfRules:
        """Return the roles' rights; for one role the same object for equal rules."""
        if len(roles) == 1:
            return self._find(roles[0])
        found = list(map(self._find, roles))
        return OfRules(
            (),
            reduce(or_, (one.rights for one in found), 0),
            reduce(or_, (one.for_any_name for one in found), 0),
            reduce(or_, (one.named for one in found), 0),
            False,
            frozenset(name for one in found for name in one.names),
        )

    def _find(self, role: rbac.AnyRole) -> OfRules:
        rules = role.rules
        known = self._of_rules.get(id(rules))  # equal rules are one object; comparing costs more
        if known is None:
            known = self._of_rules[id(rules)] = rules, self._of(rules)
        return known[1]

    def _of(self, rules: rbac.Rules) -> OfRules:
        matches: list[Matched] = []
        names: set[str] = set()
        for_any_name = named = 0
        for number, rule in enumerate(rules or ()):
            found, given = self._matches(rule)
            if given and rule.resource_names:
                named |= given
                names.update(rule.resource_names)
                found = [
                    (right, Match(verbs, keys, rule.resource_names, by_name))
                    for right, (verbs, keys, _, by_name) in found
                ]
            elif isinstance(rule, rbac.NamingRule):
                named |= given
            else:
                for_any_name |= given
            matches += [(right, match, number) for right, match in found]
        full = any(map(is_full, rules or ()))
        return OfRules(matches, named | for_any_name, for_any_name, named, full, frozenset(names))

    def _matches(self, rule: rbac.PolicyRule) -> tuple[Sequence[tuple[Right, Match]], int]:
        """Return the rights that a rule gives, ignoring names, and their set."""
        key = type(rule), rule.verbs, rule.api_groups, rule.resources
        known = self._of_rule.get(key)
        if known is None:
            bits = self._bits
            found = [matched for matched in _matches(*key) if matched[0] in bits]
            found.sort(key=lambda matched: bits[matched[0]])
            known = self._of_rule[key] = found, self.as_set(right for right, _ in found)
        return known


@lru_cache(_KEPT)
def _matches(
    kind: type[rbac.PolicyRule],
    verbs: rbac.RuleField,
    api_groups: rbac.RuleField,
    resources: rbac.RuleField,
) -> Sequence[tuple[Right, Match]]:
    """Return all rights of abilities that a rule of some words gives, ignoring names."""
    rule, by_name = kind(verbs, api_groups, resources), issubclass(kind, rbac.NamingRule)
    pairs = ((right, right.verbs_in(rule)) for right in _BY_RESOURCE.of(rule))
    return [(r, Match(v, (r.key,), (), by_name)) for r, v in pairs if v]


def _held(
    given: Iterable[tuple[rbac.AnyRole, Sequence[Matched]]],
    scope: str,
    binding: rbac.AnyBinding | None = None,
) -> HeldRights:
    held: dict[Right, list[HeldRight]] = {}
    for role, matches in given:
        for right, match, number in matches:
            holding = HeldRight(right, match, scope, role, number, binding)
            if right in held:
                held[right].append(holding)
            else:
                held[right] = [holding]
    return held


def _found_rights(
    world: Facts, held: HeldRights, parts: Iterable[_Part], versions: Versions
) -> list[RoleRight]:
    """Return the compound rights of a holder, for equal ones the first."""
    found_rights: list[RoleRight] = []
    for ability, rights in parts:
        first: dict[tuple[str, RightName, Condition], FoundRight] = {}
        of_these = {right: held[right] for right in rights}
        for found in found_by(ability, world, of_these, versions):
            first.setdefault((found.scope, found.name, found.condition), found)
        found_rights += [RoleRight(ability, *found) for found in first.values()]
    return found_rights


def _add_up(parts: Sequence[_There], wanted: int, needed: int) -> bool:
    """Whether several parts hold some rights in one scope, and no widest part all of them.

    A narrower part may hold all and give nothing: some count only where they hold everywhere.
    """
    there = [part for part in parts if part[1] & wanted]
    whole = reduce(or_, (rights for _, rights, _ in there), 0) & wanted
    widest = max((width for width, _, _ in there), default=0)
    return (
        len(there) > 1
        and bool(whole & needed)
        and all(width < widest or bool(whole & ~for_any_name) for width, _, for_any_name in there)
    )
