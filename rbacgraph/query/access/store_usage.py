"""Compares what logs of stores show with what the input lets ServiceAccounts read there."""

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
from rbacgraph.model.inputs.store_log import LoggedRead
from rbacgraph.model.node import AWS, SERVICE_ACCOUNT, VAULT, GraphNode, Node, format_node

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
    readers = _Readers(world, {one.kind for one in found})
    uses: dict[tuple[str, str], StoreUse] = {}
    unexplained: dict[tuple[str, str], UnexplainedRead] = {}
    did: set[tuple[str, Node]] = set()
    for one in found:
        who, secret, nodes = rows.who(one), rows.secret(one), rows.nodes(one, readers.secrets)
        key = who, secret
        old = uses.get(key)
        uses[key] = StoreUse(
            who=who,
            secret=secret,
            reads=one.reads + (old.reads if old else 0),
            refused=one.refused + (old.refused if old else 0),
            last_read=max(one.last, (old.last_read if old else None) or "") or None,
        )
        did.update((who, node) for node in nodes if one.reads)
        why = readers.why(who, one, nodes, rows.is_another(one)) if one.reads else None
        if why is not None:
            before = unexplained.get(key)
            unexplained[key] = UnexplainedRead(
                who=who,
                secret=secret,
                why=why,
                reads=one.reads + (before.reads if before else 0),
                last_read=max(one.last, before.last_read if before else ""),
            )
    seen = {(one.kind, one.address) for one in found}
    unused = [
        UnusedRead(who=who, secret=format_node(node), certain=not condition)
        for node, accounts in readers.found.items()
        if rows.place(node) in seen
        for account, condition in accounts.items()
        if ((who := f"{_ACCOUNT}{'/'.join(account)}"), node) not in did
    ]
    mine = f"{_ACCOUNT}{only[1]}/{only[2]}" if only else ""
    unused = [one for one in unused if not only or one.who == mine]
    return replace(
        result,
        stores=tuple(uses[key] for key in sorted(uses) if not only or key[0] == mine),
        stores_unused=tuple(sorted(unused, key=lambda one: (one.secret, one.who))),
        stores_unexplained=tuple(
            unexplained[key] for key in sorted(unexplained) if not only or key[0] == mine
        ),
    )


class _Rows:
    """Names what logs show as the input does."""

    def __init__(self, world: Facts, found: Sequence[LoggedRead]) -> None:
        self._external = world.part(ExternalSecrets)
        self._snapshot = world.snapshot
        places: dict[tuple[str, str], set[str]] = {}
        for one in found:
            places.setdefault((one.kind, one.path), set()).add(one.address)
        self._several = {key for key, addresses in places.items() if len(addresses) > 1}
        said = (one.partition("://")[2].rstrip("/") for one in world.snapshot.issuers)
        known = (one.issuers() for one in world.part(Stores))
        self._issuers = frozenset(said).union(*known)

    def is_another(self, one: LoggedRead) -> bool:
        """Whether the ServiceAccount is surely of another cluster."""
        return bool(one.issuer and self._issuers) and one.issuer not in self._issuers

    def who(self, one: LoggedRead) -> str:
        """Print who read; a ServiceAccount of another cluster is only the role that it took."""
        return (one.role or one.who) if self.is_another(one) else one.who

    def secret(self, one: LoggedRead) -> str:
        """Print a secret, with its place where several have the path."""
        node = self._node(one)
        if not node[1] and (one.kind, one.path) in self._several and one.address:
            node = one.kind, one.address, one.path
        return " ".join((*([_BELOW] if one.below else ()), format_node(node)))

    def nodes(self, one: LoggedRead, known: Collection[Node]) -> Sequence[Node]:
        """Return the nodes of what was read."""
        node = self._node(one)
        if not one.below:
            return [node]
        start = f"{one.path.rstrip('/')}/"
        here = one.kind, one.address
        return [one for one in known if one[2].startswith(start) and self.place(one) == here]

    def place(self, node: Node) -> tuple[str, str]:
        """Return the kind of a store, and which one it is as logs say it."""
        return node[0], self._external.full_name(node)[1] if node[0] == AWS else ""

    def _node(self, one: LoggedRead) -> Node:
        place = Place(one.kind, one.address, one.path)
        dump = self._snapshot.stores[0] if len(self._snapshot.stores) == 1 else None
        if one.kind == VAULT and dump is not None:
            return self._external.vault_nodes(one.path, dump)[0][0]
        return self._external.node(place)


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
        self, who: str, one: LoggedRead, nodes: Sequence[Node], another: bool
    ) -> WhyUnexplained | None:
        """Return why the input does not explain a read; None if it does, or cannot say."""
        known = self._let_in.get(one.kind)
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
