"""Reads the few settings of ingress-nginx's ConfigMap that decide whether Ingresses hold code.

Source: kubernetes/ingress-nginx ``docs/user-guide/nginx-configuration/configmap.md``.
"""

import re
from collections.abc import Container

from rbacgraph.model.go.boolean import parse_bool
from rbacgraph.model.kubernetes.ingress_proxies import ProxySettings

SNIPPETS, RISK = "allow-snippet-annotations", "annotations-risk-level"
NAME_LABEL = "app.kubernetes.io/name"
SETTINGS_NAMES = re.compile(r"nginx|ingress")
"""In the names, or labels, of such ConfigMaps."""

_LABELS = frozenset({"ingress-nginx", "rke2-ingress-nginx", "nginx-ingress-controller"})
_LEVELS = frozenset({"low", "medium", "high", "critical"})


def may_hold_settings(name: str, label: object, keys: Container[str]) -> bool:
    """Whether a ConfigMap of this name, label and keys may be an Ingress controller's."""
    return bool(SETTINGS_NAMES.search(name)) or label in _LABELS or SNIPPETS in keys or RISK in keys


def read_settings(snippets: str | None, risk: str | None) -> ProxySettings:
    """Return the settings that a ConfigMap's values say.

    Examples
    --------
    >>> read_settings("true", "Critical")
    ProxySettings(snippets=True, critical=True, unclear=False)
    >>> read_settings(None, "ENC[AES256_GCM,data:x]").unclear
    True
    """
    level, allowed = (risk or "").lower(), parse_bool(snippets)
    return ProxySettings(
        snippets=None if snippets is None else allowed is True,
        critical=None if risk is None else level == "critical",
        unclear=(snippets is not None and allowed is None) or level not in _LEVELS | {""},
    )
