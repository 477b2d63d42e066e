"""Combines what must stay allowed, from a log and from statements."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from msgspec.structs import replace

from rbacgraph.authz.match import ALL
from rbacgraph.authz.questions.api_resources import (
    STANDARD_VERBS,
    ApiResource,
    known_resources,
    resolve_resource,
)
from rbacgraph.authz.questions.known_resources import Known, is_served, known_entries
from rbacgraph.authz.subjects import AUTHENTICATED, implied_groups
from rbacgraph.errors import UsageError
from rbacgraph.model.did_you_mean import did_you_mean, near
from rbacgraph.model.inputs.audit import UNSEEN_VERBS, AuditLog, Caller
from rbacgraph.model.inputs.diagnostic import Diagnostic
from rbacgraph.model.inputs.need_evidence import How, NeedEvidence
from rbacgraph.model.inputs.rbac_write import RbacWrite, written_by
from rbacgraph.model.inputs.required_requests import Needed, Needing, Needs, ServerChecks, Stated
from rbacgraph.model.inputs.snapshot import CustomResource
from rbacgraph.model.node import GROUP, PRINCIPALS, SERVICE_ACCOUNT, Node, is_label
from rbacgraph.model.principal import parse_principal
from rbacgraph.model.request import VERBS_OF_WORDS, Request
from rbacgraph.query.rights.log_callers import groups_of_members, user_of

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


_CHECKED_BESIDE = {"nodes", "certificatesigningrequests.certificates.k8s.io"}
"""Resources with subresources that authorization checks and no server serves."""


_BESIDE = {"bind", "use"}
"""Verbs that are checked in the namespace of a binding or a Pod, not of the resource."""


class Understood(NamedTuple):
    """The requests of a statement; for members of a group the user is ``""``."""

    user: str
    groups: tuple[str, ...]
    requests: tuple[Request, ...]
    evidence: NeedEvidence


class _What(NamedTuple):
    """A resource of a statement, literally, and what is known about it."""

    group: str
    resource: str
    subresource: str
    namespaced: bool | None


def understand(
    stated: Iterable[Stated], source: str, custom: Sequence[CustomResource]
) -> Iterator[Understood | Diagnostic]:
    """Yield what statements mean, or why they mean nothing."""
    doubts = Doubts(custom)
    for one in stated:
        try:
            node = _principal(one.principal or source)
            requests = tuple(dict.fromkeys(_requests(one, node, custom)))
        except UsageError as error:
            advice = error.advice or "it was left out"
            yield Diagnostic(one.file, one.line, "bad-need", error.message, advice, "error")
        else:
            yield from doubts.of(one)
            user = "" if node[0] == GROUP else user_of(node)
            groups = groups_of_members(node[2]) if node[0] == GROUP else ()
            evidence = NeedEvidence.of(How.STATED, f"{one.file}:{one.line}")
            yield Understood(user, groups, requests, evidence)


def _principal(text: str) -> Node:
    if not text:
        raise UsageError(
            "nobody is named who needs it",
            advice="write sa:NS/NAME, user:NAME or group:NAME before the verbs, or give --for",
        )
    node = parse_principal(text)
    if node[0] not in PRINCIPALS:
        raise UsageError(f"{text!r} has no rights", advice="write sa:NS/NAME, user: or group:")
    return node


def _requests(one: Stated, node: Node, custom: Sequence[CustomResource]) -> Iterator[Request]:
    rule = one.rule
    for url in rule.non_resource_urls or ():
        if one.namespace:
            raise UsageError(f"{url} is in no namespace", advice="a ClusterRoleBinding gives it")
        for verb in rule.verbs or ():
            yield Request(verb, path=url)
    for what in _resources(one, custom):
        for name in rule.resource_names or ("",):
            for verb in rule.verbs or ():
                nameless = name and is_nameless(verb, what.subresource)
                if nameless and is_literal(one) and verb != "create":
                    continue  # it allows nothing
                carried = "" if nameless and not is_literal(one) else name
                beside = verb in _BESIDE and one.namespace
                namespace = beside or _namespace(what, one.namespace, carried, node)
                if namespace and not is_label(namespace):
                    raise UsageError(f"no namespace can be called {namespace!r}")
                yield Request(verb, *what[:3], namespace, carried)


def _resources(one: Stated, custom: Sequence[CustomResource]) -> Iterator[_What]:
    for text in one.rule.resources or ():
        resource, _, subresource = text.partition("/")
        for group in (None,) if one.rule.api_groups is None else one.rule.api_groups:
            found = resolve_resource(resource, group, custom).resource
            if group is None and subresource:
                _check_subresource(found, subresource)
            yield _What(found.group, found.resource, subresource, found.namespaced)


def _check_subresource(found: ApiResource, subresource: str) -> None:
    """Refuse a name where a subresource belongs: an easy slip, and never meant."""
    checked = found.full_name in _CHECKED_BESIDE or found not in known_resources()
    if not checked and subresource not in found.subresources:
        raise UsageError(
            f"{found.full_name} have no subresource {subresource!r}",
            advice=f"a name stands by itself: {found.full_name} {subresource}",
        )


def _namespace(what: _What, said: str | None, name: str, node: Node) -> str:
    """Return the namespace of a request; one for ``namespaces/NAME`` carries NAME."""
    if (what.group, what.resource) == ("", "namespaces"):
        return name
    if what.namespaced is False:
        if said:
            text = ApiResource(what.group, what.resource).full_name
            raise UsageError(
                f"{text} are in no namespace", advice="a ClusterRoleBinding gives rights on them"
            )
        return ""
    if said is not None:
        return said
    if node[0] == SERVICE_ACCOUNT:
        return node[1]
    raise UsageError("no namespace is named", advice="write -n NAMESPACE, or -A for all of them")


# Finds statements of needs that may not mean what their author meant.

_VERBS = (*STANDARD_VERBS, *sorted(UNSEEN_VERBS), "impersonate", ALL)
_URL_VERBS = ("delete", "get", "head", "options", "patch", "post", "put", ALL)
_WORDS = {**VERBS_OF_WORDS, "head": ("get",), "post": ("create",), "put": ("update",)}
"""Verbs for objects, by the words and HTTP methods that people confuse with them."""

_ALIKE = 0.6
"""The required similarity of two verbs: they are short, and two letters are easily swapped."""

_NAMELESS = {"create", "deletecollection"}
"""Verbs whose requests carry no name, except on subresources and by server-side apply."""

_SELECTED = {"list", "watch"}
"""Verbs whose requests carry a name only with a field selector for it."""


def is_literal(one: Stated) -> bool:
    """Whether it is a PolicyRule, to be read as a server does, rather than a line."""
    return one.rule.api_groups is not None


def is_nameless(verb: str, subresource: str) -> bool:
    """Whether requests of a verb carry no name."""
    return verb in _NAMELESS and not subresource


class Doubts:
    """Finds doubts about statements."""

    def __init__(self, custom: Sequence[CustomResource]) -> None:
        self._custom = custom

    @cached_property
    def _known(self) -> Known:
        return known_entries(self._custom)

    def of(self, one: Stated) -> Iterator[Diagnostic]:
        """Yield the doubts about a statement."""
        for verb in one.rule.verbs or ():
            url = bool(one.rule.non_resource_urls)
            if odd := _odd_verb(verb, url=url):
                message = f"{verb!r} is not a verb that Kubernetes uses{' of URLs' * url}"
                yield Diagnostic(one.file, one.line, "odd-verb", message, odd)
        yield from self._unknown(one)
        names = [name for name in one.rule.resource_names or () if name]
        for verb in one.rule.verbs or () if names else ():
            if any(is_nameless(verb, text.partition("/")[2]) for text in one.rule.resources or ()):
                yield _no_name(one, verb)
            elif verb in _SELECTED:
                yield Diagnostic(
                    *(one.file, one.line, "name-of-a-list"),
                    f"a request to {verb} carries a name only by a field selector",
                    f"allowed is {verb} with metadata.name={names[0]}; state it without names"
                    " where that is not what is sent",
                    "note",
                )

    def _unknown(self, one: Stated) -> Iterator[Diagnostic]:
        """Yield doubts about resources that an API group is not known to have."""
        for text in one.rule.resources or ():
            for group, base in self._named(one, text.partition("/")[0]):
                if is_served(self._known, group, base):
                    continue
                own = [known for known in self._known[group] if "/" not in known]
                meant = did_you_mean(near(base, own)) or "it was taken as it stands"
                place = f"API group {group}" if group else "the core API group"
                message = f"no {base!r} is known in {place}"
                yield Diagnostic(one.file, one.line, "odd-resource", message, meant)

    def _named(self, one: Stated, text: str) -> Iterator[tuple[str, str]]:
        """Yield the API groups that a statement gives for a resource, with its name there."""
        if is_literal(one):
            yield from ((group, text) for group in one.rule.api_groups or ())
        elif "." in text:  # else it was found, by any of its names
            found = resolve_resource(text, custom_resources=self._custom).resource
            yield found.group, found.resource


def _odd_verb(verb: str, *, url: bool) -> str:
    """Return what may have been meant by an odd verb; ``""`` for a usual one."""
    known = _URL_VERBS if url else _VERBS
    if verb in known or verb.startswith(("impersonate:", "impersonate-on:")):
        return ""
    said = ", ".join(() if url else _WORDS.get(verb.lower(), ()))
    meant = did_you_mean([said] if said else near(verb, known, cutoff=_ALIKE))
    return meant or "it was taken as it stands"


def _no_name(one: Stated, verb: str) -> Diagnostic:
    if not is_literal(one):
        message = f"a request to {verb} carries no name"
        return Diagnostic(one.file, one.line, "no-name", message, "it was taken without one")
    if verb == "create":
        return Diagnostic(
            *(one.file, one.line, "no-name", "a POST carries no name: the rule does not allow it"),
            "it was taken as what it allows: to create by server-side apply or by an update",
        )
    return Diagnostic(
        *(one.file, one.line, "no-name"),
        f"a request to {verb} carries no name: the rule allows nothing",
        "it was left out; state it without names where it is needed",
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
