"""Answers whether a user may do something."""

from collections.abc import Callable, Collection, Iterator
from typing import TypedDict, Unpack

from msgspec.structs import replace

from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.match import ALL, Request
from rbacgraph.authz.questions.api_resources import ApiResource, ResourceTarget, resolve_resource
from rbacgraph.authz.questions.unseen_grants import decided
from rbacgraph.errors import UsageError
from rbacgraph.model.answers.decision import Decision
from rbacgraph.model.kubernetes.rbac import AnyRole

_CONSTRAINED_IMPERSONATION = "impersonate:"
Beyond = Callable[[Request, str, Collection[str]], Decision | None]
"""Returns another authorizer's decision for a request, a user and the groups."""

Server = Callable[[Decision, Request, str, Collection[str]], Decision]
"""Returns the server's own decision where the input does not decide."""

_BY_NAME = frozenset({"get", "update", "patch", "delete"})


class Attributes(TypedDict, total=False):
    """What identifies a request beside its verb and resource: see :func:`request_for`."""

    group: str | None
    subresource: str
    namespace: str
    name: str
    path: str | None


def can_i(
    authorizer: Authorizer,
    verb: str,
    resource: str | None = None,
    *,
    user: str,
    groups: Collection[str] | None = None,
    beyond: Beyond | None = None,
    server: Server | None = None,
    **attributes: Unpack[Attributes],
) -> Decision:
    """Decide whether a user may do something, as the API server would.

    ``user``: the username; that of a ServiceAccount is ``system:serviceaccount:NAMESPACE:NAME``.
    ``groups``: None implies ``system:authenticated`` (``system:unauthenticated`` for
        ``system:anonymous``), the groups of a ServiceAccount, and the groups that the caller's list
        gives the user. A collection is taken literally, even an empty one.
    ``beyond``: the authorizer that follows RBAC, if there is one; None is its "no opinion".
    ``server``: the server to ask if the answer is unknown, if there is one.
    The answer has the binding and rule that allow it, or what was checked and what is missing.
    """
    request, notes = request_for(authorizer, verb, resource, **attributes)
    held = authorizer.groups_of(user, groups)
    decision = decided(authorizer, request, user, held)
    if beyond is not None and not decision:
        decision = beyond(request, user, held) or decision
    if decision.unknown and server is not None:
        decision = server(decision, request, user, held)
    if not notes:
        return decision
    return replace(decision, reason=f"{decision.reason} ({'; '.join(notes)})")


def request_for(
    authorizer: Authorizer,
    verb: str,
    resource: str | None = None,
    *,
    group: str | None = None,
    subresource: str = "",
    namespace: str = "",
    name: str = "",
    path: str | None = None,
) -> tuple[Request, tuple[str, ...]]:
    """Turn a written question into the attributes of a request.

    ``verb``, ``subresource``, ``namespace``, ``name``: literal. A ``get``, ``update``, ``patch`` or
        ``delete`` of ``namespaces`` by name and without a namespace becomes the real request: its
        namespace is that name.
    ``resource``: ``RESOURCE[.GROUP][/NAME]`` or ``/path``, as in ``kubectl auth can-i``. A NAME
        that a known subresource has is an error, since rules write a subresource so: it is given
        apart.
    ``group``: None finds the group of a known resource; any other value is literal, and so is
        ``resource`` then. ``""`` is the core group.
    ``path``: a non-resource path, instead of a resource.
    Returns other possible meanings; empty if the group is given.
    """
    if path is None and resource is not None and resource.startswith("/") and group is None:
        resource, path = None, resource
    if (resource is None) == (path is None):
        raise UsageError("ask about a resource or a path", advice="one of the two, not both")
    if resource is None:
        return Request(verb, path=path), ()
    wanted = group
    if group is None and "." not in resource and verb.startswith(_CONSTRAINED_IMPERSONATION):
        wanted = "authentication.k8s.io"
    target = _resolve(authorizer, resource, wanted)
    found = target.resource
    if target.name and name and target.name != name:
        raise UsageError(f"two names: {target.name!r} and {name!r}", advice="give one of them")
    if target.name in found.subresources and not (name or subresource):
        raise _unclear(resource, found)
    request = Request(
        verb,
        found.group,
        found.resource,
        subresource or target.subresource,
        namespace,
        name or target.name,
    )
    return _as_sent(request), tuple(_notes(request, found)) if group is None else ()


def _as_sent(request: Request) -> Request:
    """Return a request for a Namespace by name with that namespace, as in its URL.

    Source: ``NewRequestInfo`` in kubernetes
    ``staging/src/k8s.io/apiserver/pkg/endpoints/request/requestinfo.go``.
    """
    is_namespace = (request.group, request.resource) == ("", "namespaces")
    if is_namespace and request.name and not request.namespace and request.verb in _BY_NAME:
        return replace(request, namespace=request.name)
    return request


def _notes(request: Request, resource: ApiResource) -> Iterator[str]:
    if resource.namespaced is False and request.namespace and request.resource != "namespaces":
        yield f"{resource.full_name} is not namespaced: no real request for it has a namespace"


def _unclear(text: str, resource: ApiResource) -> UsageError:
    """Return the error for a name that is called as a subresource: rules and kubectl disagree."""
    written, _, name = text.partition("/")
    return UsageError(
        f"{text} may be the subresource {name}, or a {resource.kind} called {name}",
        advice=f"write {written} --subresource {name}, or {written} {name} for a {resource.kind} of"
        f' that name; in Python subresource="{name}" or name="{name}"',
    )


def _resolve(authorizer: Authorizer, text: str, group: str | None) -> ResourceTarget:
    """Find the resource; if nothing defines it, the error lists groups of rules that name it."""
    try:
        return resolve_resource(text, group, authorizer.snapshot.custom_resources)
    except UsageError as error:
        resource = text.partition("/")[0]
        groups = sorted(_groups_in_roles(authorizer, resource))
        if not groups:
            raise
        named = " or ".join(f"{resource}.{name}" for name in groups)
        raise UsageError(error.message, advice=f"roles of the input name {named}") from None


def _groups_in_roles(authorizer: Authorizer, resource: str) -> set[str]:
    snapshot = authorizer.snapshot
    roles: tuple[AnyRole, ...] = (*snapshot.cluster_roles, *snapshot.roles)
    return {
        group
        for role in roles
        for rule in role.rules or ()
        if resource in (rule.resources or ())
        for group in rule.api_groups or ()
        if group not in {"", ALL}
    }
