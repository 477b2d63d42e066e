"""Merges objects of one name: equal ones become one, different ones become versions.

OpenShift shows each role and binding in two forms, of which one sorts the words of its rules: such
two are equal.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec.structs import replace

from rbacgraph.model.kubernetes import core, rbac
from rbacgraph.model.kubernetes.meta import (
    AccountAnnotations,
    AnnotatedMeta,
    Object,
    unpack_origin,
)
from rbacgraph.model.kubernetes.pods import Pod, Workload
from rbacgraph.model.node import Node
from rbacgraph.sources.diagnostics.problems import Problems
from rbacgraph.sources.objects.kind_reader import by_kind, kind_name
from rbacgraph.sources.objects.object_kinds import KINDS

_Kept = TypeVar("_Kept", bound=Object)
_Names = tuple[core.LocalObjectReference, ...] | None
ObjectKey = tuple[str, str, str]

# Objects that come and go under one name: their uid says nothing about the cluster.
_FLEETING = frozenset({"Pod", "Job", "ReplicaSet", "Secret"})
_VERSIONS = "a server holds one of them: what rests on one alone is conditional"
_NO_NOTES = AccountAnnotations()
_UNITED = "the keys and names of both are taken"
_TOKENS = f"{_UNITED}; what the token or the mounting of one gives is conditional"
_LAST = "the last one is taken"
_LABELS = f"{_LAST}; what the labels of one alone let in is conditional"
SHIPPED = frozenset(
    f"rbac.authorization.k8s.io/aggregate-to-{role}" for role in ("admin", "edit", "view")
)
"""The labels by which the aggregated roles of every API server select."""

_OF_JOBS = ("controller-uid=", "job-name=", "batch.kubernetes.io/")
"""Labels that a server gives the Pods of a Job."""
_SERVER = "the one from the server is taken"
_IN_VERSIONS = frozenset(
    {"roles", "cluster_roles", "role_bindings", "cluster_role_bindings", "pods", "workloads"}
)
HOW = {
    kind.name: _VERSIONS
    if kind.field in _IN_VERSIONS
    else _TOKENS
    if kind.field in {"secrets", "service_accounts"}
    else _LABELS
    if kind.field == "namespaces"
    else _LAST
    for kind in KINDS
}
"""By kind, how different objects of one name are combined."""


class Duplicates:
    """Finds objects that occur more than once, and reports them."""

    def __init__(self, files: Sequence[str], problems: Problems) -> None:
        self._files = files
        self._problems = problems
        self._same: list[tuple[Object, Object]] = []
        self._different: list[tuple[Object, Object, str, str]] = []
        self._same_uid = 0
        self._other_uid: list[tuple[str, Object, Object]] = []
        self._selecting: frozenset[str] = SHIPPED
        self._several: dict[ObjectKey, list[Object]] = {}

    def resolve(self, field: str, objects: list[_Kept]) -> list[_Kept]:
        """Return the objects of one field, each object once."""
        if all(_are_unique(group) for group in by_kind(field, objects).values()):
            return objects
        keys = [(kind_name(field, o), o.metadata.namespace, o.metadata.name) for o in objects]
        if field == "cluster_roles":
            self._selecting = SHIPPED.union(*map(selected_by, objects))
        kept: dict[ObjectKey, list[_Kept]] = {}
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

    def _join(self, key: ObjectKey, held: list[_Kept], found: _Kept) -> None:
        for position, other in enumerate(held):
            if self._is_same(other, found):
                self._same.append((other, found))
                if found.metadata.uid and not other.metadata.uid:
                    held[position] = found
                elif found.metadata.uid:
                    held[position] = _with_fewest_pods(other, found)
                return
        if not held:
            held.append(found)
            return
        title = f"{key[0]} {'/'.join(part for part in key[1:] if part)}"
        how = HOW.get(key[0], _LAST)
        runs = key[0] == "Pod" and bool(held[0].metadata.uid) != bool(found.metadata.uid)
        if how == _VERSIONS and not runs:  # a manifest does not change what runs
            self._different.append((held[0], found, title, how))
            held.append(found)
        else:
            self._replace(held, found, title, how)

    def _replace(self, held: list[_Kept], found: _Kept, title: str, how: str) -> None:
        """Keep the server's object rather than a manifest's, else the last one."""
        server = [bool(held[0].metadata.uid), bool(found.metadata.uid)]
        if server == [True, False]:
            self._different.append((held[0], found, title, _SERVER))
            return
        self._different.append((held[0], found, title, how))
        if isinstance(found, core.ServiceAccount | core.Namespace | core.Secret):
            several = self._several.setdefault(_key(found), [held[0]])
            several[:] = [found] if server == [False, True] else [*several, found]
        held[:] = [_united(held[0], found)]

    def account_versions(self) -> tuple[core.ServiceAccount, ...]:
        """Return the versions of ServiceAccounts that differ in mounting their token."""
        return self._versions(
            core.ServiceAccount, lambda one: one.automount_service_account_token is False
        )

    def namespace_versions(self) -> tuple[core.Namespace, ...]:
        """Return the versions of Namespaces whose labels differ."""
        return self._versions(core.Namespace, lambda one: one.metadata.labels or {})

    def secret_versions(self) -> tuple[core.Secret, ...]:
        """Return the versions of Secrets that hold tokens of different ServiceAccounts, or none."""
        return self._versions(core.Secret, core.token_account)

    def _versions(self, kind: type[_Kept], sign: Callable[[_Kept], object]) -> tuple[_Kept, ...]:
        """Return the versions of one kind's objects that differ in something."""
        found: list[_Kept] = []
        for objects in self._several.values():
            several = [one for one in objects if isinstance(one, kind)]
            bare = any(isinstance(one, core.Secret) and one.bare for one in several)
            if not bare and any(sign(one) != sign(several[0]) for one in several):
                found += several
        return tuple(found)

    def _is_same(self, first: Object, second: Object) -> bool:
        """Whether two objects of one name are equal in what matters."""
        if isinstance(first, rbac.Role) and isinstance(second, rbac.Role):
            return _said(first.rules) == _said(second.rules)
        if isinstance(first, rbac.ClusterRole) and isinstance(second, rbac.ClusterRole):
            return (
                _said(first.rules) == _said(second.rules)
                and first.aggregation_rule == second.aggregation_rule
                and self._labels(first) == self._labels(second)
            )
        if isinstance(first, rbac.RoleBinding | rbac.ClusterRoleBinding):
            assert isinstance(second, rbac.RoleBinding | rbac.ClusterRoleBinding)
            same = first.role_ref == second.role_ref
            return same and _held_by(first) == _held_by(second)
        return _bare(first) == _bare(second)

    def _labels(self, role: rbac.ClusterRole) -> dict[str, str]:
        """Return the labels by which other roles may aggregate a role."""
        labels = role.metadata.labels or {}
        return {name: value for name, value in labels.items() if name in self._selecting}

    def _file(self, found: Object) -> str:
        return self._files[unpack_origin(found.origin)[0]]

    def _place(self, found: Object) -> str:
        return f"{self._file(found)}:{unpack_origin(found.origin)[1]}"

    def report(self) -> None:
        """Report duplicates; one diagnostic if two clusters were mixed."""
        if self._same:
            count = len(self._same)
            first, second = self._same[0]
            self._problems.add(
                "duplicate-object",
                f"{count:,} {'object repeats' if count == 1 else 'objects repeat'} another one,"
                f" this one that at {self._place(first)}",
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
            f" or a cluster that was recreated (objects with another uid: {len(self._other_uid):,},"
            f" with other content: {len(self._different):,})",
            file=self._file(other),
            line=unpack_origin(other.origin)[1],
            advice="load each cluster by itself; they are taken as one, with all rights of both",
        )


