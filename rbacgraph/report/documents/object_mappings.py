"""Roles, bindings and ServiceAccounts as the mappings that are applied."""

from typing import Any

from msgspec import to_builtins

from rbacgraph.model.changes.change import Changed, key_of
from rbacgraph.model.kubernetes.core import ServiceAccount
from rbacgraph.model.kubernetes.rbac import RBAC_GROUP, ClusterRole, PolicyRule, Role

_FIELDS = ("nonResourceURLs", "apiGroups", "resources", "resourceNames", "verbs")


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
        found["rules"] = [_rule(rule) for rule in obj.rules or ()]
    else:
        found["roleRef"] = to_builtins(obj.role_ref)
        found["subjects"] = to_builtins(obj.subjects or ())
    return found


def _rule(rule: PolicyRule) -> dict[str, Any]:
    """Return a rule in the order in which people write it."""
    fields = to_builtins(rule)
    return {key: fields[key] for key in _FIELDS if key in fields}


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
