"""Answers of ``usage``: rights that were used, never used, or that the log cannot show."""

from typing import Literal

from msgspec import Struct, field

from rbacgraph.model.inputs.audit import LogSummary
from rbacgraph.model.inputs.diagnostic import Diagnostic
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.inputs.store_log import StoreLog

State = Literal["used", "never-used", "unseen", "stated"]
WhyUnexplained = Literal[
    "no-trust",
    "no-policy",
    "unknown-session",
    "unknown-service-account",
    "unknown-secret",
    "another-cluster",
    "no-service-account",
]


class Verb(Struct, frozen=True, kw_only=True, order=True):
    """What was done to which resource, in any place and to any name; ``path`` is a URL's."""

    verb: str
    group: str = ""
    resource: str = ""
    path: str = ""


class RulePart(Struct, frozen=True, kw_only=True):
    """The smallest part of a rule: one verb on one resource, on one name if it has names.

    ``verb``, ``group``, ``resource``, ``name``: as in the rule, ``*`` included; a subresource as
        ``pods/exec``. ``name`` is empty where the rule is not limited to names.
    ``path``: a non-resource URL, instead of a resource.
    ``state``: ``used``, ``never-used``, ``unseen`` where the log cannot show it, or ``stated``
        where the log shows no use but a statement says that it is needed.
    ``requests``: how many requests of the log this part allows.
    ``last``: when the last of these requests was received.
    ``seen``: what these requests did, where the part has a ``*`` that stands for many things.
    """

    verb: str
    group: str = ""
    resource: str = ""
    name: str = ""
    path: str = ""
    state: State = "never-used"
    requests: int = 0
    last: str = ""
    seen: tuple[Verb, ...] = ()


class GrantUse(Struct, frozen=True, kw_only=True):
    """One rule that one binding gives one subject.

    A request that several rules allow counts for each of them: any one would have been enough.

    ``principal``: the subject, printed as a node.
    ``scope``: namespace in which the right holds; ``""`` for all of them.
    ``requests``: how many requests of the log the rule allows.
    ``parts``: the parts of the rule.
    """

    principal: str
    scope: str
    binding: Evidence
    rule: Evidence
    requests: int
    parts: tuple[RulePart, ...]

    def of(self, state: State) -> tuple[RulePart, ...]:
        """Return the parts of one state."""
        return tuple(part for part in self.parts if part.state == state)


class Requests(Struct, frozen=True, kw_only=True):
    """Requests of one kind by one principal; ``path`` takes the place of a resource."""

    principal: str
    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""
    requests: int = 0
    last: str = ""


class StoreUse(Struct, frozen=True, kw_only=True):
    """The reads of one secret of a store by one identity, as the store's log shows.

    ``who``: ``sa:NS/NAME`` where the log names the ServiceAccount, else the identity at the store.
    ``secret``: the secret, or ``below`` and a path if everything below that was read at once.
    ``refused``: how often the store refused the read.
    ``last_read``: when it read last; None if the store refused it each time.
    """

    who: str
    secret: str
    reads: int
    refused: int
    last_read: str | None = field(name="lastRead")


class UnusedRead(Struct, frozen=True, kw_only=True):
    """A secret that a ServiceAccount can read by its logins, and did not.

    ``certain``: whether the input shows everything that the read needs.
    """

    who: str
    secret: str
    certain: bool


class UnexplainedRead(Struct, frozen=True, kw_only=True):
    """Reads of a secret that the input does not explain.

    ``why``: no role lets the ServiceAccount in (``no-trust``), or none that does reads the secret
        (``no-policy``); the log lacks the beginning of the session; the ServiceAccount or the
        secret is not in the input; the ServiceAccount is another cluster's; or the identity is none
        of a ServiceAccount.
    """

    who: str
    secret: str
    why: WhyUnexplained
    reads: int
    last_read: str = field(name="lastRead")


class UsageResult(Struct, frozen=True, kw_only=True):
    """Answer of ``usage``.

    ``source``: the principal asked about, ``""`` for all.
    ``grants``: the rights that the input grants, by principal.
    ``unexplained``: requests that the server allowed though the input grants them nowhere: another
        authorizer allowed them, or roles and bindings were different then.
    ``denied``: requests that authorization denied.
    ``log``: a summary of the API server's log; without events the input's rights are not compared.
    ``stores``: what logs of stores show.
    ``stores_unused``: what ServiceAccounts can read there and did not, if the input has a dump.
    ``stores_unexplained``: the reads there that the input does not explain.
    ``store_log``: what these logs are.
    ``diagnostics``: what rbacgraph could not read of the log.
    """

    source: str
    grants: tuple[GrantUse, ...]
    unexplained: tuple[Requests, ...]
    denied: tuple[Requests, ...]
    log: LogSummary
    stores: tuple[StoreUse, ...] = ()
    stores_unused: tuple[UnusedRead, ...] = ()
    stores_unexplained: tuple[UnexplainedRead, ...] = ()
    store_log: StoreLog = StoreLog()
    diagnostics: tuple[Diagnostic, ...] = ()
