"""Compares what logs of stores show with what the input lets ServiceAccounts read there."""

from collections import Counter
from collections.abc import Collection, Sequence

from msgspec.structs import replace

from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.external.external_secrets import ExternalSecrets
from rbacgraph.facts.external.paths import Place
from rbacgraph.facts.external.stores import DumpedStore, StoreHop, Stores
from rbacgraph.facts.external.vault_tokens import tokens_of_stores
from rbacgraph.facts.world import Facts
from rbacgraph.model.answers.usage import (
    StoreUse,
    UnexplainedRead,
    UnusedRead,
    UsageResult,
    WhyUnexplained,
)
from rbacgraph.model.condition import Condition, both
from rbacgraph.model.inputs.store_log import LoggedRead, StoredSecret
from rbacgraph.model.node import AWS, SERVICE_ACCOUNT, VAULT, GraphNode, Node, format_node
from rbacgraph.stores.vault.mount_owners import MountOwner, owners_in

_ACCOUNT = "sa:"
_ROLE = "aws-role:"
_BELOW = "below"


def with_stores(
    result: UsageResult, world: Facts, found: Sequence[LoggedRead], only: Node | None = None
) -> UsageResult:
    """Return an answer with who read which secret of a store, who can and did not, and why not.

    ``found``: what the logs show.
    ``only``: the principal asked about; None for everybody.
    """
    rows = _Rows(world, found)
    readers = _Readers(world, {one.secret.kind for one in found})
    mine = f"{_ACCOUNT}{only[1]}/{only[2]}" if only else ""
    groups: dict[tuple[str, str], list[LoggedRead]] = {}
    did: set[tuple[str, Node]] = set()
    for one in found:
        who = rows.who(one)
        if not only or who == mine:
            groups.setdefault((who, rows.secret(one.secret)), []).append(one)
            did.update((who, node) for node in rows.nodes(one.secret) if one.reads)
    uses, unexplained = [], []
    for (who, secret), ones in sorted(groups.items()):
        reads, last = sum(one.reads for one in ones), max(one.last for one in ones)
        refused = sum(one.refused for one in ones)
        uses.append(
            StoreUse(who=who, secret=secret, reads=reads, refused=refused, last_read=last or None)
        )
        nodes = rows.nodes(ones[0].secret)
        another = any(map(rows.is_another, ones))
        why = readers.why(who, ones[0].secret.kind, nodes, another=another) if reads else None
        if why is not None:
            unexplained.append(
                UnexplainedRead(who=who, secret=secret, why=why, reads=reads, last_read=last)
            )
    seen = {(one.secret.kind, one.secret.address) for one in found}
    unused = [
        UnusedRead(who=who, secret=format_node(node), certain=not condition)
        for node, accounts in readers.found.items()
        if rows.place(node) in seen
        for account, condition in accounts.items()
        if ((who := f"{_ACCOUNT}{'/'.join(account)}"), node) not in did
        and (not only or who == mine)
    ]
    return replace(
        result,
        stores=tuple(uses),
        stores_unused=tuple(sorted(unused, key=lambda one: (one.secret, one.who))),
        stores_unexplained=tuple(unexplained),
    )


