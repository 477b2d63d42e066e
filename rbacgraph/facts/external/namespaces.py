"""Decides which namespaces may use a store.

Sources: external-secrets ``pkg/controllers/secretstore/client_manager.go``
(``shouldProcessSecret``); vault-secrets-operator ``common/common.go`` (``isAllowedNamespace``).
"""

from collections.abc import Mapping

from rbacgraph.authz.aggregate import selector_matches
from rbacgraph.model.condition import CERTAIN, Condition, If
from rbacgraph.model.go.regex import search
from rbacgraph.model.kubernetes.external_secrets import SecretStore, StoreCondition

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
        found = search(pattern, namespace)
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


def opened_by_labels(store: SecretStore) -> bool:
    """Whether labels of a namespace decide, so that a change of them may let it use the store."""
    return any(one.selector is not None for one in store.conditions or ())
