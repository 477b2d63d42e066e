"""Words that several notes share."""

from collections.abc import Iterable

from rbacgraph.advice.changes.managers import Fixed, Managed
from rbacgraph.model.changes.change import ObjectKey

_SHOWN = 5
_FIXED = {
    Fixed.REVIEWED: "no object, but what the API server lists of your rights",
    Fixed.SHIPPED: "shipped with Kubernetes",
    Fixed.AGGREGATED: "aggregated: the control plane fills in its rules",
    Fixed.TOOL: "managed by {}",
    Fixed.TAKEN_OVER: "ClusterRole {} takes over its rules",
    Fixed.TWICE: "the input holds it in several versions",
    Fixed.BOUND_TWICE: "the input holds {}, which gives it, in several versions",
}


def manager_words(managed: Managed, *, sign: bool = True) -> str:
    """Say why an object is not edited, with the part of it that shows that.

    Examples
    --------
    >>> manager_words(Managed(Fixed.TOOL, "Helm", "label app.kubernetes.io/managed-by=Helm"))
    'managed by Helm (label app.kubernetes.io/managed-by=Helm)'
    """
    words = _FIXED[managed.by].format(managed.name)
    return f"{words} ({managed.sign})" if sign and managed.sign else words


def role_name(key: ObjectKey) -> str:
    """Return a role or binding in words."""
    kind, namespace, name = key
    return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"


def listed(words: Iterable[str]) -> str:
    """List the first few words, and count the others.

    Examples
    --------
    >>> listed("abcabcdefg")
    'a, b, c, d, e and 2 more'
    """
    found = list(dict.fromkeys(words))
    more = f" and {len(found) - _SHOWN:,} more" if len(found) > _SHOWN else ""
    return f"{', '.join(found[:_SHOWN])}{more}"
