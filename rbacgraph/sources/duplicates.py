"""The same object twice: once if it is the same, else the union of the rights."""

from collections.abc import Sequence
from typing import TypeVar, cast

from msgspec.structs import replace

from rbacgraph.model.meta import Object, unpack_origin
from rbacgraph.model.rbac import (
    AggregationRule,
    AnyBinding,
    AnyRole,
    ClusterRole,
    ClusterRoleBinding,
    Role,
    RoleBinding,
)
from rbacgraph.sources.problems import Problems
from rbacgraph.sources.slots import by_kind, kind_name

_Kept = TypeVar("_Kept", bound=Object)
Key = tuple[str, str, str]

# Objects that come and go under one name, whose uid says nothing about the cluster.
_FLEETING = frozenset({"Pod", "Job", "ReplicaSet", "Secret"})
_SERVER = "the one from the server is taken"


class Duplicates:
    """Finds what is there more than once, and tells it to the reader."""

    def __init__(self, files: Sequence[str], problems: Problems) -> None:
        self._files = files
        self._problems = problems
        self._same: list[tuple[Object, Object]] = []
        self._different: list[tuple[Object, Object, str, str]] = []
        self._same_uid = 0
        self._other_uid: list[tuple[str, Object, Object]] = []

    def resolve(self, field: str, objects: list[_Kept]) -> list[_Kept]:
        """Return the objects of one field with each object once."""
        if all(_are_unique(group) for group in by_kind(field, objects).values()):
            return objects
        keys = [(kind_name(field, o), o.metadata.namespace, o.metadata.name) for o in objects]
        kept: dict[Key, list[_Kept]] = {}
        for key, found in zip(keys, objects, strict=True):
            held = kept.setdefault(key, [])
            if held:
                self._compare_uid(key[0], held[0], found)
            self._join(key, held, found)
        return [found for held in kept.values() for found in held]

    def _compare_uid(self, kind: str, first: Object, second: Object) -> None:
        uids = first.metadata.uid, second.metadata.uid
        if all(uids) and kind not in _FLEETING:
            if uids[0] == uids[1]:
                self._same_uid += 1
            else:
                self._other_uid.append((kind, first, second))

    def _join(self, key: Key, held: list[_Kept], found: _Kept) -> None:
        for position, other in enumerate(held):
            if _is_same(other, found):
                self._same.append((other, found))
                if found.metadata.uid and not other.metadata.uid:
                    held[position] = found
                return
        if not held:
            held.append(found)
            return
        title = f"{key[0]} {'/'.join(part for part in key[1:] if part)}"
        if isinstance(found, Role | ClusterRole):
            self._different.append((held[0], found, title, "the union of the rules is taken"))
            held[0] = cast("_Kept", _union_of_rules(cast("AnyRole", held[0]), found))
        elif isinstance(found, RoleBinding | ClusterRoleBinding):
            self._different.append((held[0], found, title, "the subjects of both are taken"))
            _add_binding(cast("list[AnyBinding]", held), found)
        else:
            self._replace(held, found, title)

    def _replace(self, held: list[_Kept], found: _Kept, title: str) -> None:
        """Believe the server before a manifest, else the last one."""
        server = [bool(held[0].metadata.uid), bool(found.metadata.uid)]
        if server == [True, False]:
            self._different.append((held[0], found, title, _SERVER))
            return
        self._different.append((held[0], found, title, "the last one is taken"))
        held[0] = found

    def _file(self, found: Object) -> str:
        return self._files[unpack_origin(found.origin)[0]]

    def _place(self, found: Object) -> str:
        return f"{self._file(found)}:{unpack_origin(found.origin)[1]}"

    def report(self) -> None:
        """Tell what was there twice; one line where two clusters were mixed."""
        if self._same:
            count = len(self._same)
            first, second = self._same[0]
            self._problems.add(
                "duplicate-object",
                f"{count:,} {'object repeats' if count == 1 else 'objects repeat'} another one word"
                f" for word, this one that at {self._place(first)}",
                file=self._file(second),
                line=unpack_origin(second.origin)[1],
                advice="each is taken once",
                severity="note",
            )
        if self._is_mixed():
            self._report_mixed()
            return
        for first, second, title, advice in self._different:
            message = f"{title} is also at {self._place(first)}, and differs"
            self._problems.add(
                "duplicate-object",
                message,
                file=self._file(second),
                line=unpack_origin(second.origin)[1],
                advice=advice,
                severity="note" if advice == _SERVER else "warning",
            )

    def _is_mixed(self) -> bool:
        lasting = any(
            kind == "Namespace" and found.metadata.name == "kube-system"
            for kind, found, _ in self._other_uid
        )
        return lasting or len(self._other_uid) > self._same_uid

    def _report_mixed(self) -> None:
        kind, one, other = next(
            (entry for entry in self._other_uid if entry[1].metadata.name == "kube-system"),
            self._other_uid[0],
        )
        title = f"{kind} {'/'.join(filter(None, (one.metadata.namespace, one.metadata.name)))}"
        self._problems.add(
            "two-clusters",
            f"{title} has another uid than at {self._place(one)}: this looks like two clusters,"
            f" or one that was made anew (objects with another uid: {len(self._other_uid):,},"
            f" that say something else: {len(self._different):,})",
            file=self._file(other),
            line=unpack_origin(other.origin)[1],
            advice="load each cluster by itself; they are taken as one, with all rights of both",
        )


