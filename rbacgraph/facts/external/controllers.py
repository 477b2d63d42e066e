"""The controllers of the operators that read stores, and which stores each heeds.

Source: external-secrets ``pkg/controllers/secretstore/common.go`` (``ShouldProcessStore``).
"""

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If
from rbacgraph.model.kubernetes.external_secrets import SecretStore

EXTERNAL_SECRETS_OPERATOR, VAULT_OPERATOR = "External Secrets", "the Vault Secrets Operator"
OPERATORS = (EXTERNAL_SECRETS_OPERATOR, VAULT_OPERATOR)
_NAME_LABEL = "app.kubernetes.io/name"
_SHIPPED = {
    EXTERNAL_SECRETS_OPERATOR: "external-secrets",
    VAULT_OPERATOR: "vault-secrets-operator",
}
"""The value of the label that its chart gives the Pods of an operator's controller."""

_VAULT_OPERATORS_ACCOUNT = "vault-secrets-operator-controller-manager"
_NO_FLAG = "default"
_FROM_ENVIRONMENT = "$("


class Heeding(NamedTuple):
    """Who heeds a store: the ServiceAccounts of controllers, and what that depends on.

    ``nobody`` says that the input shows all controllers, and none that does.
    """

    accounts: tuple[Key, ...]
    condition: Condition
    nobody: bool = False


class Controllers:
    """Knows the controllers of the operators."""

    def __init__(self, world: Facts) -> None:
        self._running, self._identities = world.running, world.identities
        self._whole = world.snapshot.is_listed("Pod")

    def of(self, operator: str) -> tuple[Key, ...]:
        """Return the ServiceAccounts of an operator's controller, as its chart marks it."""
        return tuple(self._classes[operator])

    def heeding(self, store: SecretStore) -> Heeding:
        """Return the controllers of External Secrets that heed a store's object."""
        classes = self._classes[EXTERNAL_SECRETS_OPERATOR]
        if not store.controller:
            return Heeding(tuple(classes), CERTAIN)
        heeding = tuple(key for key, names in classes.items() if store.controller in names)
        if heeding:
            return Heeding(heeding, CERTAIN)
        perhaps = tuple(key for key, names in classes.items() if "" in names)
        unseen = If.OPERATOR_HAS_CLASS(EXTERNAL_SECRETS_OPERATOR, store.controller)
        return Heeding(perhaps, unseen, nobody=self._whole and bool(classes) and not perhaps)

    @cached_property
    def _classes(self) -> Mapping[str, Mapping[Key, frozenset[str]]]:
        return {operator: self._found(operator) for operator in OPERATORS}

    def _found(self, operator: str) -> Mapping[Key, frozenset[str]]:
        """Return the ServiceAccounts, each with its controllers' classes; ``""`` is unknown."""
        label = f",{_NAME_LABEL}={_SHIPPED[operator]},"
        found: dict[Key, frozenset[str]] = {}
        for runner in self._running.runners:
            if label in runner.obj.labels:
                key = runner.node[1], runner.spec.service_account
                flag = runner.spec.controller_class or _NO_FLAG
                name = "" if _FROM_ENVIRONMENT in flag else flag
                found[key] = found.get(key, frozenset()) | {name}
        if found:
            return found
        names = {_SHIPPED[operator]}
        if operator == VAULT_OPERATOR:
            names.add(_VAULT_OPERATORS_ACCOUNT)
        accounts = self._identities.usable_accounts
        return {key: frozenset({""}) for key in accounts if key[1] in names}
