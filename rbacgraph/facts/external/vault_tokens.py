"""The tokens of Vault that ServiceAccounts get by logging in, and the secrets that these read.

Tokens of equal policies are one node, so that policies are decided once for all holders and all
roles that give them. Where templates in policies stand for the holder, tokens are equal if these
stand for the same.

:mod:`~rbacgraph.facts.external.vault_gains` finds what more tokens obtain from these. A technique
of somebody who has a token begins at the nodes of ``VaultGains.tokens``, and asks
:meth:`VaultTokens.request` what the token may.
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
    as_doubtful,
    login_doubts,
    mount_doubts,
    path_at,
    policy_doubts,
    sentinel_doubts,
)
from rbacgraph.facts.external.vault_paths import VaultPaths
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both, without
from rbacgraph.model.node import EVERY, VAULT, VAULT_SECRETS, VAULT_TOKEN, GraphNode, Node
from rbacgraph.model.node_keys import VaultToken
from rbacgraph.model.stores.vault_dump import VaultDump
from rbacgraph.stores.vault.logins import (
    Need,
    VaultCaller,
    VaultLogin,
    bounds,
    chosen_labels,
)
from rbacgraph.stores.vault.mount_owners import owners_in
from rbacgraph.stores.vault.policies import ROOT, VaultDecision
from rbacgraph.stores.vault.request_limits import glob_matches
from rbacgraph.stores.vault.role_fields import texts
from rbacgraph.stores.vault.template import Entity
from rbacgraph.stores.vault.ways import HeldPolicies, Ways

_LAST = chr(0x10FFFF)
_NAME_LABEL = "kubernetes.io/metadata.name"


class TokenOfLogin(NamedTuple):
    """A ServiceAccount's login, and the node of the token that it gives."""

    account: Key
    login: VaultLogin
    token: GraphNode
    condition: Condition


class AudienceLogin(NamedTuple):
    """A login that needs a token for one of some audiences.

    ``condition`` is that on which it works with such a token.
    """

    login: TokenOfLogin
    audiences: tuple[str, ...]
    condition: Condition


class LoginToRole(NamedTuple):
    """What the dump says of a login to one role.

    ``known``: whether it decides.
    ``login``: the login; None if the role refuses it, or nothing is known.
    """

    known: bool
    login: TokenOfLogin | None


class GivenToken(NamedTuple):
    """A token: its policies, and the path of the role by which it is got first."""

    policies: HeldPolicies
    role: str


class TokenRead(NamedTuple):
    """A secret that a token reads.

    ``target``: the node of the secret, or :attr:`VaultTokens.every_secret` where a policy is
        missing that may allow it.
    ``path``, ``method``: the request.
    ``decision``, ``stanzas``: what decides it.
    ``condition``: the condition on which it is allowed.
    """

    target: Node
    path: str
    method: str
    decision: VaultDecision | None
    stanzas: Stanzas
    condition: Condition