def _key(found: core.ServiceAccount | core.Namespace | core.Secret) -> ObjectKey:
    return type(found).__name__, found.metadata.namespace, found.metadata.name


def _are_unique(objects: list[_Kept]) -> bool:
    return len({(o.metadata.namespace, o.metadata.name) for o in objects}) == len(objects)


def _united(first: _Kept, last: _Kept) -> _Kept:
    """Return the last object, with the keys and names of a Secret that the first one has too."""
    if isinstance(first, core.Secret) and isinstance(last, core.Secret):
        known = first.keys is not None and last.keys is not None
        keys = tuple(sorted({*(first.keys or ()), *(last.keys or ())})) if known else None
        return replace(last, keys=keys)
    if isinstance(first, core.ServiceAccount) and isinstance(last, core.ServiceAccount):
        return replace(
            last,
            secrets=_all_of(first.secrets, last.secrets),
            image_pull_secrets=_all_of(first.image_pull_secrets, last.image_pull_secrets),
            automount_service_account_token=_automounts(first, last),
        )
    return last


def _automounts(first: core.ServiceAccount, last: core.ServiceAccount) -> bool | None:
    """Return the setting that mounts the token, if one of two versions has it.

    What rests on it is conditional on these: see :meth:`.Duplicates.account_versions`.
    """
    one, other = first.automount_service_account_token, last.automount_service_account_token
    is_the_servers = bool(last.metadata.uid) and not first.metadata.uid
    return one if other is False and not is_the_servers else other


