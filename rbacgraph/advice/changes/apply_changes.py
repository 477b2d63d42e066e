"""Applies changes to a copy of a cluster."""

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from rbacgraph.authz.aggregate import refilled
from rbacgraph.model.changes.change import Change, Changed, ObjectKey, key_of
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.core import ServiceAccount
from rbacgraph.model.kubernetes.rbac import ClusterRole, ClusterRoleBinding, Role, RoleBinding

_FIELDS: dict[type[Changed], str] = {
    Role: "roles",
    ClusterRole: "cluster_roles",
    RoleBinding: "role_bindings",
    ClusterRoleBinding: "cluster_role_bindings",
    ServiceAccount: "service_accounts",
}


def applied(snapshot: Snapshot, changes: Iterable[Change]) -> Snapshot:
    """Return the cluster after changes, as the control plane leaves it.

    ``snapshot``: the cluster, prepared: bootstrap policy and aggregation are done.
    The result has the objects written, created and deleted, and with aggregated ClusterRoles filled
        in again if a ClusterRole that they select changed. Assumptions stay as they were. If the
        input holds an object twice, the change replaces both. The diagnostics are those of before.
    """
    by_field: dict[str, dict[ObjectKey, Changed | None]] = {}
    for change in changes:
        kind = type(change.before if change.after is None else change.after)
        by_field.setdefault(_FIELDS[kind], {})[change.key] = change.after  # type: ignore[index]
    fields: dict[str, Any] = {
        field: _written(getattr(snapshot, field), written) for field, written in by_field.items()
    }
    if "cluster_roles" in fields:
        fields["cluster_roles"] = refilled(snapshot.cluster_roles, fields["cluster_roles"])
    return replace(snapshot, **fields)


def _written(
    objects: tuple[Changed, ...], written: dict[ObjectKey, Changed | None]
) -> tuple[Changed, ...]:
    """Replace objects in place, leave out deleted ones, append new ones."""
    left = dict(written)
    found: list[Changed] = []
    for obj in objects:
        key = key_of(obj)
        if key not in written:
            found.append(obj)
        elif (new := left.pop(key, None)) is not None:
            found.append(new)
    return (*found, *(new for new in left.values() if new is not None))
