"""Roles and bindings that the input holds in several versions: a server holds one of them.

What rests on some versions of an object alone is conditional on it, what all of them give is
certain. Nobody has at once what only different versions of one object give.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice, product
from typing import Any, TypeVar

from msgspec.structs import replace

from rbacgraph.authz.aggregate import contributions
from rbacgraph.authz.coverage import covers
from rbacgraph.authz.subjects import subject_node
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes import rbac
from rbacgraph.model.kubernetes.meta import Object

ObjectKey = tuple[str, str, str]
"""Kind, namespace and name of an object."""

Guard = tuple[tuple[ObjectKey, frozenset[int]], ...]
"""What something rests on: of each object the versions that give it; empty where all do."""

VersionChoice = Mapping[ObjectKey, int]
"""Of each object the version that a server holds."""


MOST_CHOICES = 64
"""How many choices are looked at one by one."""

NOTHING = rbac.PolicyRule()
"""Stands where a version of a role repeats a rule of one before."""
_Binding = TypeVar("_Binding", rbac.RoleBinding, rbac.ClusterRoleBinding)


class Versions:
    """Finds what rests on which versions of roles and bindings.

    Examples
    --------
    >>> from rbacgraph.model.kubernetes.meta import RbacMeta
    >>> roles = [
    ...     rbac.Role(metadata=RbacMeta("r", "shop"), rules=(rule,))
    ...     for rule in (rbac.PolicyRule((verb,), ("",), ("pods",)) for verb in ("get", "list"))
    ... ]
    >>> versions = Versions(Snapshot(roles=tuple(roles)))
    >>> versions.condition(((("Role", "shop", "r"), frozenset({1})),))
    Condition(OBJECT_IS_AS_IN('Role', 'shop', 'r', (('', 0, 2),)))
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._of_binding: dict[int, Guard] = {}
        self._parts: dict[ObjectKey, Sequence[rbac.AnyBinding]] = {}
        self._numbers: dict[int, tuple[ObjectKey, int]] = {}

    def __bool__(self) -> bool:
        return bool(self.several)

    @cached_property
    def several(self) -> Mapping[ObjectKey, tuple[rbac.AnyRole | rbac.AnyBinding, ...]]:
        """The objects that have several versions, each with these."""
        snapshot = self._snapshot
        found: dict[ObjectKey, list[rbac.AnyRole | rbac.AnyBinding]] = {}
        for objects in (
            snapshot.roles,
            snapshot.cluster_roles,
            snapshot.role_bindings,
            snapshot.cluster_role_bindings,
        ):
            repeated = of_repeated_names(objects)
            for obj in objects if repeated else ():
                if (obj.metadata.namespace, obj.metadata.name) in repeated:
                    found.setdefault(_key(obj), []).append(obj)
        return {key: tuple(versions) for key, versions in found.items()}

    # --- what is looked at ---------------------------------------------------------

    def bindings(self, bindings: Sequence[_Binding]) -> Sequence[_Binding]:
        """Return bindings with those of several versions taken apart.

        A part is a roleRef with the subjects that the same versions bind to it.
        """
        if not self.several:
            return bindings
        found: list[_Binding] = []
        done: set[ObjectKey] = set()
        for binding in bindings:
            key = _key(binding)
            if key not in self.several:
                found.append(binding)
            elif key not in done:
                done.add(key)
                found += self._taken_apart(key)  # type: ignore[arg-type]
        return found

    def _taken_apart(self, key: ObjectKey) -> Sequence[rbac.AnyBinding]:
        known = self._parts.get(key)
        if known is None:
            known = self._parts[key] = list(self._parts_of(key))
        return known

    def _parts_of(self, key: ObjectKey) -> Iterator[rbac.AnyBinding]:
        versions = [
            one for one in self.several[key] if not isinstance(one, rbac.Role | rbac.ClusterRole)
        ]
        naming: dict[tuple[rbac.RoleRef, Hashable], set[int]] = {}
        for number, version in enumerate(versions):
            for subject in version.subjects or ():
                node = subject_node(subject, key[1]) or subject
                naming.setdefault((version.role_ref, node), set()).add(number)
        groups = {(ref, frozenset(among)): None for (ref, _), among in naming.items()}
        for ref, among in sorted(groups, key=lambda one: (-len(one[1]), sorted(one[1]))):
            first = versions[min(among)]
            part = replace(
                first,
                subjects=tuple(
                    subject
                    for subject in first.subjects or ()
                    if naming[ref, subject_node(subject, key[1]) or subject] == among
                ),
            )
            self._of_binding[id(part)] = self._guard(key, among)
            yield part
        if not groups:
            self._of_binding[id(versions[0])] = ()
            yield versions[0]

    def roles(self, roles: tuple[rbac.AnyRole, ...]) -> tuple[rbac.AnyRole, ...]:
        """Return the versions of a role, each without the rules that one before has too."""
        seen: set[Hashable] = set()
        found: list[rbac.AnyRole] = []
        for role in roles if len(roles) > 1 else ():
            rules = tuple(NOTHING if _meaning(rule) in seen else rule for rule in role.rules or ())
            seen.update(map(_meaning, rules))
            found.append(replace(role, rules=rules))
            self._numbers[id(found[-1])] = _key(role), len(found) - 1
        return tuple(found) or roles

    # --- guards --------------------------------------------------------------------

    def of_binding(self, binding: rbac.AnyBinding | None) -> Guard:
        """Return what a binding, or a part of one, rests on."""
        return self._of_binding.get(id(binding), ()) if self.several else ()

    def of_rule(self, role: rbac.AnyRole, number: int) -> Guard:
        """Return what a rule of a role, whole or in part, rests on."""
        guards = self._of_role(role)
        return guards[number] if guards else ()

    def doubts(self, role: rbac.AnyRole) -> bool:
        """Whether some rule of a role rests on some versions alone."""
        return any(self._of_role(role))

    def _of_role(self, role: rbac.AnyRole) -> Sequence[Guard]:
        if not self.several:
            return ()
        known = self._numbers.get(id(role))
        if known is not None:
            return self._guards_of_versions[known[0]][known[1]]
        return self._of_rules.get((_key(role), role.origin), ())

    @cached_property
    def _guards_of_versions(self) -> Mapping[ObjectKey, Sequence[Sequence[Guard]]]:
        found: dict[ObjectKey, Sequence[Sequence[Guard]]] = {}
        for key, versions in self.several.items():
            roles = [one for one in versions if isinstance(one, rbac.Role | rbac.ClusterRole)]
            found[key] = self._of_versions(key, roles)
        return found

    @cached_property
    def _of_rules(self) -> Mapping[tuple[ObjectKey, int], Sequence[Guard]]:
        found: dict[tuple[ObjectKey, int], Sequence[Guard]] = {}
        for key, versions in self.several.items():
            roles = [one for one in versions if isinstance(one, rbac.Role | rbac.ClusterRole)]
            for role, guards in zip(roles, self._guards_of_versions[key], strict=True):
                before = found.get((key, role.origin))
                found[key, role.origin] = _least(before, guards) if before else guards
        if any(key[0] == "ClusterRole" for key in self.several):
            for role in self._snapshot.cluster_roles:
                if role.aggregation_rule is not None and _key(role) not in self.several:
                    found[_key(role), role.origin] = self._of_sources(role)
        return found

    def _of_versions(self, key: ObjectKey, roles: Sequence[rbac.AnyRole]) -> list[Sequence[Guard]]:
        sources = [self._of_sources(role) for role in roles]
        certain = [
            [rule for rule, guard in zip(role.rules or (), guards, strict=True) if not guard]
            for role, guards in zip(roles, sources, strict=True)
        ]

        def among(number: int, rule: rbac.PolicyRule) -> frozenset[int]:
            others = (n for n, rules in enumerate(certain) if covers(rules, (rule,))[0])
            return frozenset((number, *others))

        return [
            [
                combined((self._guard(key, among(number, rule)), guard)) or guard
                for rule, guard in zip(role.rules or (), guards, strict=True)
            ]
            for number, (role, guards) in enumerate(zip(roles, sources, strict=True))
        ]

    def _of_sources(self, role: rbac.AnyRole) -> Sequence[Guard]:
        """Return what the rules of an aggregated role rest on, by where they come from."""
        rules = role.rules or ()
        if not isinstance(role, rbac.ClusterRole) or role.aggregation_rule is None:
            return [()] * len(rules)
        return [self._of_contributions(role, rule) for rule in rules]

    def _of_contributions(self, role: rbac.ClusterRole, rule: rbac.PolicyRule) -> Guard:
        """Return the least that a rule rests on which an aggregated role takes from others."""
        ways: dict[tuple[Guard, ObjectKey], set[int]] = {}
        for roles, _ in contributions(self._snapshot.cluster_roles, role, rule):
            several = [one for one in roles[1:] if _key(one) in self.several]
            if not several:
                return ()
            *between, last = [(_key(one), self._number(one)) for one in several]
            through = tuple((key, frozenset((number,))) for key, number in between)
            ways.setdefault((through, last[0]), set()).add(last[1])
        guards = (
            combined((through, self._guard(key, frozenset(numbers))))
            for (through, key), numbers in ways.items()
        )
        return min((guard for guard in guards if guard is not None), key=_order, default=())

    def _number(self, role: rbac.AnyRole) -> int:
        """Return which version of an object a role is."""
        return next(n for n, one in enumerate(self.several[_key(role)]) if one is role)

    def _guard(self, key: ObjectKey, among: frozenset[int]) -> Guard:
        return () if len(among) == len(self.several[key]) else ((key, among),)

    def where(self, obj: rbac.AnyRole | rbac.AnyBinding, holds: Callable[[Any], bool]) -> Condition:
        """Return in which versions of an object something holds; ``CERTAIN`` where in all.

        Examples
        --------
        >>> from rbacgraph.model.kubernetes.meta import RbacMeta
        >>> Versions(Snapshot()).where(rbac.Role(metadata=RbacMeta("r", "shop")), bool)
        Condition()
        """
        several = self.several.get(_key(obj), ())
        among = frozenset(number for number, one in enumerate(several) if holds(one))
        return self.condition(self._guard(_key(obj), among)) if several else CERTAIN

    def doubt(self, binding: rbac.AnyBinding | None, role: rbac.AnyRole, number: int) -> Condition:
        """Return on which versions it rests that a binding gives a rule."""
        if not self.several:
            return CERTAIN
        guards = self.of_binding(binding), self.of_rule(role, number)
        return both(*map(self.condition, guards))

    # --- choices -------------------------------------------------------------------

    def choices(self, guards: Iterable[Guard]) -> Sequence[VersionChoice] | None:
        """Return every choice of versions that guards tell apart; None where they are too many."""
        keys = dict.fromkeys(key for guard in guards for key, _ in guard)
        every = product(*(range(len(self.several[key])) for key in keys))
        found = [dict(zip(keys, choice, strict=True)) for choice in islice(every, MOST_CHOICES + 1)]
        return found if len(found) <= MOST_CHOICES else None

    def cover(self, guards: Collection[Guard]) -> bool:
        """Whether one of some guards holds whatever a server holds."""
        if () in guards:
            return True
        choices = self.choices(guards)
        return choices is not None and all(
            any(holds(guard, choice) for guard in guards) for choice in choices
        )

    # --- conditions ----------------------------------------------------------------

    def condition(self, guard: Guard) -> Condition:
        """Return on which versions something rests."""
        return both(*(self._as_in(key, among) for key, among in guard))

    def _as_in(self, key: ObjectKey, among: frozenset[int]) -> Condition:
        return as_one_of(key, self._snapshot, self.several[key], sorted(among))


