"""The tokens of Vault that ServiceAccounts get by logging in, and the secrets that these read.

Tokens of equal policies are one node, so that policies are decided once for all of them. A token
whose policies depend on its holder, by templates, is a node of its own for each holder.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.external.external_secrets import ExternalSecrets
from rbacgraph.facts.external.vault_doubts import (
    Stanzas,
    VaultCallers,
    login_doubts,
    owners_of,
    policy_doubts,
)
from rbacgraph.facts.external.vault_paths import VaultPaths
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.node import EVERY, VAULT, VAULT_SECRETS, VAULT_TOKEN, GraphNode, Node
from rbacgraph.model.node_keys import VaultToken
from rbacgraph.model.stores.vault_dump import VaultDump
from rbacgraph.stores.vault.logins import VaultLogin, bounds
from rbacgraph.stores.vault.policies import ROOT, VaultDecision
from rbacgraph.stores.vault.request_limits import glob_matches
from rbacgraph.stores.vault.ways import HeldPolicies, Ways

EVERY_SECRET: Node = (VAULT_SECRETS, "", EVERY)
"""Every secret of Vault that the input names."""

_LAST = chr(0x10FFFF)


class TokenOfLogin(NamedTuple):
    """A ServiceAccount's login, and the node of the token that it gives."""

    account: Key
    login: VaultLogin
    token: GraphNode
    condition: Condition


class HeldToken(NamedTuple):
    """A token: its policies, and the path of the role by which it is got first."""

    policies: HeldPolicies
    role: str


class TokenRead(NamedTuple):
    """A secret that a token reads.

    Parameters
    ----------
    target:
        The node of the secret, or :data:`EVERY_SECRET` where a policy is missing that may allow it.
    path, method:
        The request.
    decision, stanzas:
        What decides it.
    condition:
        The condition on which it is allowed.
    """

    target: Node
    path: str
    method: str
    decision: VaultDecision | None
    stanzas: Stanzas
    condition: Condition


class VaultTokens:
    """The tokens that a dump gives to ServiceAccounts of the cluster.

    Parameters
    ----------
    world:
        The cluster; without a dump there are no tokens.
    """

    def __init__(self, world: Facts) -> None:
        self._snapshot = world.snapshot
        self._accounts = world.identities.usable_accounts if world.snapshot.vault else {}
        self._external = world.part(ExternalSecrets)
        self.dump = world.snapshot.vault or VaultDump()
        self.owners = owners_of(world.snapshot)
        self._ways = Ways(self.dump)
        self._held: dict[GraphNode, HeldToken] = {}

    @cached_property
    def logins(self) -> Sequence[TokenOfLogin]:
        """For each ServiceAccount and each token that it gets, the login of the least doubt."""
        best: dict[tuple[Key, GraphNode], TokenOfLogin] = {}
        for one in self._every_login():
            known = best.get((one.account, one.token))
            if known is None or one.condition < known.condition:
                best[one.account, one.token] = one
        return list(best.values())

    @property
    def tokens(self) -> Mapping[GraphNode, HeldToken]:
        """The tokens that ServiceAccounts get."""
        _ = self.logins
        return self._held

    def token(self, login: VaultLogin, account: Key) -> GraphNode:
        """Return the node of the token that a login of a ServiceAccount gives."""
        held, role = self._ways.held(login), login.role
        key = VaultToken(role.namespace, held.names)
        if held.templated:
            key = key._replace(role=role.path, holder="/".join(account))
        node: GraphNode = (VAULT_TOKEN, "", key)
        self._held.setdefault(node, HeldToken(held, role.path))
        return node

    def _every_login(self) -> Iterator[TokenOfLogin]:
        callers, roles = VaultCallers(self._snapshot), self._ways.roles
        for role in roles.roles if self._accounts else ():
            for account in self._candidates(*bounds(role)):
                caller = callers.of(*account)
                login = roles.login(role, caller)
                doubts = login and login_doubts(login, caller, self.owners)
                if login is not None and doubts is not None:
                    condition = both(self._accounts[account], doubts)
                    yield TokenOfLogin(account, login, self.token(login, account), condition)

    def _candidates(self, namespaces: Sequence[str], names: Sequence[str]) -> Iterator[Key]:
        """Yield the ServiceAccounts that patterns match."""
        places = {one for one in namespaces if one in self._by_namespace}
        for pattern in namespaces:
            if "*" in pattern:
                places |= {one for one in self._by_namespace if glob_matches(pattern, one)}
        globs = [pattern for pattern in names if "*" in pattern]
        for namespace in sorted(places):
            there = self._by_namespace[namespace]
            found = {name for name in names if name in there}
            for pattern in globs:
                found |= {name for name in there if glob_matches(pattern, name)}
            yield from ((namespace, name) for name in sorted(found))

    @cached_property
    def _by_namespace(self) -> Mapping[str, Mapping[str, None]]:
        found: dict[str, dict[str, None]] = {}
        for namespace, name in self._accounts:
            found.setdefault(namespace, {})[name] = None
        return found

    def reads(self, token: HeldToken) -> Iterator[TokenRead]:
        """Yield what a token reads of the secrets that the input names."""
        held = token.policies
        for path in self._decided(held):
            method = self._paths.method(path)
            decision = held.policies.decide(method=method, path=path)
            stanzas = self._ways.stanzas(held, decision)
            if decision.allowed:
                condition = policy_doubts(decision, stanzas, held.missing, token.role)
                assert condition is not None, "it is allowed"
                for node, same in self._external.vault_nodes(path):
                    yield TokenRead(node, path, method, decision, stanzas, both(condition, same))
        if held.missing and self._named:
            allows = If.POLICY_OF_VAULT_ALLOWS(token.role, *held.missing)
            yield TokenRead(EVERY_SECRET, "", "", None, (), allows)

    def _decided(self, held: HeldPolicies) -> Iterator[str]:
        """Yield the paths of secrets that some rule of a token matches, sorted."""
        if ROOT in held.names:
            yield from self._named
            return
        found: set[str] = set()
        for rule in held.policies.rules:
            fixed = rule.path.partition("+")[0] if "+" in rule.path.split("/") else rule.path
            if fixed == rule.path and not fixed.endswith("*"):
                found |= {fixed} & self._known
                continue
            prefix = fixed.removesuffix("*")
            start = bisect_left(self._named, prefix)
            found.update(self._named[start : bisect_left(self._named, prefix + _LAST)])
        yield from sorted(found)

    @cached_property
    def _paths(self) -> VaultPaths:
        return VaultPaths(self.dump)

    @cached_property
    def _named(self) -> Sequence[str]:
        """The path of every secret of Vault that the input names, sorted."""
        return sorted({node[2] for node in self._external.nodes if node[0] == VAULT})

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self._named)

    def contained(self) -> Iterator[tuple[Node, Node, None, Condition]]:
        """Yield the edges from every secret of Vault to each."""
        if any(held.policies.missing for held in self.tokens.values()):
            for path in self._named:
                for node, same in self._external.vault_nodes(path):
                    yield EVERY_SECRET, node, None, same or CERTAIN
