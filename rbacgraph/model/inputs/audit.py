"""What an audit log shows: who sent which requests, and what authorization said."""

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.errors import InputError
from rbacgraph.model.inputs.diagnostic import Diagnostic
from rbacgraph.model.inputs.rbac_write import RbacWrite
from rbacgraph.model.request import Request

UNSEEN_VERBS = frozenset({"approve", "attest", "bind", "escalate", "sign", "use"})
"""Verbs that are checked beside a request, never as one: no event names them."""

SINCE_STREAMS_NEED_CREATE = 1, 35
"""From this version on a WebSocket's ``get`` of a stream needs ``create`` as well."""

_CHECKS = f"checks for {', '.join(sorted(UNSEEN_VERBS))}: no event names them"
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
    borrowed:
        Where somebody impersonated the user: the groups that headers asked for beside, which
        then replace all others. None where it was the user itself.
    """

    request: Request
    count: int
    last: str
    borrowed: tuple[str, ...] | None = None


class Passed(Struct, frozen=True, gc=False):
    """Writes of a role or binding that escalation prevention let pass, as often as they were.

    ``borrowed`` is as for :class:`Call`.
    """

    write: RbacWrite
    borrowed: tuple[str, ...] | None = None


class Impersonation(Struct, frozen=True, gc=False):
    """How constrained impersonation let one user act as another.

    Parameters
    ----------
    checked:
        What was asked, and allowed.
    legacy:
        What a server asks that does without it, or where it is not granted: enough as well.
    count:
        How many requests passed so.
    last:
        When the last one was received.
    """

    checked: tuple[Request, ...]
    legacy: tuple[Request, ...]
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
    impersonations:
        How it acted as others, of each sort one; their checks are among ``allowed``.
    beside:
        What was asked beside requests that passed, where the log proves it: ``approve`` for a
        successful approval, and so on. A name ``""`` on ``signers`` is one that the log does
        not tell.
    passed:
        The roles and bindings that it wrote.
    """

    user: str
    groups: tuple[str, ...]
    borrowed: tuple[str, ...]
    allowed: tuple[Call, ...]
    denied: tuple[Call, ...]
    impersonations: tuple[Impersonation, ...] = ()
    beside: tuple[Call, ...] = ()
    passed: tuple[Passed, ...] = ()


class LogSummary(Struct, frozen=True, kw_only=True):
    """What the log is, and what it cannot show.

    ``undecided`` are requests of which it does not say whether they were allowed;
    ``blind_spots`` say it in words.
    """

    events: int
    requests: int
    undecided: int
    first: str
    last: str
    blind_spots: tuple[str, ...]


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
    unnamed:
        Requests whose names were not kept, for there were too many of their sort: they stand
        without them, as if they were for any name.
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
    unnamed: int = 0

    @property
    def blind_spots(self) -> tuple[str, ...]:
        """What the log cannot show, in words, where nothing tells by which Policy it is kept."""
        return (
            *self._own_blind_spots(reads=True),
            "what the audit policy leaves out, and what happens more seldom than the log is long",
            _CHECKS,
        )

    def blind_spots_by(self, policy: Iterable[str]) -> tuple[str, ...]:
        """Return what the log cannot show, where words tell what its Policy leaves out."""
        seldom = "what happens more seldom than the log is long"
        return (*self._own_blind_spots(reads=False), *policy, seldom, _CHECKS)

    def summary(self, policy: Iterable[str] | None = None) -> LogSummary:
        """Return what it is in short; words tell what its Policy leaves out, if that is known."""
        return LogSummary(
            events=self.events,
            requests=self.requests,
            undecided=self.undecided,
            first=self.first,
            last=self.last,
            blind_spots=self.blind_spots if policy is None else self.blind_spots_by(policy),
        )

    def _own_blind_spots(self, *, reads: bool) -> tuple[str, ...]:
        allowed = [call.request for caller in self.callers for call in caller.allowed]
        found = []
        if self.undecided:
            requests = "request" if self.undecided == 1 else "requests"
            found.append(
                f"the outcome of {self.undecided:,} {requests}: the responses are not in the log"
            )
        if self.unnamed:
            found.append(f"the names of {self.unnamed:,} requests, of which the log has too many")
        if reads and allowed and not any(request.verb in _READS for request in allowed):
            found.append("reads: there are none, so the audit policy may leave them out")
        if allowed and "ResponseStarted" not in self.stages:
            found.append("watches that ended after the log: it has no stage ResponseStarted")
        proven = {call.request for caller in self.callers for call in caller.beside}
        if any(
            r.verb == "get"
            and r.subresource in _STREAMS
            and replace(r, verb="create") not in proven
            for r in allowed
        ):
            found.append(
                "create on exec, attach and portforward by WebSocket, which is needed beside get"
                " since Kubernetes 1.35"
            )
        return tuple(found)


def no_events(paths: Iterable[object]) -> InputError:
    """Return the error of logs without events: they would show that nothing is used."""
    return InputError(
        f"{', '.join(map(str, paths))}: no audit events found",
        advice="rbacgraph reads events of audit.k8s.io/v1, as the API server logs them",
    )