VersionPlace = tuple[str, int, int]
"""File, line and number of a version: the last two are 0 if the file alone names it."""


def as_one_of(
    key: ObjectKey, snapshot: Snapshot, versions: Sequence[Object], numbers: Iterable[int]
) -> Condition:
    """Return the condition that an object is as some of its versions are."""
    places = places_of(snapshot, versions)
    return If.OBJECT_IS_AS_IN(*key, tuple(places[number] for number in numbers))


def places_of(snapshot: Snapshot, versions: Sequence[Object]) -> list[VersionPlace]:
    """Return the place by which a condition names each version of an object."""
    places = [snapshot.where(one) for one in versions]
    files = [file for file, _ in places]
    found = []
    for number, place in enumerate(places):
        file, line = place
        alike = not file or places.count(place) > 1
        found.append((file, line if files.count(file) > 1 else 0, number + 1 if alike else 0))
    return found


def combined(guards: Iterable[Guard]) -> Guard | None:
    """Return what several things rest on together; None where no choice gives them all.

    Examples
    --------
    >>> key = ("Role", "shop", "r")
    >>> combined([((key, frozenset({0})),), ((key, frozenset({1})),)])
    """
    found: dict[ObjectKey, frozenset[int]] = {}
    for guard in guards:
        for key, among in guard:
            found[key] = found.get(key, among) & among
    return tuple(sorted(found.items(), key=_by_key)) if all(found.values()) else None


