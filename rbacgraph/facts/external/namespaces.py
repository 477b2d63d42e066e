"""Decides which namespaces may use a store.

Sources: external-secrets ``pkg/controllers/secretstore/client_manager.go``
(``shouldProcessSecret``); vault-secrets-operator ``common/common.go`` (``isAllowedNamespace``).
"""

import re
from collections.abc import Mapping

from rbacgraph.authz.aggregate import selector_matches
from rbacgraph.model.condition import CERTAIN, Condition, If
from rbacgraph.model.kubernetes.external_secrets import SecretStore, StoreCondition

_MOST_REPEATS = 3
_REPEATED_GROUP = re.compile(r"\)[*+{]")
_REPEAT = re.compile(r"(?<!\\)[*+{]")

Labels = Mapping[str, dict[str, str]]
"""The labels of the namespaces whose objects the input holds."""


def admits(store: SecretStore, namespace: str, labels: Labels) -> Condition | None:
    """Return the condition on which a store lets a namespace use it; None if it does not.

    One condition of the store is enough, and one part of a condition. Only a ClusterSecretStore
    heeds its conditions.
    """
    if not store.conditions:
        return CERTAIN
    best: Condition | None = None
    for one in store.conditions:
        found = _met(one, namespace, labels.get(namespace))
        if found == CERTAIN:
            return CERTAIN
        if found:
            best = If.STORE_TAKES_NAMESPACE(store.metadata.name, namespace)
    return best


def _met(one: StoreCondition, namespace: str, labels: dict[str, str] | None) -> Condition | None:
    """Return whether a condition is met; some other condition than CERTAIN if that is unknown."""
    if namespace in one.namespaces:
        return CERTAIN
    unknown = False
    for pattern in one.regexes:
        found = matches(pattern, namespace)
        if found:
            return CERTAIN
        unknown = unknown or found is None
    if one.selector is not None:
        if not (one.selector.match_labels or one.selector.match_expressions):
            return CERTAIN
        if labels is not None and selector_matches(one.selector, labels):
            return CERTAIN
        unknown = unknown or labels is None
    return If.STORE_TAKES_NAMESPACE("", namespace) if unknown else None


def matches(pattern: str, namespace: str) -> bool | None:
    """Whether a pattern of the store matches somewhere in a name; None if that is not known.

    Go's engine takes linear time. Python's may take forever: a pattern that could is not tried.

    Examples
    --------
    >>> matches("prod", "nonprod"), matches("^prod$", "nonprod"), matches("(a+)+$", "aaaa")
    (True, False, None)
    """
    if _REPEATED_GROUP.search(pattern) or len(_REPEAT.findall(pattern)) > _MOST_REPEATS:
        return None
    try:
        return re.search(pattern, namespace) is not None
    except (re.error, OverflowError, RecursionError):
        return None


def opened_by_labels(store: SecretStore) -> bool:
    """Whether labels of a namespace decide, so that a change of them may let it use the store."""
    return any(one.selector is not None for one in store.conditions or ())
