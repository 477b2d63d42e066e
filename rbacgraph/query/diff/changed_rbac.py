"""Finds the roles, bindings and ServiceAccounts that changed, and counts what was compared."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from rbacgraph.authz.kubernetes_words import describe_rule
from rbacgraph.model.answers.diff import (
    AccessChange,
    ChangedObject,
    ComparedKind,
    Deed,
    Part,
)
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.model.kubernetes.rbac import ClusterRole, ClusterRoleBinding, Role, RoleBinding
from rbacgraph.query.diff.changed_objects import (
    ObjectKey,
    Objects,
    deed,
    has_rule,
    new_subjects,
    rules_of,
)

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
