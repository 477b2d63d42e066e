"""By which logins a ServiceAccount may send a request to Vault, with the deciding stanzas."""

from typing import NamedTuple

from rbacgraph.model.stores.vault_dump import VaultDump, VaultPolicy
from rbacgraph.stores.vault.logins import VaultCaller, VaultLogin, logins
from rbacgraph.stores.vault.policies import Policies, VaultDecision


class Way(NamedTuple):
    """One login, and what its token may.

    Parameters
    ----------
    login:
        The role and its policies.
    decision:
        What they decide, with the rule.
    stanzas:
        The policies of the rule with the line of its stanza in each text.
    missing:
        The policies of the token that are not in the input: each may allow more, or deny.
    """

    login: VaultLogin
    decision: VaultDecision
    stanzas: tuple[tuple[VaultPolicy, int], ...]
    missing: tuple[str, ...]


class Ways:
    """Answers questions about one dump; the policies of equal tokens are joined once.

    Parameters
    ----------
    dump:
        The dump.

    Examples
    --------
    >>> from rbacgraph.model.stores.vault_dump import VaultDump, VaultEntry, VaultPolicy
    >>> text = 'path "kv1/app" { capabilities = ["read"] }'
    >>> role = {
    ...     "bound_service_account_names": ("app",),
    ...     "bound_service_account_namespaces": ("shop",),
    ...     "token_policies": ("app-read",),
    ... }
    >>> dump = VaultDump(
    ...     policies=(VaultPolicy("", "app-read", text),),
    ...     entries=(VaultEntry("", "auth/kubernetes/role/shop", role),),
    ... )
    >>> way, = Ways(dump).of(VaultCaller("shop", "app"), method="GET", path="kv1/app")
    >>> way.decision.allowed, way.missing
    (True, ('default',))
    """

    def __init__(self, dump: VaultDump) -> None:
        self._dump = dump
        self._joined: dict[tuple[str, tuple[str, ...]], Policies] = {}

    def of(self, caller: VaultCaller, *, method: str, path: str) -> tuple[Way, ...]:
        """Return every login of a ServiceAccount, with what its token may.

        Parameters
        ----------
        caller:
            The ServiceAccount.
        method, path:
            The request, as :meth:`Policies.allows` takes it.
        """
        return tuple(self._way(login, method, path) for login in logins(self._dump, caller))

    def _way(self, login: VaultLogin, method: str, path: str) -> Way:
        namespace = login.role.namespace
        known = self._dump.policies_of(namespace)
        policies = self._policies(login)
        decision = policies.decide(method=method, path=path)
        origins = decision.rule.origins if decision.rule else ()
        return Way(
            login,
            decision,
            tuple((known[origin.policy], origin.line) for origin in origins),
            tuple(name for name in login.policies if name not in known),
        )

    def _policies(self, login: VaultLogin) -> Policies:
        namespace = login.role.namespace
        known = self._dump.policies_of(namespace)
        texts = {name: known[name].text for name in login.policies if name in known}
        templated = any("{{" in text for text in texts.values())
        key = namespace, tuple(texts)
        if not templated and key in self._joined:
            return self._joined[key]
        policies = Policies(texts, self._dump.flavour, namespace=namespace, entity=login.entity)
        if not templated:
            self._joined[key] = policies
        return policies
