"""Finds what keeps restoring a role or binding, so that an edit would not last."""

from collections.abc import Iterator

from rbacgraph.model.kubernetes.rbac import AnyBinding, AnyRole, ClusterRole

_BOOTSTRAPPING = "kubernetes.io/bootstrapping"
_LABELS = {
    "olm.owner": "OLM",
    "olm.managed": "OLM",
    "argocd.argoproj.io/instance": "Argo CD",
    "kustomize.toolkit.fluxcd.io/name": "Flux",
    "helm.toolkit.fluxcd.io/name": "Flux",
}
_ADDONS = "addonmanager.kubernetes.io/mode"
_MANAGED_BY = "app.kubernetes.io/managed-by"
_OPERATORS = "operators.coreos.com/"
_HANDS = frozenset({"kubectl", "rbacgraph"})
"""Values of ``managed-by`` for objects that people write themselves."""


def is_shipped(obj: AnyRole | AnyBinding) -> bool:
    """Whether an API server creates the object, and repairs it on every start."""
    metadata = obj.metadata
    return (
        obj.assumed
        or (metadata.labels or {}).get(_BOOTSTRAPPING) == "rbac-defaults"
        or (metadata.annotations is not None and metadata.annotations.autoupdate == "true")
    )


def manager_of(obj: AnyRole | AnyBinding) -> str:
    """Return what manages a role or binding, and the sign of that; ``""`` for nothing.

    Examples
    --------
    >>> from rbacgraph.model.kubernetes.meta import RbacMeta
    >>> from rbacgraph.model.kubernetes.rbac import Role
    >>> labels = {"app.kubernetes.io/managed-by": "Helm"}
    >>> manager_of(Role(metadata=RbacMeta("reader", "shop", labels=labels)))
    'managed by Helm (label app.kubernetes.io/managed-by=Helm)'
    """
    if is_shipped(obj):
        sign = _sign(obj)
        return f"shipped with Kubernetes ({sign})" if sign else "shipped with Kubernetes"
    return next(_managers(obj), "")


def _sign(obj: AnyRole | AnyBinding) -> str:
    metadata = obj.metadata
    if (metadata.labels or {}).get(_BOOTSTRAPPING) == "rbac-defaults":
        return f"label {_BOOTSTRAPPING}=rbac-defaults"
    if obj.assumed:
        return ""
    return "annotation rbac.authorization.kubernetes.io/autoupdate=true"


def _managers(obj: AnyRole | AnyBinding) -> Iterator[str]:
    if isinstance(obj, ClusterRole) and obj.aggregation_rule is not None:
        yield "aggregated: the control plane fills in its rules (aggregationRule)"
    annotations = obj.metadata.annotations
    if annotations is not None:
        if isinstance(annotations.release_name, str):
            release = annotations.release_name
            yield f"managed by Helm (annotation meta.helm.sh/release-name={release})"
        if isinstance(annotations.argocd_tracking, str):
            tracking = annotations.argocd_tracking
            yield f"managed by Argo CD (annotation argocd.argoproj.io/tracking-id={tracking})"
    for owner in obj.metadata.owner_references or ():
        tool = "OLM" if owner.kind == "ClusterServiceVersion" else f"{owner.kind} {owner.name}"
        yield f"managed by {tool} (ownerReferences: {owner.kind} {owner.name})"
    for key, value in (obj.metadata.labels or {}).items():
        if isinstance(value, str):
            tool = _labelled(key, value)
            if tool:
                yield f"managed by {tool} (label {key}={value})"


def _labelled(key: str, value: str) -> str:
    if key.startswith(_OPERATORS):
        return "OLM"
    if key == _ADDONS:
        return "the addon manager" if value == "Reconcile" else ""
    if key == _MANAGED_BY:
        return "" if value.lower() in _HANDS else value
    return _LABELS.get(key, "")
