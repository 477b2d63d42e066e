"""What ``usage`` answers: which rights were used, which never, and what the log can tell."""

from typing import Literal

from msgspec import Struct

from rbacgraph.model.inputs.audit import LogSummary
from rbacgraph.model.inputs.diagnostic import Diagnostic
from rbacgraph.model.inputs.evidence import Evidence

State = Literal["used", "never-used", "unseen", "stated"]


class Verb(Struct, frozen=True, kw_only=True, order=True):
    """What was done to what, wherever and whatever its name; a ``path`` is a URL's."""

    verb: str
    group: str = ""
    resource: str = ""
    path: str = ""


class Part(Struct, frozen=True, kw_only=True):
    """The smallest part of a rule: one verb on one resource, of one name where it has names.

    Parameters
    ----------
    verb, group, resource, name:
        As the rule has them, ``*`` included; a subresource as ``pods/exec``. ``name`` is
        empty where the rule is not limited to names.
    path:
        A non-resource URL, in the place of a resource.
    state:
        ``used``, ``never-used``, ``unseen`` where the log could not tell, or ``stated`` where
        the log shows no use and somebody says that it is needed.
    requests:
        How many requests of the log it allows.
    last:
        When the last of them was received.
    seen:
        What they did, where the part has a ``*`` that stands for many things.
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

    A request that several rules allow is told at each of them: any would have been enough.

    Parameters
    ----------
    principal:
        The subject, printed as a node.
    scope:
        Namespace in which the right holds; ``""`` for all of them.
    binding, rule:
        Where it comes from.
    requests:
        How many requests of the log the rule allows.
    parts:
        What it is made of.
    """

    principal: str
    scope: str
    binding: Evidence
    rule: Evidence
    requests: int
    parts: tuple[Part, ...]

    def of(self, state: State) -> tuple[Part, ...]:
        """Return the parts of one state."""
        return tuple(part for part in self.parts if part.state == state)


class Requests(Struct, frozen=True, kw_only=True):
    """Requests of one sort by one principal; a ``path`` stands in the place of a resource."""

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

    Parameters
    ----------
    source:
        The principal asked about, ``""`` for all.
    grants:
        What the input grants, by principal.
    unexplained:
        Requests that were allowed though nothing in the input grants them: by another
        authorizer, or by roles and bindings of another time.
    denied:
        Requests that authorization refused.
    log:
        The log.
    diagnostics:
        What of the log could not be read.
    """

    source: str
    grants: tuple[GrantUse, ...]
    unexplained: tuple[Requests, ...]
    denied: tuple[Requests, ...]
    log: LogSummary
    diagnostics: tuple[Diagnostic, ...] = ()
