"""Answers ``diff``: who gains or loses which Secrets by a change, and why."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from msgspec.structs import replace

from rbacgraph.authz.kubernetes_words import describe_rule
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.answers.diff import (
    AccessChange,
    AdminChange,
    Cause,
    ChangedObject,
    ComparedKind,
    Deed,
    DiffResult,
    GainedIdentity,
    Opened,
    Part,
)
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.model.kubernetes.rbac import ClusterRole, ClusterRoleBinding, Role, RoleBinding
from rbacgraph.model.node import format_node
from rbacgraph.query.arrays.path_filter import PathFilter, kind_numbers
from rbacgraph.query.diff.changed_objects import (
    ObjectKey,
    Objects,
    deed,
    has_rule,
    new_subjects,
    rules_of,
)
from rbacgraph.query.diff.find_causes import Identity, identity, united
from rbacgraph.query.diff.gained_admins import gained_admins
from rbacgraph.query.diff.gained_identities import gained_identities
from rbacgraph.query.diff.gained_pairs import People, Side
from rbacgraph.query.diff.group_by_cause import openings
from rbacgraph.query.subject.basis import basis_of


def diff(
    before: AccessGraph,
    after: AccessGraph,
    *,
    names: tuple[str, str] = ("", ""),
    without: Sequence[str] = (),
    system: bool = False,
) -> DiffResult:
    """Compare who reaches which Secrets in two clusters.

    Returns one change for everything that the same objects opened or closed.
    """
    limits = PathFilter(without=kind_numbers(without))
    people = People()
    old, new = (Side(graph, limits, people, system=system) for graph in (before, after))
    opened = _changes(old, new, gained=True)
    closed = _changes(new, old, gained=False)
    changes = tuple(sorted((*opened, *closed), key=_gravity))
    lost = map(_lost, gained_identities(new, old))
    ceased = map(_lost, gained_admins(new, old))
    objects = Objects(before.world.snapshot), Objects(after.world.snapshot)
    return DiffResult(
        before=names[0],
        after=names[1],
        changes=changes,
        new_secrets=_secrets_only_in(new, old),
        gone_secrets=_secrets_only_in(old, new),
        new_principals=_people_only_in(new, old),
        gone_principals=_people_only_in(old, new),
        identities=tuple(sorted((*gained_identities(old, new), *lost), key=_of_identities)),
        without_effect=changed_without_effect(*objects, changes),
        compared=compared_kinds(*objects),
        admins=tuple(sorted((*gained_admins(old, new), *ceased), key=_of_admins)),
        basis=basis_of(after, limits),
    )


def _gravity(change: AccessChange) -> tuple[object, ...]:
    """Return a sort key: opened before closed, then certain before conditional, then by number."""
    causes = [identity(cause) for cause in change.causes]
    numbers = -change.pairs, -change.pairs_conditional
    return change.only_secrets, not change.gained, not change.certain, *numbers, causes


def _of_identities(one: GainedIdentity) -> tuple[object, ...]:
    """Return a sort key: gained before lost, identities of both sides, certain ones, by number."""
    return (
        *(one.appeared, not one.gained, not one.certain),
        *(-one.pairs, one.principals, one.identities),
    )


def _of_admins(one: AdminChange) -> tuple[object, ...]:
    """Return a sort key: gained before lost, certain before conditional, then the easiest way."""
    return not one.gained, not one.way.certain, one.way.effort, one.principals


def _secrets_only_in(one: Side, other: Side) -> tuple[str, ...]:
    gone = one.secrets.keys() - other.secrets.keys()
    return tuple(sorted(format_node(one.graph.nodes[one.secrets[node]]) for node in gone))


def _people_only_in(one: Side, other: Side) -> tuple[str, ...]:
    return tuple(sorted(format_node(one.people.nodes[n]) for n in one.here - other.here))


def _changes(old: Side, new: Side, *, gained: bool) -> list[AccessChange]:
    """Return what the new side has and the old one lacks."""
    grouped: dict[tuple[Identity, ...], tuple[list[tuple[Cause, ...]], list[Opened]]] = {}
    for causes, way in openings(old, new):
        every, ways = grouped.setdefault(tuple(map(identity, causes)), ([], []))
        every.append(causes)
        ways += [way] if way else []
    return [_change(*found, gained=gained) for found in grouped.values()]


def _change(
    every: Sequence[tuple[Cause, ...]], ways: list[Opened], *, gained: bool
) -> AccessChange:
    causes = [united(several) for several in zip(*every, strict=True)]
    ways = ways if gained else list(map(_closed, ways))
    new = {"added", "unseen-before"}
    return AccessChange(
        gained=gained,
        causes=tuple(causes if gained else map(_gone, causes)),
        ways=tuple(sorted(ways, key=_way_order)),
        only_secrets=all(c.kind == "Secret" and c.change in new for c in causes),
    )


_Gained = TypeVar("_Gained", AdminChange, GainedIdentity)


def _lost(one: _Gained) -> _Gained:
    causes = tuple(map(_gone, one.causes))
    return replace(one, gained=False, before=one.after, after=one.before, causes=causes)


def _closed(way: Opened) -> Opened:
    return replace(way, before=way.after, after=way.before)


def _gone(cause: Cause) -> Cause:
    """Return a cause on the old side as a removal."""
    other: dict[Deed, Deed] = {
        "added": "removed",
        "removed": "added",
        "unseen-before": "unseen-after",
        "unseen-after": "unseen-before",
    }
    return replace(cause, change=other.get(cause.change, cause.change))


def _way_order(way: Opened) -> tuple[object, ...]:
    return not way.path.certain, way.path.effort, way.principals, way.secrets


# Finds the roles, bindings and ServiceAccounts that changed, and counts what was compared.

_KINDS = frozenset({"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "ServiceAccount"})


def compared_kinds(old: Objects, new: Objects) -> tuple[ComparedKind, ...]:
    """Return how many objects of each kind two clusters hold, and how many differ."""
    before, after = (_counted(side) for side in (old, new))
    differing = Counter(key[0] for key in {*old, *new} if _differs(old[key], new[key]))
    return tuple(
        ComparedKind(kind, before[kind], after[kind], differing[kind])
        for kind in sorted({*before, *after})
    )


def changed_without_effect(
    old: Objects, new: Objects, changes: Iterable[AccessChange]
) -> tuple[ChangedObject, ...]:
    """Return the changed RBAC objects, and their parts, that no change of access names."""
    named = _Named(changes)
    found = []
    for key in sorted({*old, *new}):
        if key[0] in _KINDS and key not in named.whole and _differs(old[key], new[key]):
            changed = _changed(key, old, new)
            new_parts = tuple(part for part in changed.new if named.lacks(key, part, gained=True))
            gone = tuple(part for part in changed.gone if named.lacks(key, part, gained=False))
            if key not in named.partly or new_parts or gone:
                found.append(replace(changed, new=new_parts, gone=gone))
    return tuple(found)


class _Named:
    """The objects that changes of access name, as a whole or by their parts."""

    def __init__(self, changes: Iterable[AccessChange]) -> None:
        self.whole: set[ObjectKey] = set()
        self.partly: set[ObjectKey] = set()
        self._parts: set[tuple[ObjectKey, bool, str, int]] = set()
        for change in changes:
            for cause in change.causes:
                key = cause.kind, cause.namespace, cause.name
                if cause.change != "changed" or not cause.parts:
                    self.whole.add(key)
                self.partly.add(key)
                for part in cause.parts:
                    self._parts.add((key, change.gained, part.field, part.index))
                self.whole.update(("ClusterRole", "", name) for name in cause.into)

    def lacks(self, key: ObjectKey, part: Part, *, gained: bool) -> bool:
        return (key, gained, part.field, part.index) not in self._parts


def _counted(objects: Objects) -> Counter[str]:
    found: Counter[str] = Counter()
    for key in objects:
        number = sum(not _is_assumed(obj) for obj in objects[key])
        if number:
            found[key[0]] += number
    return found


def _is_assumed(obj: Object) -> bool:
    return bool(getattr(obj, "assumed", False))


def _differs(before: Sequence[Object], after: Sequence[Object]) -> bool:
    if not before or not after:
        return not all(map(_is_assumed, (*before, *after)))
    return any(deed(obj, before) for obj in after) or any(deed(obj, after) for obj in before)


def _changed(key: ObjectKey, old: Objects, new: Objects) -> ChangedObject:
    before, after = old[key], new[key]
    if before and after:
        more, gone = tuple(_more(after, before)), tuple(_more(before, after))
        return ChangedObject(*key, "changed", more, gone, *new.snapshot.where(after[0]))
    there, side, other = (after, new, old) if after else (before, old, new)
    change = _came_or_went(key, other.snapshot, came=bool(after))
    return ChangedObject(*key, change, (), (), *side.snapshot.where(there[0]))


def _came_or_went(key: ObjectKey, other: Snapshot, *, came: bool) -> Deed:
    if other.is_partial(key[0], key[1]):
        return "unseen-before" if came else "unseen-after"
    return "added" if came else "removed"


def _more(objects: Sequence[Object], others: Sequence[Object]) -> Iterator[Part]:
    """Yield the parts of objects that others of their name lack."""
    for obj in objects:
        if isinstance(obj, RoleBinding | ClusterRoleBinding):
            refs = {getattr(other, "role_ref", None) for other in others}
            if obj.role_ref not in refs:
                yield Part("roleRef", 0, f"{obj.role_ref.kind} {obj.role_ref.name}")
            yield from new_subjects(obj, others, None)
        elif isinstance(obj, Role | ClusterRole):
            yield from _more_of_role(obj, others)


def _more_of_role(role: Role | ClusterRole, others: Sequence[Object]) -> Iterator[Part]:
    if isinstance(role, ClusterRole):
        rules = [getattr(other, "aggregation_rule", None) for other in others]
        if role.aggregation_rule and role.aggregation_rule not in rules:
            yield Part("aggregationRule", 0)
        labels = [getattr(other.metadata, "labels", None) or {} for other in others]
        for number, (name, value) in enumerate((role.metadata.labels or {}).items()):
            if any(own.get(name) != value for own in labels):
                yield Part("metadata.labels", number, f"{name}: {value}")
        if role.aggregation_rule:
            return  # its rules are those of other roles
    for number, rule in enumerate(rules_of(role)):
        if not has_rule(others, rule):
            yield Part("rules", number, describe_rule(rule))
