"""Combines what must stay allowed, from a log and from statements."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from rbacgraph.advice.needs.stated_needs import Understood, understand
from rbacgraph.authz.subjects import AUTHENTICATED, implied_groups
from rbacgraph.model.inputs.audit import AuditLog, Caller
from rbacgraph.model.inputs.diagnostic import Diagnostic
from rbacgraph.model.inputs.need_evidence import How, NeedEvidence
from rbacgraph.model.inputs.rbac_write import RbacWrite, written_by
from rbacgraph.model.inputs.required_requests import Needed, Needing, Needs, ServerChecks, Stated
from rbacgraph.model.inputs.snapshot import CustomResource
from rbacgraph.model.request import Request

_LOG = NeedEvidence.of(How.LOG)

_Identity = tuple[str, tuple[str, ...]]
"""A user, and all its groups."""


class _Seen(NamedTuple):
    """The evidence for one request of an identity."""

    times: int = 0
    last: str = ""
    evidence: NeedEvidence = NeedEvidence()
    instead: tuple[Request, ...] = ()


_Found = dict[_Identity, dict[Request, _Seen]]


class _Asked:
    """The further checks of servers for each identity."""

    def __init__(self) -> None:
        self.writes: dict[_Identity, dict[RbacWrite, None]] = defaultdict(dict)
        self.checks: dict[_Identity, dict[Request, None]] = defaultdict(dict)

    def add_caller(self, caller: Caller, own: tuple[str, ...]) -> None:
        """Add what a log shows of one user."""
        for call in caller.beside:
            groups = _groups_then(caller.user, call.borrowed, own)
            self.checks[caller.user, groups][call.request] = None
        for passed in caller.passed:
            groups = _groups_then(caller.user, passed.borrowed, own)
            self.writes[caller.user, groups][replace(passed.write, evidence=_LOG)] = None

    def result(self) -> Iterator[ServerChecks]:
        """Yield the checks, by identity."""
        for user, groups in sorted(self.writes.keys() | self.checks.keys()):
            yield ServerChecks(
                user=user,
                groups=groups,
                writes=tuple(self.writes.get((user, groups), ())),
                checks=tuple(self.checks.get((user, groups), ())),
            )


def needs_of(
    log: AuditLog | None,
    stated: Iterable[Stated] = (),
    *,
    groups: Mapping[str, tuple[str, ...]] | None = None,
    source: str = "",
    custom_resources: Iterable[CustomResource] = (),
    diagnostics: Iterable[Diagnostic] = (),
) -> Needs:
    """Return what must stay allowed, once for each identity and request.

    ``log``: the log: allowed requests are needed; denied ones are not.
    ``groups``: further groups of users, which the log need not show.
    ``source``: the principal of statements that name none, as a person writes it.
    ``custom_resources``: the resources of the cluster: statements may name them without their API
        group.

    Examples
    --------
    >>> from rbacgraph.model.kubernetes.rbac import PolicyRule
    >>> rule = PolicyRule(("get",), None, ("secrets",), ("db",))
    >>> needs = needs_of(None, [Stated(rule=rule, file="need.txt", line=1)], source="sa:shop/ci")
    >>> needs.needing[0].user, needs.needing[0].needs[0].request.namespace
    ('system:serviceaccount:shop:ci', 'shop')
    """
    groups, stated = groups or {}, tuple(stated)
    found: _Found = {}
    beside = _Asked()
    own: dict[str, tuple[str, ...]] = {}
    for caller in log.callers if log else ():
        own[caller.user] = _all_groups(caller.user, (*caller.groups, *groups.get(caller.user, ())))
        _add_caller(found, caller, own[caller.user])
        beside.add_caller(caller, own[caller.user])
    said: list[Diagnostic] = []
    for one in understand(stated, source, tuple(custom_resources)):
        if isinstance(one, Diagnostic):
            said.append(one)
            continue
        known = own.get(one.user) or _all_groups(one.user, groups.get(one.user, ()))
        members = known if one.user else tuple(sorted(one.groups))
        _add_stated(found, one, members)
        for request in one.requests:
            for write in written_by(request, one.evidence):
                beside.writes[one.user, members][write] = None
    return Needs(
        needing=tuple(
            Needing(user=user, groups=members, needs=tuple(_needed(found[user, members])))
            for user, members in sorted(found)
        ),
        beside=tuple(beside.result()),
        log=log,
        stated=tuple(dict.fromkeys(one.file for one in stated)),
        diagnostics=(*(log.diagnostics if log else ()), *diagnostics, *dict.fromkeys(said)),
    )


def _all_groups(user: str, more: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({*implied_groups(user), *more}))


def _add_caller(found: _Found, caller: Caller, own: tuple[str, ...]) -> None:
    """Add what a log shows of one user."""
    checked = {request for act in caller.impersonations for request in act.checked}
    for call in caller.allowed:
        if call.borrowed is not None or call.request not in checked:
            requests = found.setdefault(
                (caller.user, _groups_then(caller.user, call.borrowed, own)), {}
            )
            _add(requests, call.request, call.count, call.last)
    requests = found.setdefault((caller.user, own), {}) if caller.impersonations else {}
    hard = frozenset(requests)  # constrained impersonation failed for these
    for act in caller.impersonations:
        for request in act.legacy:
            _add(requests, request, act.count, act.last)
            if request not in hard:
                enough = dict.fromkeys((*requests[request].instead, *act.checked))
                requests[request] = requests[request]._replace(instead=tuple(enough))
        for request in act.checked if hard.issuperset(act.legacy) else ():
            _add(requests, request, 0, act.last)
            requests[request] = requests[request]._replace(instead=act.legacy)


def _groups_then(
    user: str, borrowed: tuple[str, ...] | None, own: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the groups that a user had in its requests."""
    if borrowed is None:
        return own
    if not borrowed:
        return _all_groups(user, ())
    return tuple(sorted({*borrowed, AUTHENTICATED}))


def _add(requests: dict[Request, _Seen], request: Request, count: int, last: str) -> None:
    """Count requests of the log."""
    seen = requests.get(request, _Seen())
    requests[request] = seen._replace(
        times=seen.times + count, last=max(seen.last, last), evidence=_LOG
    )


def _add_stated(found: _Found, said: Understood, members: tuple[str, ...], /) -> None:
    """Add a statement."""
    requests = found.setdefault((said.user, members), {})
    for request in said.requests:
        seen = requests.get(request, _Seen())
        requests[request] = seen._replace(evidence=seen.evidence | said.evidence)


def _needed(requests: Mapping[Request, _Seen]) -> Iterator[Needed]:
    for request, seen in sorted(requests.items(), key=_order):
        yield Needed(
            request=request,
            evidence=seen.evidence,
            count=seen.times,
            last=seen.last,
            instead=seen.instead,
        )


def _order(item: tuple[Request, _Seen]) -> tuple[str, ...]:
    r, _ = item
    return (r.path or "", r.group, r.resource, r.subresource, r.namespace, r.name, r.verb)
