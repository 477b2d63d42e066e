"""Finds which objects used-up ResourceQuotas keep from being created.

A quota with scopes applies to some Pods only: an attacker creates other Pods, unless two quotas
together apply to all.

Source: kubernetes ``pkg/quota/v1/evaluator/core/pods.go`` (``podMatchesScopeFunc``).
"""

from collections.abc import Iterable, Iterator, Mapping

from rbacgraph.model.condition import Condition, If
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.core import ResourceQuota

PODS = "pods"
_PLUGIN = "ResourceQuota"
_COUNT = "count/"
_BETWEEN_THEM = (
    ("BestEffort", "NotBestEffort"),
    ("NotTerminating", "Terminating"),
    ("PriorityClass", "PriorityClass DoesNotExist"),
)
"""Scopes; every Pod is in exactly one of them."""

MADE_BY = {
    "cronjobs": ("cronjobs.batch", "jobs.batch"),
    "daemonsets": ("daemonsets.apps", "controllerrevisions.apps"),
    "deployments": ("deployments.apps", "replicasets.apps"),
    "jobs": ("jobs.batch",),
    "replicasets": ("replicasets.apps",),
    "replicationcontrollers": ("replicationcontrollers",),
    "statefulsets": ("statefulsets.apps", "controllerrevisions.apps"),
}
"""Of what quotas count, what is created for a workload to make Pods: itself, and more.

What is more is created once its template changes, too.
"""


def full_quotas(snapshot: Snapshot) -> Mapping[str, Mapping[str, Condition]]:
    """Return by namespace the resources whose creation is conditional, with the condition.

    A resource includes its group: ``pods``, ``roles.rbac.authorization.k8s.io``.
    """
    servers = [flags for _, flags in snapshot.api_servers]
    if servers and all(_PLUGIN in flags.disabled for flags in servers):
        return {}
    by_namespace: dict[str, list[ResourceQuota]] = {}
    for quota in snapshot.resource_quotas:
        if quota.full:
            by_namespace.setdefault(quota.metadata.namespace, []).append(quota)
    found = {name: dict(_refused(quotas)) for name, quotas in sorted(by_namespace.items())}
    return {name: refused for name, refused in found.items() if refused}


def _refused(quotas: Iterable[ResourceQuota]) -> Iterator[tuple[str, Condition]]:
    scoped: dict[str, tuple[str, str, str]] = {}
    for quota in quotas:
        for name in quota.full:
            resource = name.removeprefix(_COUNT)
            counted = quota.metadata.namespace, quota.metadata.name, name
            if not quota.scopes:
                yield resource, If.QUOTA_HAS_ROOM(*counted)
            elif resource == PODS and len(quota.scopes) == 1:
                scoped.setdefault(quota.scopes[0], counted)
    for one, other in _BETWEEN_THEM:
        if one in scoped and other in scoped:
            yield PODS, If.EITHER_QUOTA_HAS_ROOM(scoped[one], scoped[other])
