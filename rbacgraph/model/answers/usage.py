"""Answers of ``usage``: rights that were used, never used, or that the log cannot show."""

from typing import Literal

from msgspec import Struct

from rbacgraph.model.inputs.audit import LogSummary
from rbacgraph.model.inputs.diagnostic import Diagnostic
from rbacgraph.model.inputs.evidence import Evidence

State = Literal["used", "never-used", "unseen", "stated"]


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


class UsageResult(Struct, frozen=True, kw_only=True):
    """Answer of ``usage``.

    ``source``: the principal asked about, ``""`` for all.
    ``grants``: the rights that the input grants, by principal.
    ``unexplained``: requests that the server allowed though the input grants them nowhere: another
        authorizer allowed them, or roles and bindings were different then.
    ``denied``: requests that authorization denied.
    ``log``: a summary of the log.
    ``diagnostics``: what rbacgraph could not read of the log.
    """

    source: str
    grants: tuple[GrantUse, ...]
    unexplained: tuple[Requests, ...]
    denied: tuple[Requests, ...]
    log: LogSummary
    diagnostics: tuple[Diagnostic, ...] = ()
