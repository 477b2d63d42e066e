"""Compares the objects of a saved suggestion with a cluster of today."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.model.changes.change import Change, Changed, ObjectKey, changeable, key_of
from rbacgraph.model.changes.saved_suggestion import Standing
from rbacgraph.model.changes.statement import NOTHING, Say, Statement
from rbacgraph.model.kubernetes import rbac
from rbacgraph.model.kubernetes.core import ServiceAccount

_GROUPS = {"User": rbac.RBAC_GROUP, "Group": rbac.RBAC_GROUP}
"""The API groups of subjects; that of a ServiceAccount is the core group."""


def objects_of(authorizer: Authorizer) -> dict[ObjectKey, Changed]:
    """Return the objects of a cluster that a suggestion may write."""
    return {key_of(obj): obj for obj in changeable(authorizer.snapshot)}


def opened(changes: Sequence[Change], there: Mapping[ObjectKey, Changed]) -> list[Change]:
    """Return the changes as they would apply to the objects of today."""
    return [
        replace(change, before=there.get(change.key))
        for change in changes
        if change.after is not None or change.key in there
    ]


def undone(changes: Sequence[Change], standing: Sequence[Standing]) -> list[Change]:
    """Return the changes that revert the applied ones."""
    return [
        replace(change, before=change.after, after=change.before)
        for change, one in zip(changes, standing, strict=True)
        if one.state == "applied"
    ]


def standing_of(change: Change, now: Changed | None) -> Standing:
    """Return how an object compares."""
    kind, namespace, name = change.key
    what = NOTHING
    if _same(now, change.after):
        state = "applied"
    elif _same(now, change.before):
        state = "open"
    else:
        state = "changed"
        what = _difference(now, change.before)
    return Standing(
        action=change.action,
        kind=kind,
        namespace=namespace,
        name=name,
        state=state,  # type: ignore[arg-type]
        what=what,
    )


def _same(one: Changed | None, other: Changed | None) -> bool:
    if one is None or other is None:
        return one is other
    return _content(one) == _content(other)


def _content(obj: Changed) -> tuple[object, ...]:
    """Return the part of an object that a suggestion may change."""
    if isinstance(obj, ServiceAccount):
        return (obj.automount_service_account_token,)
    if isinstance(obj, rbac.Role | rbac.ClusterRole):
        return (obj.rules or (),)
    return _referred(obj), tuple(map(_defaulted, obj.subjects or ()))


def _referred(binding: rbac.AnyBinding) -> rbac.RoleRef:
    """Return a binding's role, with the API group that a server fills in."""
    ref = binding.role_ref
    return replace(ref, api_group=ref.api_group or rbac.RBAC_GROUP)


def _defaulted(subject: rbac.Subject) -> rbac.Subject:
    """Return a subject with the API group that a server fills in."""
    return replace(subject, api_group=subject.api_group or _GROUPS.get(subject.kind, ""))


def refusals(changes: Iterable[Change], there: Mapping[ObjectKey, Changed]) -> Iterator[Statement]:
    """Yield the bindings that no API server would write, with the reason.

    Source: kubernetes ``pkg/apis/rbac/validation/validation.go``.
    """
    for change in changes:
        new, now = change.after, there.get(change.key)
        if not isinstance(new, rbac.RoleBinding | rbac.ClusterRoleBinding):
            continue
        key, ref = change.key, _referred(new)
        if isinstance(now, rbac.RoleBinding | rbac.ClusterRoleBinding) and _referred(now) != ref:
            yield Say.ROLE_REF_CHANGES(key)
        elif ref.api_group != rbac.RBAC_GROUP:
            yield Say.ROLE_IS_OF_GROUP(key, ref.api_group)
        for subject in map(_defaulted, new.subjects or ()):
            if subject.api_group != _GROUPS.get(subject.kind, ""):
                yield Say.SUBJECT_IS_OF_GROUP(key, subject.kind, subject.api_group)


def _difference(now: Changed | None, before: Changed | None) -> Statement:
    if now is None:
        return Say.IS_GONE()
    if before is None:
        return Say.IS_ANOTHER()
    if isinstance(now, rbac.Role | rbac.ClusterRole):
        return Say.RULES_DIFFER()
    return Say.TOKEN_DIFFERS() if isinstance(now, ServiceAccount) else Say.SUBJECTS_DIFFER()