def _all_of(first: _Names, last: _Names) -> _Names:
    return tuple(dict.fromkeys((*(last or ()), *(first or ())))) or None


def _said(rules: rbac.Rules) -> frozenset[tuple[frozenset[str], ...]]:
    return frozenset(map(rbac.meaning_of, rules or ()))


def _held_by(binding: rbac.AnyBinding) -> frozenset[Node | rbac.Subject]:
    return rbac.holders(binding.subjects, binding.metadata.namespace)


def _bare(found: Object) -> Object:
    """Return an object without what a server adds, and without what shows whose it is.

    Which images run, on which ports, and which project a ServiceAccount is of, changes nothing that
    it may do.
    """
    bare = replace(found, origin=0, metadata=replace(found.metadata, uid=""))
    if isinstance(bare, core.ServiceAccount):
        return replace(bare, metadata=_without_marks(bare.metadata))
    if isinstance(bare, Pod | Workload):
        bare = replace(bare, spec=replace(bare.spec, images=(), ports=()))
    if not isinstance(bare, Workload):
        return bare
    labels = [label for label in bare.labels.split(",") if not label.startswith(_OF_JOBS)]
    replicas = 1 if bare.replicas is None else bare.replicas
    left = ",".join(labels).strip(",")
    return replace(bare, owned=(), replicas=replicas, pods=None, labels=left)


def _with_fewest_pods(first: _Kept, second: _Kept) -> _Kept:
    """Return the first of two equal objects; of workloads, with the least number of Pods."""
    if not (isinstance(first, Workload) and isinstance(second, Workload)):
        return first
    if second.pods is None or (first.pods is not None and first.pods <= second.pods):
        return first
    return replace(first, pods=second.pods)


def _without_marks(metadata: AnnotatedMeta) -> AnnotatedMeta:
    notes = metadata.annotations
    bare = notes and replace(notes, release_name=None, release_namespace=None)
    return replace(metadata, marks=None, annotations=None if bare == _NO_NOTES else bare)


def selected_by(role: Object) -> frozenset[str]:
    """Return the labels that the selectors of an aggregated ClusterRole use."""
    rule = role.aggregation_rule if isinstance(role, rbac.ClusterRole) else None
    selectors = (rule and rule.cluster_role_selectors) or ()
    return frozenset(
        name
        for one in selectors
        for name in (*(one.match_labels or ()), *(e.key for e in one.match_expressions or ()))
    )
