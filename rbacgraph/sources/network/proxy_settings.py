"""Reads the few settings of ingress-nginx's ConfigMap that decide whether Ingresses hold code.

Source: kubernetes/ingress-nginx ``docs/user-guide/nginx-configuration/configmap.md``.
"""

import re
from collections.abc import Container

from rbacgraph.model.kubernetes.ingress_proxies import ProxySettings

SNIPPETS, RISK = "allow-snippet-annotations", "annotations-risk-level"
NAME_LABEL = "app.kubernetes.io/name"
_NAMES = re.compile(r"nginx|ingress")
_LABELS = frozenset({"ingress-nginx", "rke2-ingress-nginx", "nginx-ingress-controller"})
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})
_LEVELS = frozenset({"low", "medium", "high", "critical"})


def may_hold_settings(name: str, label: object, keys: Container[str]) -> bool:
    """Whether a ConfigMap of this name, label and keys may be an Ingress controller's."""
    return bool(_NAMES.search(name)) or label in _LABELS or SNIPPETS in keys or RISK in keys


def read_settings(snippets: str | None, risk: str | None) -> ProxySettings:
    """Return the settings that a ConfigMap's values say.

    Examples
    --------
    >>> read_settings("true", "Critical")
    ProxySettings(snippets=True, critical=True, unclear=False)
    >>> read_settings(None, "ENC[AES256_GCM,data:x]").unclear
    True
    """
    level = (risk or "").lower()
    return ProxySettings(
        snippets=None if snippets is None else snippets in _TRUE,
        critical=None if risk is None else level == "critical",
        unclear=snippets not in _TRUE | _FALSE | {None} or level not in _LEVELS | {""},
    )