def holds(guard: Guard, choice: VersionChoice) -> bool:
    """Whether what rests on a guard is there once versions are chosen."""
    return all(choice[key] in among for key, among in guard)


def of_repeated_names(objects: Sequence[Object]) -> frozenset[tuple[str, str]]:
    """Return the namespaces and names that several of some objects of one kind have."""
    names = [(obj.metadata.namespace, obj.metadata.name) for obj in objects]
    if len(set(names)) == len(names):
        return frozenset()
    seen: set[tuple[str, str]] = set()
    return frozenset(name for name in names if name in seen or seen.add(name))  # type: ignore[func-returns-value]


def _by_key(atom: tuple[ObjectKey, frozenset[int]]) -> ObjectKey:
    return atom[0]


def _order(guard: Guard) -> tuple[int, list[tuple[ObjectKey, list[int]]]]:
    return len(guard), [(key, sorted(among)) for key, among in guard]


def _least(first: Sequence[Guard], second: Sequence[Guard]) -> Sequence[Guard]:
    """Return the guards of versions that nothing distinguishes: at least those of each."""
    pairs = zip(first, second, strict=False)
    longest = first if len(first) > len(second) else second
    return [*(max(pair, key=_order) for pair in pairs), *longest[min(len(first), len(second)) :]]


def _meaning(rule: rbac.PolicyRule) -> Hashable:
    return tuple(frozenset(getattr(rule, name) or ()) for name in rule.__struct_fields__)


def _key(obj: rbac.AnyRole | rbac.AnyBinding) -> ObjectKey:
    return type(obj).__name__, obj.metadata.namespace, obj.metadata.name
