"""By which logins a ServiceAccount may send a request to Vault, with the deciding stanzas."""

from typing import NamedTuple

from rbacgraph.model.stores.vault_dump import VaultDump, VaultPolicy
from rbacgraph.stores.vault.governing import Governing
from rbacgraph.stores.vault.logins import LoginRoles, VaultCaller, VaultLogin
from rbacgraph.stores.vault.policies import Policies, VaultDecision, filled, templates_in
from rbacgraph.stores.vault.template import Entity


class Way(NamedTuple):
    """One login, and what its token may.

    ``login``: the role and its policies.
    ``decision``: what they decide, with the rule.
    ``stanzas``: the policies of the rule with the line of its stanza in each text.
    ``missing``: the policies of the token that are not in the input: each may allow more, or deny.
    ``sentinel``: the policies of Sentinel that may refuse the request.
    """

    login: VaultLogin
    decision: VaultDecision
    stanzas: tuple[tuple[VaultPolicy, int], ...]
    missing: tuple[str, ...]
    sentinel: tuple[str, ...] = ()


class HeldPolicies(NamedTuple):
    """The policies of a token, ready to decide.

    ``namespace``: the namespace of Vault.
    ``names``: their names, sorted.
    ``policies``: those of them that the dump has.
    ``missing``: the names of the others: each may allow more, or deny.
    ``filled``: what the templates in their paths stand for, in order: it depends on the token's
        entity.
    """

    namespace: str
    names: tuple[str, ...]
    policies: Policies
    missing: tuple[str, ...]
    filled: tuple[str, ...]


class Ways:
    """Answers questions about one dump; the policies of equal tokens are joined once.

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
        self.roles = LoginRoles(dump)
        self.governing = Governing(dump)
        self._templates: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = {}
        self._joined: dict[tuple[str, tuple[str, ...], tuple[str, ...]], HeldPolicies] = {}

    def of(self, caller: VaultCaller, *, method: str, path: str) -> tuple[Way, ...]:
        """Return every login of a ServiceAccount, with what its token may.

        ``method``, ``path``: the request, as :meth:`Policies.allows` takes it.
        """
        return tuple(self._way(login, method, path) for login in self.roles.of(caller))

    def _way(self, login: VaultLogin, method: str, path: str) -> Way:
        held = self.held(login)
        decision, _ = held.policies.decide_completed(method=method, path=path)
        sentinel = self.governing.of_request(path, held.namespace, held.names)
        return Way(login, decision, self.stanzas(held, decision), held.missing, sentinel)

    def stanzas(
        self, held: HeldPolicies, decision: VaultDecision
    ) -> tuple[tuple[VaultPolicy, int], ...]:
        """Return the policies of the rule that decides, with the line of its stanza in each."""
        known = self._dump.policies_of(held.namespace)
        origins = decision.rule.origins if decision.rule else ()
        return tuple(
            (known[origin.policy], origin.line) for origin in origins if origin.policy in known
        )

    def held(self, login: VaultLogin) -> HeldPolicies:
        """Return the policies of the token that a login gives."""
        return self.held_by(login.role.namespace, login.policies, login.entity)

    def held_by(
        self, namespace: str, names: tuple[str, ...], entity: Entity | None = None
    ) -> HeldPolicies:
        """Return policies of a namespace as a token has them that an entity holds.

        ``entity``: the token's entity, which matters to templates alone.
        """
        known = self._dump.policies_of(namespace)
        templates = self._templates.get((namespace, names))
        if templates is None:
            texts = {name: known[name].text for name in names if name in known}
            templates = self._templates[namespace, names] = templates_in(texts, self._dump.flavour)
        values = filled(templates, self._dump.flavour, entity)
        held = self._joined.get((namespace, names, values))
        if held is None:
            texts = {name: known[name].text for name in names if name in known}
            policies = Policies(texts, self._dump.flavour, namespace=namespace, entity=entity)
            missing = tuple(
                name
                for name in names
                if name not in known and not self.governing.is_of_role(namespace, name)
            )
            held = HeldPolicies(namespace, names, policies, missing, values)
            self._joined[namespace, names, values] = held
        return held
