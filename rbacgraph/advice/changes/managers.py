"""Finds what keeps restoring a role or binding, so that an edit would not last."""

from collections.abc import Iterator
from typing import NamedTuple

from rbacgraph.model.changes.change import ObjectKey
from rbacgraph.model.changes.statement import Say, Statement
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


_Sign = tuple[str, ...]
"""The part of an object that shows something, and its value."""


class Managed(NamedTuple):
    """Why an object is not edited, whatever the evidence says.

    ``name``: the tool, ClusterRole or binding that is the reason.
    ``sign``: the part of the object that shows it.
    """

    by: Say
    name: str | ObjectKey = ""
    sign: _Sign = ()

    def said(self, *, sign: bool = True) -> Statement:
        """State it, with the part of the object that shows it."""
        return self.by(self.name, self.sign if sign else ())


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
    ('Helm', ('label', 'app.kubernetes.io/managed-by=Helm'))
    """
    if obj.reviewed:
        return Managed(Say.IS_REVIEWED)
    if is_shipped(obj):
        return Managed(Say.IS_SHIPPED, sign=_sign(obj))
    return next(_managers(obj), None)


def _sign(obj: AnyRole | AnyBinding) -> _Sign:
    metadata = obj.metadata
    if (metadata.labels or {}).get(_BOOTSTRAPPING) == "rbac-defaults":
        return "label", f"{_BOOTSTRAPPING}=rbac-defaults"
    if obj.assumed:
        return ()
    return "annotation", "rbac.authorization.kubernetes.io/autoupdate=true"


def _managers(obj: AnyRole | AnyBinding) -> Iterator[Managed]:
    if isinstance(obj, ClusterRole) and obj.aggregation_rule is not None:
        yield Managed(Say.IS_AGGREGATED, sign=("aggregationRule",))
    annotations = obj.metadata.annotations
    if annotations is not None:
        if isinstance(annotations.release_name, str):
            release = annotations.release_name
            sign = "annotation", f"meta.helm.sh/release-name={release}"
            yield Managed(Say.HAS_TOOL, "Helm", sign)
        if isinstance(annotations.argocd_tracking, str):
            tracking = annotations.argocd_tracking
            sign = "annotation", f"argocd.argoproj.io/tracking-id={tracking}"
            yield Managed(Say.HAS_TOOL, "Argo CD", sign)
    for owner in obj.metadata.owner_references or ():
        tool = "OLM" if owner.kind == "ClusterServiceVersion" else f"{owner.kind} {owner.name}"
        yield Managed(Say.HAS_TOOL, tool, ("ownerReferences:", owner.kind, owner.name))
    for key, value in (obj.metadata.labels or {}).items():
        if isinstance(value, str):
            tool = _labelled(key, value)
            if tool:
                yield Managed(Say.HAS_TOOL, tool, ("label", f"{key}={value}"))


def _labelled(key: str, value: str) -> str:
    if key.startswith(_OPERATORS):
        return "OLM"
    if key == _ADDONS:
        return "the addon manager" if value == "Reconcile" else ""
    if key == _MANAGED_BY:
        return "" if value.lower() in _HANDS else value
    return _LABELS.get(key, "")
