"""Reduces audit logs to who needs which permissions, in one pass and bounded memory."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from operator import attrgetter
from sys import intern

from msgspec import Raw
from msgspec.structs import replace

from rbacgraph.errors import UsageError
from rbacgraph.model.inputs.audit import AuditLog, Call, Caller, Impersonation, Passed
from rbacgraph.model.inputs.rbac_write import RbacWrite
from rbacgraph.model.inputs.store_log import StoreLog
from rbacgraph.model.request import Request
from rbacgraph.sources.audit.layouts import read_events
from rbacgraph.sources.audit.requests import (
    ActingChecks,
    AuthorizationCheck,
    acting,
    asked,
    asked_alone,
    is_allowed,
)
from rbacgraph.sources.audit.secondary_checks import beside, may_ask_more
from rbacgraph.sources.audit.stores.formats import StoreEvents
from rbacgraph.sources.audit.stores.reducer import StoreReducer
from rbacgraph.sources.audit.tally import Tally, TallyEntry
from rbacgraph.sources.audit.wire import Event
from rbacgraph.sources.diagnostics.file_problems import Reports
from rbacgraph.sources.diagnostics.problems import Problems
from rbacgraph.sources.files.locate import LOGS, Source, locate, report_unreadable
from rbacgraph.sources.files.streams import TooLarge, Window, byte_order_mark, opened


def _sort(one: AuthorizationCheck) -> AuthorizationCheck:
    """Return a check without its name, or without its path."""
    if one.path is not None:
        return one._replace(path="*")
    return one._replace(name="") if one.name else one


def _shared(one: AuthorizationCheck) -> AuthorizationCheck:
    """Return an equal check that shares its texts with others."""
    user, allowed, verb, group, resource, subresource, namespace, *rest = one
    texts = map(intern, (verb, group, resource, subresource, namespace))
    return AuthorizationCheck(intern(user), allowed, *texts, *rest)  # type: ignore[arg-type]


_REMEMBERED = 1 << 16
_MOST_WRITES = 10_000
"""The number of writes of one user and kind that are kept separately."""

_SNIFFED = 1 << 10
_SHAPE = attrgetter("level", "stage")
_RECEIVED, _STARTED = "RequestReceived", "ResponseStarted"


def read_audit(*sources: Source) -> AuditLog:
    """Read audit logs.

    ``*sources``: files, folders, globs, ``"-"`` for standard input, open binary files; also ``.gz``
        and ``.zst``. Events of ``audit.k8s.io/v1`` as JSON lines, as EventLists and webhook
        batches, as an array, or as CloudWatch exports those of EKS and Azure Monitor those of AKS.
    Returns the allowed and denied requests of each user. Each request counts once, whichever of its
        stages the log has; stages may be up to 65,536 requests apart. Of bodies it keeps the rules
        and the ``roleRef`` of written roles and bindings, and the names of signers. Memory does not
        grow with the log, except that a document of many lines is held as a whole.
    Raises InputError if a path does not exist or a glob matches nothing; UsageError if no source is
        named.
    """
    if not sources:
        raise UsageError("no audit log to read", advice="name a file or folder, or '-' for stdin")
    problems = Problems()
    report = Reports(problems)
    miner, stores = AuditReducer(), StoreReducer()
    files = locate(sources, problems, LOGS)
    if not files:
        names = ", ".join(str(source) for source in sources)
        advice = "name files themselves, or a glob in quotes"
        problems.add(
            "no-audit-events", "holds no file that is called as logs are", file=names, advice=advice
        )
    for found in files:
        report.begin(found.name)
        before = miner.events + stores.events
        try:
            with opened(found.source) as stream:
                for events in _events(Window(stream), report):
                    if isinstance(events, StoreEvents):
                        stores.take(events.events)
                    else:
                        miner.take(events)
        except OSError as error:
            report_unreadable(problems, found.name, error)
        except TooLarge:
            report.problem(0, "too-large", "has one line of several GiB", severity="error")
        if miner.events + stores.events == before:
            report.problem(0, "no-audit-events", "holds no audit event")
    return miner.result(problems, stores)


def _events(window: Window, report: Reports) -> Iterator[Sequence[Event] | StoreEvents]:
    window.fill()
    try:
        byte_order_mark(window)
    except UnicodeDecodeError:
        report.problem(1, "not-utf-8", "is not the UTF-16 that it says it is", severity="error")
        return
    if b"\0" in bytes(window.data[: min(window.end, _SNIFFED)]).partition(b"\n")[0]:
        message = "is a binary file"
        report.problem(0, "binary", message, "name logs of JSON; unpack archives", "error")
        return
    yield from read_events(window, report)
    if window.fault:
        message = f"cannot be read to its end: {window.fault}"
        report.problem(0, "unreadable", message, "what came before is kept", "error")


class AuditReducer:
    """Takes events in any order, and counts each request once, at its last stage."""

    def __init__(self) -> None:
        self._requests = 0
        self._undecided = 0
        self._first = self._last = ""
        self._shapes: Counter[tuple[str, str]] = Counter()
        self._allowed = Tally[AuthorizationCheck](_sort, _shared)
        self._denied = Tally[AuthorizationCheck](_sort, _shared)
        self._acting: dict[ActingChecks, TallyEntry] = {}
        self._asked_beside = Tally[AuthorizationCheck](_sort, _shared)
        self._passed: dict[tuple[str, Passed], None] = {}
        self._writes: Counter[tuple[str, str, str]] = Counter()
        self._groups: dict[str, dict[tuple[str, ...] | None, None]] = {}
        self._borrowed: dict[str, dict[tuple[str, ...] | None, None]] = {}
        self._pending: dict[int, Event | None] = {}
        self._counted: set[int] = set()
        self._counted_before: set[int] = set()

    @property
    def events(self) -> int:
        """The number of events taken."""
        return sum(self._shapes.values())

    def take(self, events: Sequence[Event]) -> None:
        """Take some events.

        Id, verb and URI together identify a request: a client chooses the id.
        """
        self._shapes.update(map(_SHAPE, events))
        pending = self._pending
        for event in events:
            key = hash((event.audit_id, event.verb, event.request_uri))
            if key in self._counted or key in self._counted_before:
                continue
            stage = event.stage
            if stage == _RECEIVED:
                pending.setdefault(key, None)
            elif stage == _STARTED:
                pending[key] = _apart(event)
            else:
                pending.pop(key, None)
                self._count(key, event)
            if len(pending) > _REMEMBERED:
                for oldest in list(islice(pending, len(pending) // 2)):  # one by one is slow
                    self._give_up(oldest, pending.pop(oldest))

    def _give_up(self, key: int, event: Event | None) -> None:
        """Count a request whose last stage is not in the log."""
        if event is None:
            self._undecided += 1
        else:
            self._count(key, event)

    def _count(self, key: int, event: Event) -> None:
        self._counted.add(key)
        if len(self._counted) > _REMEMBERED:
            self._counted_before, self._counted = self._counted, set()
        time = _time(event.request_received_timestamp)
        self._last = max(self._last, time)
        if time and (time < self._first or not self._first):
            self._first = time
        allowed = is_allowed(event)
        if allowed is None:
            self._undecided += 1
            return
        self._requests += 1
        user = event.user
        if user is not None:
            self._groups.setdefault(user.username, {})[user.groups] = None
        if allowed and may_ask_more(event):
            self._add_beside(event, time)
        tally = self._allowed if allowed else self._denied
        alone = asked_alone(event, allowed)
        entry = tally.get(alone) if alone else None
        if entry is not None:
            entry.add(time)
            return
        for one in asked(event, allowed=allowed):
            (self._allowed if one.allowed else self._denied).add(one, time)
        other = event.impersonated_user
        if other is not None:
            self._borrowed.setdefault(other.username, {})[other.groups] = None
            act = acting(event)
            if act is not None:
                self._acting.setdefault(act, TallyEntry()).add(time)

    def _add_beside(self, event: Event, time: str) -> None:
        """Add the further checks that a request proves."""
        request = next(asked(event, allowed=True), None)
        if request is None:
            return
        for one in beside(event, request):
            if one.asked is not None:
                self._asked_beside.add(one.asked, time)
            if (write := one.write) is not None:
                sort = request.user, write.verb, write.kind
                if self._writes[sort] >= _MOST_WRITES:
                    write = RbacWrite(
                        verb=write.verb,
                        kind=write.kind,
                        namespace=write.namespace,
                    )
                passed = request.user, Passed(write, request.borrowed)
                if passed not in self._passed:
                    self._passed[passed] = None
                    self._writes[sort] += 1

    def result(self, problems: Problems, stores: StoreReducer) -> AuditLog:
        """Return the audit log, with the requests that still wait for their last stage."""
        for key, event in self._pending.items():
            self._give_up(key, event)
        self._pending = {}
        levels: Counter[str] = Counter()
        stages: Counter[str] = Counter()
        for (level, stage), number in self._shapes.items():
            levels[level] += number
            stages[stage] += number
        return AuditLog(
            events=self.events,
            requests=self._requests,
            undecided=self._undecided,
            unnamed=self._allowed.unnamed + self._denied.unnamed,
            first=self._first,
            last=self._last,
            levels=dict(sorted(levels.items())),
            stages=dict(sorted(stages.items())),
            callers=tuple(self._callers()),
            diagnostics=problems.result(),
            stores=stores.result(),
            store_log=StoreLog(events=stores.events, first=stores.first, last=stores.last),
        )

    def _callers(self) -> Iterator[Caller]:
        allowed, denied = _by_user(self._allowed), _by_user(self._denied)
        others = _by_user(self._asked_beside)
        passed: dict[str, list[Passed]] = {}
        for user, one in self._passed:
            passed.setdefault(user, []).append(one)
        acts: dict[str, list[Impersonation]] = {}
        for (user, checked, legacy), entry in self._acting.items():
            ways = tuple(map(_request, checked)), tuple(map(_request, legacy))
            acts.setdefault(user, []).append(Impersonation(*ways, entry.count, entry.last))
        for user in sorted(allowed.keys() | denied.keys()):
            groups = _union(self._groups.get(user, {}))
            borrowed = _union(self._borrowed.get(user, {}))
            yield Caller(
                user,
                tuple(groups),
                tuple(group for group in borrowed if group not in groups),
                tuple(allowed.get(user, ())),
                tuple(denied.get(user, ())),
                tuple(sorted(acts.get(user, ()), key=_act_order)),
                tuple(others.get(user, ())),
                tuple(sorted(passed.get(user, ()), key=repr)),
            )


def _apart(event: Event) -> Event:
    """Return an event without its source text, so that it can wait for its last stage."""
    if event.request_object or event.response_object:
        return replace(event, request_object=Raw(), response_object=Raw())
    return event


def _time(text: str) -> str:
    """Return a timestamp; ``""`` for a text that is none."""
    return text if text[4:5] == "-" and text[:4].isdigit() else ""


def _by_user(tally: Tally[AuthorizationCheck]) -> dict[str, list[Call]]:
    found: dict[str, list[Call]] = {}
    for one, entry in tally.items():
        call = Call(_request(one), entry.count, entry.last, one.borrowed)
        found.setdefault(one.user, []).append(call)
    for calls in found.values():
        calls.sort(key=_order)
    return found


def _request(one: AuthorizationCheck) -> Request:
    return Request(
        one.verb, one.group, one.resource, one.subresource, one.namespace, one.name, one.path
    )


def _order(call: Call) -> tuple[object, ...]:
    r, own = call.request, call.borrowed is None
    place = (r.path or "", r.group, r.resource, r.subresource, r.namespace, r.name, r.verb)
    return (*place, not own, call.borrowed or ())


def _act_order(act: Impersonation) -> tuple[object, ...]:
    return tuple(map(repr, act.checked))


def _union(sets: dict[tuple[str, ...] | None, None]) -> list[str]:
    return sorted({group for groups in sets for group in groups or ()})
