"""Roles, bindings and ServiceAccounts as manifests that can be applied."""

from collections.abc import Iterable
from typing import Any

from msgspec import to_builtins

from rbacgraph.model.change import Change, Changed, key_of
from rbacgraph.model.core import ServiceAccount
from rbacgraph.model.rbac import RBAC_GROUP, ClusterRole, Role
from rbacgraph.report.as_yaml import yaml_lines


def manifests_text(changes: Iterable[Change]) -> str:
    """Write what changes make or write anew as YAML, one document each.

    Deletions are no manifests: they are left out.

    Examples
    --------
    >>> from rbacgraph.model.meta import RbacMeta
    >>> role = Role(metadata=RbacMeta("reader", "shop"))
    >>> print(manifests_text([Change(before=role, after=role, why="nobody uses it")]), end="")
    ---
    # nobody uses it
    apiVersion: rbac.authorization.k8s.io/v1
    kind: Role
    metadata:
      name: reader
      namespace: shop
    rules: []
    """
    return "".join(
        f"---\n# {change.why}\n" + "\n".join(yaml_lines(manifest(change.after))) + "\n"
        for change in changes
        if change.after is not None
    )


def manifest(obj: Changed) -> dict[str, Any]:
    """Return an object as the mapping that is applied.

    Of its metadata there are labels, and the annotations by which tools know their own, so
    that applying it does not take them away. Lists are there also where they are empty: a
    list that is missing would stay as it was.
    """
    kind = type(obj)
    version = "v1" if kind is ServiceAccount else f"{RBAC_GROUP}/v1"
    found: dict[str, Any] = {
        "apiVersion": version,
        "kind": kind.__name__,
        "metadata": _metadata(obj),
    }
    if isinstance(obj, ServiceAccount):
        if obj.automount_service_account_token is not None:
            found["automountServiceAccountToken"] = obj.automount_service_account_token
    elif isinstance(obj, Role | ClusterRole):
        if isinstance(obj, ClusterRole) and obj.aggregation_rule is not None:
            found["aggregationRule"] = to_builtins(obj.aggregation_rule)
        found["rules"] = to_builtins(obj.rules or ())
    else:
        found["roleRef"] = to_builtins(obj.role_ref)
        found["subjects"] = to_builtins(obj.subjects or ())
    return found


def _metadata(obj: Changed) -> dict[str, Any]:
    _, namespace, name = key_of(obj)
    found: dict[str, Any] = {"name": name}
    if namespace:
        found["namespace"] = namespace
    if isinstance(obj, ServiceAccount):
        return found
    metadata = obj.metadata
    labels = metadata.labels or {}
    strings = {key: value for key, value in labels.items() if isinstance(value, str)}
    if strings:
        found["labels"] = strings
    if metadata.annotations is not None:
        annotations = to_builtins(metadata.annotations)
        kept = {key: value for key, value in annotations.items() if isinstance(value, str)}
        if kept:
            found["annotations"] = kept
    return found