class _Rows:
    """Names what logs show as the input does."""

    def __init__(self, world: Facts, found: Sequence[LoggedRead]) -> None:
        self._external = world.part(ExternalSecrets)
        self._snapshot = world.snapshot
        addresses = Counter((kind, path) for kind, _, path in {one.secret[:3] for one in found})
        self._several = {key for key, number in addresses.items() if number > 1}
        snapshot = world.snapshot
        said = (one.partition("://")[2].rstrip("/") for one in snapshot.issuers)
        known = (one.issuers() for one in world.part(Stores))
        self._issuers = frozenset(said).union(*known)
        self._other_mounts = {
            "/".join(filter(None, mount))
            for dump in snapshot.stores
            for mount, one in owners_in(snapshot, dump).items()
            if one.owner is MountOwner.ANOTHER
        }

    def is_another(self, one: LoggedRead) -> bool:
        """Whether the ServiceAccount is surely of another cluster."""
        if one.secret.kind == VAULT:
            return one.issuer in self._other_mounts
        return bool(one.issuer and self._issuers) and one.issuer not in self._issuers

    def who(self, one: LoggedRead) -> str:
        """Print who read; of a ServiceAccount of another cluster only what it is at the store."""
        if not self.is_another(one):
            return one.who
        name = one.who.removeprefix(_ACCOUNT)
        return one.role or f"{VAULT}:{one.issuer.rpartition('auth/')[2]}/{name}"

    def secret(self, secret: StoredSecret) -> str:
        """Print a secret, with its place where several have the path."""
        node = self._node(secret)
        if not node[1] and (secret.kind, secret.path) in self._several and secret.address:
            node = secret[:3]
        return " ".join((*([_BELOW] if secret.below else ()), format_node(node)))

    def nodes(self, secret: StoredSecret) -> Sequence[Node]:
        """Return the nodes of what was read."""
        if not secret.below:
            return [self._node(secret)]
        start, here = f"{secret.path.rstrip('/')}/", secret[:2]
        known = self._external.nodes
        return [one for one in known if one[2].startswith(start) and self.place(one) == here]

    def place(self, node: Node) -> tuple[str, str]:
        """Return the kind of a store, and which one it is as logs say it."""
        return node[0], self._external.full_name(node)[1] if node[0] == AWS else ""

    def _node(self, secret: StoredSecret) -> Node:
        kind, address, path, *_ = secret
        stores = self._snapshot.stores
        if kind == VAULT and len(stores) == 1:
            return self._external.vault_nodes(path, stores[0])[0][0]
        return self._external.node(Place(kind, address, path))


class _Readers:
    """Who reads what by its logins, as dumps of some kinds of stores say."""

    def __init__(self, world: Facts, kinds: Collection[str]) -> None:
        self._accounts = world.identities.usable_accounts
        self._world = world
        self._let_in: dict[str, set[Key]] = {}
        self.found: dict[Node, dict[Key, Condition]] = {}
        self.secrets = frozenset(world.part(ExternalSecrets).nodes)
        for store in world.part(Stores):
            if store.kind in kinds and store.kind != VAULT:
                self._of_cloud(store)
        if VAULT in kinds and len(world.snapshot.stores) == 1:  # no log says of which Vault it is
            self._of_vault()

    def _of_cloud(self, store: DumpedStore) -> None:
        """Follow what each ServiceAccount becomes, and becomes further, to what that reads."""
        onward: dict[GraphNode | int, list[StoreHop]] = {}
        for hop in (*store.hops("store-identity"), *store.hops("store-reads")):
            onward.setdefault(hop.source, []).append(hop)
        let_in = self._let_in[store.kind] = set()
        for account, usable in self._accounts.items():
            best: dict[GraphNode, Condition] = {(SERVICE_ACCOUNT, *account): usable}
            todo = list(best)
            while todo:
                here = todo.pop()
                for hop in onward.get(here, ()):
                    let_in.add(account)
                    condition = both(best[here], hop.condition)
                    if hop.target not in best or condition < best[hop.target]:
                        best[hop.target] = condition
                        todo.append(hop.target)
            for node, condition in best.items():
                if node in self.secrets:
                    self._add(node, account, condition)

    def _of_vault(self) -> None:
        every = [node for node in self.secrets if node[0] == VAULT]
        (tokens,) = self._world.part(tokens_of_stores).values()
        reads = {node: list(tokens.reads(token)) for node, token in tokens.tokens.items()}
        self._let_in[VAULT] = {one.account for one in tokens.logins}
        for login in tokens.logins:
            for read in reads[login.token]:
                condition = both(login.condition, read.condition)
                for node in every if read.target == tokens.every_secret else (read.target,):
                    self._add(node, login.account, condition)

    def _add(self, node: Node, account: Key, condition: Condition) -> None:
        accounts = self.found.setdefault(node, {})
        accounts[account] = min(condition, accounts.get(account, condition))

    def why(
        self, who: str, kind: str, nodes: Sequence[Node], *, another: bool
    ) -> WhyUnexplained | None:
        """Return why the input does not explain a read; None if it does, or cannot say."""
        known = self._let_in.get(kind)
        if another or who.startswith(_ROLE):
            return "another-cluster" if another else "unknown-session"
        if known is None or not who.startswith(_ACCOUNT):
            return None if known is None else "no-service-account"
        namespace, _, name = who.removeprefix(_ACCOUNT).partition("/")
        account = namespace, name
        if any(account in self.found.get(node, ()) for node in nodes):
            return None
        if account not in self._accounts:
            return "unknown-service-account"
        if any(node in self.secrets for node in nodes):
            return "no-policy" if account in known else "no-trust"
        return "unknown-secret"
