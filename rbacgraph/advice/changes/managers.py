"""Finds what keeps restoring a role or binding, so that an edit would not last."""

from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple

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


class Fixed(Enum):
    """Why an object is not edited, whatever the evidence says."""

    REVIEWED = auto()
    """It is no object: the API server listed these rights."""

    SHIPPED = auto()
    """Every API server creates it."""

    AGGREGATED = auto()
    """The control plane fills in its rules."""

    TOOL = auto()
    """A tool or an owner writes it again and again."""

    TAKEN_OVER = auto()
    """An aggregated ClusterRole takes over its rules."""

    TWICE = auto()
    """The input holds it in several versions."""

    BOUND_TWICE = auto()
    """The input holds a binding of it in several versions."""


class Managed(NamedTuple):
    """Why an object is not edited; in words in :mod:`rbacgraph.advice.changes.wording`.

    Parameters
    ----------
    by:
        The reason.
    name:
        The tool, ClusterRole or binding that is the reason.
    sign:
        The part of the object that shows it.
    """

    by: Fixed
    name: str = ""
    sign: str = ""


def is_shipped(obj: AnyRole | AnyBinding) -> bool:
    """Whether an API server creates the object, and repairs it on every start."""
    metadata = obj.metadata
    return (
        obj.assumed
        or (metadata.labels or {}).get(_BOOTSTRAPPING) == "rbac-defaults"
        or (metadata.annotations is not None and metadata.annotations.autoupdate == "true")
    )


def manager_of(obj: AnyRole | AnyBinding) -> Managed | None:
    """Return what manages a role or binding, and the sign of that; None for nothing.

    Examples
    --------
    >>> from rbacgraph.model.kubernetes.meta import RbacMeta
    >>> from rbacgraph.model.kubernetes.rbac import Role
    >>> labels = {"app.kubernetes.io/managed-by": "Helm"}
    >>> manager_of(Role(metadata=RbacMeta("reader", "shop", labels=labels)))[1:]
    ('Helm', 'label app.kubernetes.io/managed-by=Helm')
    """
    if obj.reviewed:
        return Managed(Fixed.REVIEWED)
    if is_shipped(obj):
        return Managed(Fixed.SHIPPED, sign=_sign(obj))
    return next(_managers(obj), None)


def _sign(obj: AnyRole | AnyBinding) -> str:
    metadata = obj.metadata
    if (metadata.labels or {}).get(_BOOTSTRAPPING) == "rbac-defaults":
        return f"label {_BOOTSTRAPPING}=rbac-defaults"
    if obj.assumed:
        return ""
    return "annotation rbac.authorization.kubernetes.io/autoupdate=true"


def _managers(obj: AnyRole | AnyBinding) -> Iterator[Managed]:
    if isinstance(obj, ClusterRole) and obj.aggregation_rule is not None:
        yield Managed(Fixed.AGGREGATED, sign="aggregationRule")
    annotations = obj.metadata.annotations
    if annotations is not None:
        if isinstance(annotations.release_name, str):
            release = annotations.release_name
            yield Managed(Fixed.TOOL, "Helm", f"annotation meta.helm.sh/release-name={release}")
        if isinstance(annotations.argocd_tracking, str):
            tracking = annotations.argocd_tracking
            sign = f"annotation argocd.argoproj.io/tracking-id={tracking}"
            yield Managed(Fixed.TOOL, "Argo CD", sign)
    for owner in obj.metadata.owner_references or ():
        tool = "OLM" if owner.kind == "ClusterServiceVersion" else f"{owner.kind} {owner.name}"
        yield Managed(Fixed.TOOL, tool, f"ownerReferences: {owner.kind} {owner.name}")
    for key, value in (obj.metadata.labels or {}).items():
        if isinstance(value, str):
            tool = _labelled(key, value)
            if tool:
                yield Managed(Fixed.TOOL, tool, f"label {key}={value}")


def _labelled(key: str, value: str) -> str:
    if key.startswith(_OPERATORS):
        return "OLM"
    if key == _ADDONS:
        return "the addon manager" if value == "Reconcile" else ""
    if key == _MANAGED_BY:
        return "" if value.lower() in _HANDS else value
    return _LABELS.get(key, "")