class VaultTokens:
    """The tokens that a dump gives to ServiceAccounts of the cluster.

    ``address`` is what tells its server from others in names of nodes.
    """

    def __init__(self, world: Facts, dump: VaultDump) -> None:
        self._snapshot = world.snapshot
        # One that is missing is a node too: somebody may create it.
        missing = dict.fromkeys(sorted(world.rbac.named_by_vault), CERTAIN)
        self._accounts = {**missing, **world.identities.usable_accounts}
        self._external = world.part(ExternalSecrets)
        self.dump = dump
        self.address = world.snapshot.place_in_nodes(dump)
        self.every_secret: Node = (VAULT_SECRETS, self.address, EVERY)
        """Every secret of this Vault that the input names."""

        self.owners = owners_in(world.snapshot, dump)
        self._ways = Ways(self.dump)
        self._held: dict[GraphNode, GivenToken] = {}

    @cached_property
    def logins(self) -> Sequence[TokenOfLogin]:
        """For each ServiceAccount and each token that it gets, the login of the least doubt."""
        best: dict[tuple[Key, GraphNode], TokenOfLogin] = {}
        for one in self._every_login():
            known = best.get((one.account, one.token))
            if known is None or as_doubtful(one.condition) < as_doubtful(known.condition):
                best[one.account, one.token] = one
        return list(best.values())

    @cached_property
    def by_audience(self) -> Mapping[Key, Sequence[AudienceLogin]]:
        """For each ServiceAccount the logins by tokens for other audiences than the API server."""
        best: dict[tuple[Key, GraphNode, tuple[str, ...]], AudienceLogin] = {}
        for one in self._every_login():
            data = one.login.role.data
            audiences = texts(data, "audience") or texts(data, "bound_audiences")
            left = without(one.condition, If.TOKEN_IS_FOR_AUDIENCE)
            if audiences and left != one.condition:
                key = one.account, one.token, audiences
                if key not in best or left < best[key].condition:
                    best[key] = AudienceLogin(one, audiences, left)
        found: dict[Key, list[AudienceLogin]] = {}
        for (account, _, _), login in best.items():
            found.setdefault(account, []).append(login)
        return found

    @cached_property
    def by_labels(self) -> Sequence[TokenOfLogin]:
        """The logins that labels of the ServiceAccount's namespace would open, if they changed.

        Their conditions say nothing of labels.
        """
        found = []
        for role in self._ways.roles.roles:
            labels = chosen_labels(role)
            for account in self._candidates(*bounds(role)) if labels else ():
                namespace, _ = account
                caller = self._callers.of(*account)
                now = self._ways.roles.login(role, caller)
                if now is not None and all(need is not Need.LABELS for need, _ in now.needs):
                    continue
                if labels.get(_NAME_LABEL, namespace) != namespace:
                    continue  # the API server sets that one
                login = self._ways.roles.login(role, caller._replace(labels=None))
                doubts = login and self._doubts(login, caller)
                if login is not None and doubts is not None:
                    left = without(doubts, If.NAMESPACE_IS_SELECTED_BY_VAULT)
                    condition = both(self._accounts[account], left)
                    found.append(TokenOfLogin(account, login, self.token(login), condition))
        return found

    @property
    def tokens(self) -> Mapping[GraphNode, GivenToken]:
        """The tokens that ServiceAccounts get, now or once labels have changed."""
        _ = self.logins, self.by_labels
        return self._held

    def token(self, login: VaultLogin) -> GraphNode:
        """Return the node of the token that a login gives."""
        role = login.role
        return self.given(role.namespace, login.policies, role.path, login.entity)

    def given(
        self, namespace: str, policies: tuple[str, ...], role: str, entity: Entity | None = None
    ) -> GraphNode:
        """Return the node of a token.

        ``role``: the path of what gives it, for the words of conditions.
        ``entity``: who holds it, for templates.
        """
        node, held = self.node(namespace, policies, entity)
        self._held.setdefault(node, GivenToken(held, path_at(self.address, role)))
        return node

    def node(
        self, namespace: str, names: tuple[str, ...], entity: Entity | None
    ) -> tuple[GraphNode, HeldPolicies]:
        """Return the node of a token that an entity holds, and its policies."""
        held = self.held_by(namespace, names, entity)
        return (VAULT_TOKEN, self.address, VaultToken(namespace, held.names, held.filled)), held

    def held_by(
        self, namespace: str, names: tuple[str, ...], entity: Entity | None
    ) -> HeldPolicies:
        """Return policies of a namespace as a token has them that an entity holds."""
        return self._ways.held_by(namespace, names, entity)

    def login_to(self, role: str, namespace: str, account: Key) -> LoginToRole:
        """Return what the dump says of a ServiceAccount's login to a role, named by its path."""
        entry = self.dump.entry(role, namespace)
        if entry is None:
            mount, _, name = role.rpartition("/")
            there = self._lists.get((namespace, mount))
            return LoginToRole(there is not None and name not in there, None)
        caller = self._callers.of(*account)
        login = self._ways.roles.login(entry, caller)
        if login is None or (doubts := self._doubts(login, caller)) is None:
            return LoginToRole(True, None)
        condition = both(self._accounts.get(account, CERTAIN), doubts)
        token = self.token(login)
        return LoginToRole(True, TokenOfLogin(account, login, token, condition))

    @cached_property
    def _lists(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        return {(one.namespace, one.path): one.names for one in self.dump.lists}

    def _doubts(self, login: VaultLogin, caller: VaultCaller) -> Condition | None:
        return login_doubts(login, caller, self.owners, self.address)

    @cached_property
    def _callers(self) -> VaultCallers:
        return VaultCallers(self._snapshot)

    def _every_login(self) -> Iterator[TokenOfLogin]:
        callers, roles = self._callers, self._ways.roles
        for role in roles.roles:
            for account in self._candidates(*bounds(role)):
                caller = callers.of(*account)
                for login in roles.to_role(role, caller):
                    doubts = self._doubts(login, caller)
                    if doubts is not None:
                        condition = both(self._accounts[account], doubts)
                        yield TokenOfLogin(account, login, self.token(login), condition)

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

    def read(self, token: GivenToken, path: str) -> TokenRead | None:
        """Return how a token reads one path; None if its policies refuse it."""
        return self.request(token, self._paths.method(path), path)

    def request(
        self,
        token: GivenToken,
        method: str,
        path: str,
        parameters: Mapping[str, object] | None = None,
    ) -> TokenRead | None:
        """Return how a token may send a request; None if its policies refuse it."""
        held = token.policies
        decision, _ = held.policies.decide_completed(
            method=method, path=path, parameters=parameters
        )
        stanzas = self._ways.stanzas(held, decision)
        condition = policy_doubts(decision, stanzas, held.missing, token.role)
        if condition is None:
            return None
        condition = both(condition, self.sentinel(held, path))
        return TokenRead((VAULT, "", path), path, method, decision, stanzas, condition)

    def mount_doubts(self, namespace: str, mount: str) -> Condition:
        """Return the condition on which somebody logs in by a mount, whatever the role."""
        return mount_doubts(self._ways.roles, namespace, mount, self.address)

    def sentinel(self, held: HeldPolicies, path: str) -> Condition:
        """Return the condition on which Sentinel lets a request of a token pass."""
        return sentinel_doubts(self._ways.governing, path, held)

    def reads(self, token: GivenToken) -> Iterator[TokenRead]:
        """Yield what a token reads of the secrets that the input names."""
        held = token.policies
        for path in matched(held, self._named):
            read = self.read(token, path)
            if read is not None and read.decision is not None and read.decision.allowed:
                for node, same in self._nodes(path):
                    yield read._replace(target=node, condition=both(read.condition, same))
        if held.missing and self._named:
            allows = If.POLICY_OF_VAULT_ALLOWS(token.role, *held.missing)
            yield TokenRead(self.every_secret, "", "", None, (), allows)

    @cached_property
    def _paths(self) -> VaultPaths:
        return VaultPaths(self.dump)

    @cached_property
    def _named(self) -> Sequence[str]:
        """The path of every secret that the input names and that may be in this Vault, sorted."""
        named = {node[2] for node in self._external.nodes if node[0] == VAULT}
        return sorted(path for path in named if self._nodes(path))

    def _nodes(self, path: str) -> Sequence[tuple[Node, Condition]]:
        return self._external.vault_nodes(path, self.dump)

    def named_secrets(self) -> Iterator[tuple[str, Sequence[tuple[Node, Condition]]]]:
        """Yield the path of every secret that the input names, with its nodes."""
        for path in self._named:
            yield path, self._nodes(path)

    def contained(self) -> Iterator[tuple[Node, Node, None, Condition]]:
        """Yield the edges from every secret of Vault to each."""
        if any(held.policies.missing for held in self.tokens.values()):
            for path in self._named:
                for node, same in self._nodes(path):
                    yield self.every_secret, node, None, same or CERTAIN


def tokens_of_stores(world: Facts) -> Mapping[str, VaultTokens]:
    """Return the tokens of each dump, by the address that their nodes have."""
    found = (VaultTokens(world, dump) for dump in world.snapshot.stores)
    return {one.address: one for one in found}


def matched(held: HeldPolicies, paths: Sequence[str]) -> Sequence[str]:
    """Return those of sorted paths that some rule of a token matches, sorted."""
    if ROOT in held.names:
        return paths
    found: set[str] = set()
    for rule in held.policies.rules:
        fixed = rule.path.partition("+")[0] if "+" in rule.path.split("/") else rule.path
        prefix = fixed.removesuffix("*")
        start = bisect_left(paths, prefix)
        if fixed == rule.path == prefix:
            found.update(paths[start : start + 1])  # decide looks whether it is the same
        else:
            found.update(paths[start : bisect_left(paths, prefix + _LAST)])
    return sorted(found)
