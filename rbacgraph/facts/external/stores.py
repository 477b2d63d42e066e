"""The stores outside of which the input holds dumps, behind one interface."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from functools import cached_property
from types import MappingProxyType
from typing import Literal, NamedTuple

from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.external.external_secrets import ExternalSecrets, PodRead
from rbacgraph.facts.external.logins import Login
from rbacgraph.facts.external.paths import KIND_OF
from rbacgraph.facts.world import Facts, WorldPart
from rbacgraph.model.answers.assumption import Assumption
from rbacgraph.model.answers.decision import Decision
from rbacgraph.model.answers.inference import Inference, Inferred
from rbacgraph.model.answers.vault_reason import LoginCode
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import EXTERNAL, GraphNode, Node
from rbacgraph.model.stores.kinds import dumped, opened

StoreStep = Literal["store-identity", "store-reads", "store-gain", "store-entry"]
"""A technique that serves every store, by its id.

Of ``store-identity`` the source becomes an identity of the store without a change, ``store-reads``
leads from an identity to a secret, ``store-gain`` to what it obtains by a change, and
``store-entry`` into this cluster.
"""


class StoreHop(NamedTuple):
    """One step that a store's dump shows: a login, a read, a change, a way into the cluster.

    ``kind``: of the store.
    ``source``, ``target``: ServiceAccounts, identities of the store, secrets; a source may be a
        number of a node.
    ``basis``: the store's own, of which it makes words and evidence once they are shown.
    """

    kind: str
    source: GraphNode | int
    target: GraphNode
    condition: Condition
    basis: object


class Said(NamedTuple):
    """What a dump says of a login by an object of the cluster.

    ``known``: whether it decides.
    ``login``: the login; None if the store refuses it, or nothing is known.
    """

    known: bool
    login: StoreHop | None


NOT_KNOWN = Said(known=False, login=None)


class DumpedStore(WorldPart):
    """What the dumps of one kind of store say; made of the world and of their record.

    A store says what it knows: the methods here are those of one that knows nothing.
    """

    # ruff: noqa: ARG002 - what a store says instead needs both
    kind: str

    def hops(self, step: StoreStep) -> Iterable[StoreHop]:
        """Return what a technique of every store may do here."""
        return ()

    def login(self, login: Login, account: Key) -> Said:
        """Return as whom an object of a store lets a ServiceAccount in."""
        return NOT_KNOWN

    def login_of_pod(self, read: PodRead) -> Said:
        """Return as whom a driver or an agent lets a Pod in, as its ServiceAccount."""
        return NOT_KNOWN

    def read(self, logins: Sequence[StoreHop], secret: Node) -> StoreHop | None:
        """Return how one of these logins reads a secret, with the least doubt; None if none does.

        Its condition includes that of the login.
        """
        return None

    def others(self, login: Login, logins: Sequence[StoreHop]) -> Iterable[StoreHop]:
        """Return what an operator reads by an object's logins whatever its resources name now."""
        return ()

    def contained(self) -> Iterable[tuple[GraphNode, GraphNode, None, Condition]]:
        """Return the edges from nodes that stand for several to each."""
        return ()

    def explain(self, hop: StoreHop) -> tuple[str, tuple[Evidence, ...]]:
        """Return the words and the evidence of a step."""
        raise NotImplementedError

    def accounts(self) -> Iterable[Key]:
        """Return the ServiceAccounts that show tokens of their own: impersonation brings none."""
        return ()

    def decides(self, identity: GraphNode) -> bool:
        """Whether a dump says who acts as an identity of a cloud."""
        return False

    def can_read(self, secret: Node, account: Key) -> Decision | None:
        """Decide whether a ServiceAccount reads a secret; None if no dump is of its server."""
        return None

    def issuers(self) -> Collection[str]:
        """Return the cluster's issuers by the dump, without ``https://``."""
        return ()

    def missing(self) -> Iterable[Condition]:
        """Return what the dumps lack."""
        return ()

    def assumed(self) -> Iterable[Assumption]:
        """Return what is assumed of the dumps."""
        return ()

    def check(self, path: str) -> None:
        """Refuse the path of a question that names no value.

        Raises UsageError with the path that may be meant.
        """

    def inferred(self, node: Node) -> Inference:
        """Return what the dumps do not show of a secret."""
        return Inferred.POLICIES_ARE_UNSEEN()