def _are_unique(objects: list[_Kept]) -> bool:
    return len({(o.metadata.namespace, o.metadata.name) for o in objects}) == len(objects)


def _is_same(first: Object, second: Object) -> bool:
    if isinstance(first, Role | ClusterRole) and isinstance(second, Role | ClusterRole):
        return set(first.rules or ()) == set(second.rules or ()) and _selectors(
            first
        ) == _selectors(second)
    if isinstance(first, RoleBinding | ClusterRoleBinding):
        assert isinstance(second, RoleBinding | ClusterRoleBinding)
        same = first.role_ref == second.role_ref
        return same and set(first.subjects or ()) == set(second.subjects or ())
    return _bare(first) == _bare(second)


def _bare(found: Object) -> Object:
    return replace(found, origin=0, metadata=replace(found.metadata, uid=""))


def _selectors(role: Role | ClusterRole) -> AggregationRule | None:
    return role.aggregation_rule if isinstance(role, ClusterRole) else None


def _union_of_rules(first: AnyRole, second: AnyRole) -> AnyRole:
    rules = tuple(dict.fromkeys((*(first.rules or ()), *(second.rules or ()))))
    if not isinstance(first, ClusterRole) or not isinstance(second, ClusterRole):
        return replace(first, rules=rules)
    labels = {**(first.metadata.labels or {}), **(second.metadata.labels or {})} or None
    return replace(
        first,
        rules=rules,
        metadata=replace(first.metadata, labels=labels),
        aggregation_rule=_union_of_selectors(first.aggregation_rule, second.aggregation_rule),
    )


def _union_of_selectors(
    first: AggregationRule | None, second: AggregationRule | None
) -> AggregationRule | None:
    if first is None or second is None:
        return first or second
    both = (*(first.cluster_role_selectors or ()), *(second.cluster_role_selectors or ()))
    kept = [selector for at, selector in enumerate(both) if selector not in both[:at]]
    return AggregationRule(tuple(kept))


def _add_binding(held: list[AnyBinding], found: AnyBinding) -> None:
    for position, other in enumerate(held):
        if other.role_ref == found.role_ref:
            subjects = dict.fromkeys((*(other.subjects or ()), *(found.subjects or ())))
            held[position] = replace(other, subjects=tuple(subjects))
            return
    held.append(found)
