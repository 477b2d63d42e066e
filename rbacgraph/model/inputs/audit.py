"""What an audit log shows: which requests each user sent, and how they were decided."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.errors import InputError
from rbacgraph.model.inputs.blind_spot import BlindSpot, Unseen
from rbacgraph.model.inputs.diagnostic import Diagnostic
from rbacgraph.model.inputs.rbac_write import RbacWrite
from rbacgraph.model.inputs.store_log import LoggedRead, StoreLog
from rbacgraph.model.request import Request

UNSEEN_VERBS = frozenset({"approve", "attest", "bind", "escalate", "sign", "use"})
"""Verbs that authorization checks within another request; no event names them."""

SINCE_STREAMS_NEED_CREATE = 1, 35
"""From this version on a WebSocket's ``get`` of a stream needs ``create`` as well."""

_CHECKS = Unseen.CHECKS(*sorted(UNSEEN_VERBS))
_READS = frozenset({"get", "list", "watch"})
_STREAMS = frozenset({"attach", "exec", "portforward"})


class Call(Struct, frozen=True, gc=False):
    """Requests of one kind.

    ``request``: the request as the authorizer saw it.
    ``count``: how many requests there were; each ``auditID`` counts once.
    ``last``: when the last one was received, as the log writes it.
    ``borrowed``: for impersonated requests: the groups that the headers asked for, which then
        replace all others. None where the user itself sent the request.
    """

    request: Request
    count: int
    last: str
    borrowed: tuple[str, ...] | None = None


class Passed(Struct, frozen=True, gc=False):
    """Writes of a role or binding that escalation prevention allowed, with their number.

    ``borrowed`` is as for :class:`Call`.
    """

    write: RbacWrite
    borrowed: tuple[str, ...] | None = None


class Impersonation(Struct, frozen=True, gc=False):
    """How constrained impersonation let one user act as another.

    ``checked``: the request that was checked and allowed.
    ``legacy``: the request that a server without it would check instead; granting it is enough too.
    ``count``: how many requests passed this way.
    ``last``: when the last one was received.
    """

    checked: tuple[Request, ...]
    legacy: tuple[Request, ...]
    count: int
    last: str


class Caller(Struct, frozen=True):
    """The requests of one user, allowed and denied ones, each in order.

    ``user``: the username; for impersonated requests the impersonated one.
    ``groups``: Groups that authentication gave the user at any time of the log.
    ``borrowed``: other groups that the user had only while impersonated.
    ``allowed``: requests that authorization allowed, whatever happened to them afterwards.
    ``denied``: requests that authorization denied.
    ``impersonations``: how the user acted as others, one of each kind; the checks are among
        ``allowed``.
    ``beside``: checks within requests that passed, where the log proves them: ``approve`` for a
        successful approval, and so on. The name ``""`` on ``signers`` means that the log lacks the
        name.
    ``passed``: the roles and bindings that the user wrote.
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

    ``undecided`` counts the requests whose decision the log lacks.
    """

    events: int
    requests: int
    undecided: int
    first: str
    last: str
    blind_spots: tuple[BlindSpot, ...]


class AuditLog(Struct, frozen=True, kw_only=True):
    """Audit logs, reduced to which user needs which requests.

    ``events``: the number of events read.
    ``requests``: the number of requests with a known decision.
    ``undecided``: the number of requests whose decision the log lacks.
    ``unnamed``: the number of requests whose names were dropped because there were too many of one
        kind; they appear without a name, as if for any name.
    ``first``, ``last``: when the first and the last request were received; ``""`` where the log
        lacks times.
    ``levels``, ``stages``: the number of events of each.
    ``callers``: the users of the log, by username.
    ``diagnostics``: what rbacgraph could not read, and why.
    ``stores``, ``store_log``: what logs of stores show, and what they are; these are no part of the
        other fields.
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
    stores: tuple[LoggedRead, ...] = ()
    store_log: StoreLog = StoreLog()

    @property
    def blind_spots(self) -> tuple[BlindSpot, ...]:
        """Return what the log cannot show, where its audit Policy is unknown."""
        return *self._own_blind_spots(reads=True), Unseen.RARE_OR_LEFT_OUT(), _CHECKS

    def blind_spots_by(self, policy: Iterable[BlindSpot]) -> tuple[BlindSpot, ...]:
        """Return what the log cannot show, given the blind spots of its audit Policy."""
        return *self._own_blind_spots(reads=False), *policy, Unseen.RARE(), _CHECKS

    def summary(self, policy: Iterable[BlindSpot] | None = None) -> LogSummary:
        """Return a summary of the log, with blind spots of its audit Policy if that is known."""
        return LogSummary(
            events=self.events,
            requests=self.requests,
            undecided=self.undecided,
            first=self.first,
            last=self.last,
            blind_spots=self.blind_spots if policy is None else self.blind_spots_by(policy),
        )

    def _own_blind_spots(self, *, reads: bool) -> Iterator[BlindSpot]:
        allowed = [call.request for caller in self.callers for call in caller.allowed]
        if self.undecided:
            yield Unseen.OUTCOMES(self.undecided)
        if self.unnamed:
            yield Unseen.NAMES(self.unnamed)
        if reads and allowed and not any(request.verb in _READS for request in allowed):
            yield Unseen.READS()
        if allowed and "ResponseStarted" not in self.stages:
            yield Unseen.ENDED_WATCHES()
        proven = {call.request for caller in self.callers for call in caller.beside}
        if any(
            r.verb == "get"
            and r.subresource in _STREAMS
            and replace(r, verb="create") not in proven
            for r in allowed
        ):
            yield Unseen.WEBSOCKETS()


def no_events(paths: Iterable[object]) -> InputError:
    """Return the error of logs without events: they would show that nothing is used."""
    return InputError(
        f"{', '.join(map(str, paths))}: no audit events found",
        advice="rbacgraph reads events of audit.k8s.io/v1, as the API server logs them",
    )
