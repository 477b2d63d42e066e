"""What an audit log shows: who sent which requests, and what authorization said."""

from collections.abc import Mapping

from msgspec import Struct

from rbacgraph.model.diagnostic import Diagnostic
from rbacgraph.model.request import Request

UNSEEN_VERBS = frozenset({"approve", "attest", "bind", "escalate", "sign", "use"})
"""Verbs that are checked beside a request, never as one: no event tells of them."""

_READS = frozenset({"get", "list", "watch"})
_STREAMS = frozenset({"attach", "exec", "portforward"})


class Call(Struct, frozen=True, gc=False):
    """Requests of one sort.

    Parameters
    ----------
    request:
        What the authorizer was asked.
    count:
        How many there were, each ``auditID`` counted once.
    last:
        When the last one was received, as the log has it.
    """

    request: Request
    count: int
    last: str


class Caller(Struct, frozen=True):
    """One user's requests, both kinds in order.

    Parameters
    ----------
    user:
        The username; of requests by impersonation the one that was impersonated.
    groups:
        Groups that authentication gave it, at any time of the log.
    borrowed:
        Other groups that it had only where somebody impersonated it.
    allowed:
        What it needs: authorization let it pass, whatever became of it then.
    denied:
        What authorization refused.
    """

    user: str
    groups: tuple[str, ...]
    borrowed: tuple[str, ...]
    allowed: tuple[Call, ...]
    denied: tuple[Call, ...]


class AuditLog(Struct, frozen=True, kw_only=True):
    """Audit logs, boiled down to who needs what.

    Parameters
    ----------
    events:
        How many events were read.
    requests:
        How many requests they tell of whose outcome is known.
    undecided:
        Requests of which the log does not say whether they were allowed.
    first, last:
        When the first and the last request were received; ``""`` where nothing tells.
    levels, stages:
        How many events there are of each.
    callers:
        By username.
    diagnostics:
        What could not be read, and why.
    """

    events: int
    requests: int
    undecided: int
    first: str
    last: str
    levels: Mapping[str, int]
    stages: Mapping[str, int]
    callers: tuple[Caller, ...]
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def blind_spots(self) -> tuple[str, ...]:
        """What the log cannot show, in sentences."""
        allowed = [call.request for caller in self.callers for call in caller.allowed]
        found = []
        if self.undecided:
            found.append(
                f"of {self.undecided:,} requests the log does not say whether they were allowed:"
                " their responses are not in it"
            )
        if allowed and not any(request.verb in _READS for request in allowed):
            found.append("no read is in the log: its policy may leave out get, list and watch")
        if any(r.verb == "get" and r.subresource in _STREAMS for r in allowed):
            found.append(
                "get on exec, attach or portforward is a WebSocket: since Kubernetes 1.35 it needs"
                " create too, of which no event tells"
            )
        return (
            *found,
            "what the audit policy leaves out, and what happens seldom, is not in a log",
            f"no event tells of a check for {', '.join(sorted(UNSEEN_VERBS))}",
        )
