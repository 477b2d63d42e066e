"""Resolves statements of needs: their principals and requests."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rbacgraph.advice.needs.stated_doubts import Doubts, is_literal, is_nameless
from rbacgraph.authz.questions.api_resources import ApiResource, known_resources, resolve_resource
from rbacgraph.errors import UsageError
from rbacgraph.model.inputs.diagnostic import Diagnostic
from rbacgraph.model.inputs.need_evidence import How, NeedEvidence
from rbacgraph.model.inputs.required_requests import Stated
from rbacgraph.model.inputs.snapshot import CustomResource
from rbacgraph.model.node import GROUP, PRINCIPALS, SERVICE_ACCOUNT, Node, is_label
from rbacgraph.model.principal import parse_principal
from rbacgraph.model.request import Request
from rbacgraph.query.rights.log_callers import groups_of_members, user_of

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
    """Yield what statements mean, or why they mean nothing.

    ``source``: the principal of statements that name none.
    """
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
