"""What one token may send in one namespace, beside what the dump shows there."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rbacgraph.stores.vault.escalations.dump_index import DumpIndex
from rbacgraph.stores.vault.escalations.requests import Body, TokenRequests
from rbacgraph.stores.vault.escalations.types import (
    NEW,
    EscalationGain,
    EscalationKind,
    EscalationNeed,
    HeldToken,
    TakesEffect,
    VaultEscalation,
    VaultRequest,
)

EscalationNeeds = tuple[tuple[EscalationNeed, str], ...]


@dataclass(frozen=True, slots=True)
class TokenInNamespace:
    """A token, and a namespace in which it is used.

    ``index``: the dump.
    ``requests``: what it may send.
    ``namespace``: the namespace: the token's own, or one below it.
    ``new_mount``: an auth mount that the holder enables: nothing exists there yet.
    """

    index: DumpIndex
    token: HeldToken
    requests: TokenRequests
    namespace: str
    new_mount: str = ""

    @property
    def at_home(self) -> bool:
        """Whether the namespace is the token's own."""
        return self.namespace == self.token.namespace

    @property
    def policies(self) -> Sequence[str]:
        """The policies of the namespace whose texts are known."""
        return self.index.policies(self.namespace)

    def path(self, path: str) -> str:
        """Return the path of a request from the root namespace."""
        return self.index.path(self.namespace, path)

    def reaches(self, folder: str) -> bool:
        """Whether a rule may match a path in a folder."""
        return self.requests.reaches(f"{self.path(folder)}/")

    def names(self, folder: str, listed: str = "") -> Iterator[str]:
        """Yield the names in a folder that exist, and those that the rules tell apart.

        ``listed``: the folder in which the dump shows them, if that is another.
        """
        known = self.index.names(self.namespace, listed or folder)
        return self.requests.names(f"{self.path(folder)}/", known)

    def exists(self, folder: str, name: str) -> bool | None:
        """Whether an entry exists; ``None`` if the dump does not show it."""
        if self.new_mount and folder.startswith(f"{self.new_mount}/"):
            return False
        found = self.index.exists(self.namespace, folder, name)
        return False if found is None and name.endswith(NEW) else found

    def send(
        self, method: str, path: str, bodies: Iterable[Body] = ({},), *, exists: bool | None = None
    ) -> VaultRequest | None:
        """Return a request that the token may send, with the first body that is allowed."""
        return self.requests.first(method, self.path(path), bodies, exists=exists)

    def create(self, path: str, bodies: Iterable[Body] = ({},)) -> VaultRequest | None:
        """Return the creation of a token, which inherits from the one that creates it."""
        return self.requests.send_itself("POST", self.path(path), bodies)

    def write(
        self, folder: str, name: str, bodies: Sequence[Body]
    ) -> tuple[VaultRequest, EscalationNeeds] | None:
        """Return a write of an entry where the server distinguishes ``create`` from ``update``."""
        path, exists = f"{folder}/{name}", self.exists(folder, name)
        if exists is None:
            new, old = (self.send("POST", path, bodies, exists=one) for one in (False, True))
            sent = new or old
            needs = () if new and old else ((EscalationNeed.EXISTS, self.path(path)),)
            return None if sent is None else (sent, needs)
        sent = self.send("POST", path, bodies, exists=exists)
        return None if sent is None else (sent, ())

    def escalation(
        self,
        kind: EscalationKind,
        requests: Iterable[VaultRequest],
        gain: EscalationGain,
        effect: TakesEffect,
        needs: EscalationNeeds = (),
    ) -> VaultEscalation:
        """Return an escalation; what its requests need joins what it needs itself."""
        sent = tuple(requests)
        approvals = tuple((EscalationNeed.APPROVAL, one.path) for one in sent if one.needs_approval)
        return VaultEscalation(kind, sent, gain, effect, (*needs, *approvals))