class Stores:
    """The stores of which the input holds dumps."""

    def __init__(self, world: Facts) -> None:
        dumps = world.snapshot.dumps
        self._external = world.part(ExternalSecrets)
        self._dumped: Mapping[str, DumpedStore] = {
            row.kind: opened(row.store)(world, dumps[row.kind]) for row in dumped(dumps)
        }

    def __iter__(self) -> Iterator[DumpedStore]:
        return iter(self._dumped.values())

    def get(self, kind: str) -> DumpedStore | None:
        """Return the store whose secrets have a kind of node; None without a dump."""
        return self._dumped.get(kind)

    def explain(self, hop: StoreHop) -> tuple[str, tuple[Evidence, ...]]:
        """Return the words and the evidence of a step."""
        return self._dumped[hop.kind].explain(hop)

    def login(self, login: Login, account: Key) -> Said:
        """Return as whom an object of a store lets a ServiceAccount in."""
        store = self.get(KIND_OF.get(login.store.system, EXTERNAL))
        return store.login(login, account) if store else NOT_KNOWN

    def login_of_pod(self, read: PodRead) -> Said:
        """Return as whom a driver or an agent lets a Pod in."""
        store = self.get(read.remote[0])
        return store.login_of_pod(read) if store else NOT_KNOWN

    def read(self, logins: Sequence[StoreHop], secret: Node) -> StoreHop | None:
        """Return how one of these logins reads a secret; None if none does."""
        return self._dumped[logins[0].kind].read(logins, secret) if logins else None

    def others(self, login: Login, logins: Sequence[StoreHop]) -> Iterable[StoreHop]:
        """Return what an operator reads by an object's logins whatever its resources name now."""
        return self._dumped[logins[0].kind].others(login, logins) if logins else ()

    def logins(self, login: Login) -> Sequence[StoreHop] | None:
        """Return the logins that an object of a store gives; None if no dump says it."""
        if not login.accounts or login.credentials:
            return None
        found = [self.login(login, account) for account in login.accounts]
        if not all(one.known for one in found):
            return None
        return [one.login for one in found if one.login is not None]

    def logins_of_class(self, login: Node, kind: str) -> Sequence[StoreHop] | None:
        """Return the logins of the Pods that mount a SecretProviderClass; None if unknown."""
        reads = [one for one in self._by_class.get(login, ()) if one.remote[0] == kind]
        found = [self.login_of_pod(read) for read in reads]
        if not found or not all(one.known for one in found):
            return None
        return list({one.login.target: one.login for one in found if one.login}.values())

    @cached_property
    def _by_class(self) -> dict[Node, list[PodRead]]:
        found: dict[Node, list[PodRead]] = {}
        for read in self._external.pod_reads:
            if read.maker is not None and not read.maker.shared_login:
                found.setdefault(self._external.class_login(read.maker), []).append(read)
        return found


READ_CODES = (LoginCode.IDENTITY_READS, LoginCode.IDENTITY_MAY_READ, LoginCode.NO_IDENTITY_READS)


def best_decision(
    ways: Iterable[tuple[str, Condition, Iterable[Evidence]]],
    missing: Iterable[Condition],
    identities: str,
    *,
    adding: Iterable[Condition] = (),
    codes: tuple[LoginCode, LoginCode, LoginCode] = READ_CODES,
    assumed: Iterable[Assumption] = (),
) -> Decision:
    """Return the decision by the way to read with the least doubt, if there is one.

    ``ways``: the identity that lets the ServiceAccount in, the condition, the evidence.
    ``missing``: what the dump lacks, which may take away.
    ``identities``: what lets in, for the words of a no: ``role of AWS``.
    ``adding``: what the dump lacks, which may let it read: a no is then unknown.
    ``codes``: the reasons of a yes, of a yes with doubts, and of a no.
    ``assumed``: what the store's answers take for granted.
    """
    taken = tuple(assumed)
    best = min(ways, key=lambda way: (len(way[1].doubts), way[1]), default=None)
    if best is None:
        reason = codes[2](identities)
        return Decision(allowed=False, reason=reason, missing=tuple(adding), assumed=taken)
    identity, condition, evidence = best
    lacks = tuple(one.code(*one.subject) for one in condition.doubts)
    code = codes[1] if lacks else codes[0]
    return Decision(
        allowed=not lacks,
        reason=code(identity),
        evidence=tuple(evidence),
        missing=lacks or tuple(missing),
        assumed=taken,
    )


_WORDS: Mapping[str, If] = {
    "key": If.KEY_OF_STORE_FITS,
    "policy": If.POLICY_OF_STORE_IS_KNOWN,
    "unsettled": If.STORE_DECIDES_SO,
    "missing": If.DUMP_LACKS_NOTHING,
    "resource-policy": If.POLICY_OF_RESOURCE_ALLOWS,
    "grants": If.GRANT_OF_KEY_ALLOWS,
    "condition": If.CONDITION_OF_STORE_HOLDS,
    "members": If.IS_MEMBER_IN_STORE,
    "role": If.ROLE_OF_STORE_GIVES_THAT,
    "issuer": If.ISSUER_IS_THIS_CLUSTERS,
}
"""What each kind of doubt in a decision means, of the store by its title, and of what is open."""
_NO_WORDS: Mapping[str, If] = MappingProxyType({})


def condition_of(
    title: str, doubts: Collection[tuple[Enum, str]], own: Mapping[str, If] = _NO_WORDS
) -> Condition:
    """Return the condition that all doubts turn out well.

    ``title``: the store's.
    ``own``: the words of kinds that it has alone, of what is open.
    """
    found = (
        own[kind](name) if kind in own else _WORDS[kind](title, name)
        for kind, name in sorted((kind.value, name) for kind, name in doubts)
    )
    return both(CERTAIN, *found)
