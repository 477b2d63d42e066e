"""Finds the rules that allow what must stay allowed.

A request is allowed by each rule that a principal holds through each binding, and through each
subject of it. It stays allowed while one of these supports stays.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rbacgraph.advice.edits.rule_sources import RuleSources
from rbacgraph.advice.planning.plan import AllowedRequests, requests_for
from rbacgraph.authz.authorizer import HeldRule
from rbacgraph.authz.match import Request, rule_allows
from rbacgraph.authz.subjects import MASTERS, matches, username_of
from rbacgraph.facts.world import Facts
from rbacgraph.model.changes.statement import Say, Statement
from rbacgraph.model.inputs.need_evidence import How, NeedEvidence
from rbacgraph.model.inputs.required_requests import Needing
from rbacgraph.model.kubernetes.rbac import AnyRole, Subject
from rbacgraph.model.node import GROUP, Node, format_node
from rbacgraph.techniques.structure.member_of import closure, given_groups

_KEPT = NeedEvidence.of(How.KEPT)
_ON_SECRET = ("get", "list", "watch", "update", "patch", "delete")
_ON_SECRETS = ("list", "watch", "deletecollection")


class RequiredRequest(NamedTuple):
    """A request that must stay allowed to an identity.

    ``who``: the printed identity.
    ``user``, ``groups``: as the authorizer takes them.
    ``why``: the reason.
    """

    who: str
    user: str
    groups: tuple[str, ...]
    request: Request
    why: NeedEvidence


def statement_of(want: RequiredRequest) -> Statement:
    """State what may not be denied."""
    return Say.REQUEST_IS_NEEDED(want.who, want.request, want.why)


class Support(NamedTuple):
    """A rule through a subject of a binding.

    A rule of an aggregated ClusterRole is identified by its origin, if that is known.
    """

    held: HeldRule
    subject: Subject
    role: AnyRole
    rule: int


def direct_wants(
    world: Facts, kept: Iterable[Node], secrets: Iterable[tuple[str, str]]
) -> Iterator[RequiredRequest]:
    """Yield the requests on Secrets themselves that kept principals may make."""
    places = tuple(secrets)
    given = given_groups(world)
    for node in kept:
        groups = [part[2] for part in closure(world, node, given) if part[0] == GROUP]
        user = username_of(node)
        if node[0] == GROUP:
            groups.insert(0, node[2])
        requests = [
            request
            for namespace, name in places
            for request in (
                *(Request(verb, "", "secrets", "", namespace, name) for verb in _ON_SECRET),
                *(Request(verb, "", "secrets", "", namespace) for verb in _ON_SECRETS),
            )
        ]
        for request in dict.fromkeys(requests):
            yield RequiredRequest(format_node(node), user, tuple(groups), request, _KEPT)


def needed_wants(needing: Iterable[Needing], rights: AllowedRequests) -> Iterator[RequiredRequest]:
    """Yield the needed requests."""
    for one in needing:
        who = one.user or ", ".join(one.groups)
        for needed in one.needs:
            for request in requests_for(one, needed, rights):
                yield RequiredRequest(who, one.user, one.groups, request, needed.evidence)


def supported(
    world: Facts, sources: RuleSources, wants: Iterable[RequiredRequest]
) -> Iterator[tuple[RequiredRequest, Sequence[Support]]]:
    """Yield what must stay and is allowed today, with everything that allows it."""
    for want in dict.fromkeys(wants):
        if MASTERS in want.groups:
            continue
        found = []
        for held in world.authorizer.rules_for(want.user, want.groups, want.request.namespace):
            if rule_allows(held.rule, want.request):
                own = held.role, held.rule_index
                places = list(sources.sources(*own)) or [own]
                subjects = matches(held.binding, want.user, want.groups)
                found += [Support(held, subject, *p) for subject in subjects for p in places]
        if found:
            yield want, _sure(world, found)


def _sure(world: Facts, supports: Sequence[Support]) -> Sequence[Support]:
    """Return the supports that exist in every version; all of them if there is none."""
    versions = world.authorizer.versions
    if not versions.several:
        return supports
    held = ((support, support.held) for support in supports)
    sure = [one for one, h in held if not versions.doubt(h.binding, h.role, h.rule_index)]
    return sure or supports
