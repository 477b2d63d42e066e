"""What one audit event says that authorization was asked, and what it answered.

Source: kubernetes ``staging/src/k8s.io/apiserver/pkg/audit/request.go``,
``pkg/endpoints/filters/impersonation/`` and ``pkg/endpoints/handlers/patch.go`` there.
"""

from collections.abc import Iterator
from typing import NamedTuple

from rbacgraph.model.node import NODE_USER, SERVICE_ACCOUNT, user_node
from rbacgraph.sources.audit_wire import Event, ImpersonatedInfo, ObjectRef

_FORBIDDEN, _UNAUTHORIZED, _CREATED = 403, 401, 201
_AUTHENTICATION = "authentication.k8s.io"
_AUTHENTICATED = "system:authenticated"
_PREFIX = "impersonate:"
_NAMELESS = frozenset({"create", "deletecollection"})
_MAKERS = frozenset({"patch", "update"})
_NODE_MODES = {"associated-node", "arbitrary-node"}


class Asked(NamedTuple):
    """One question to the authorizer, and its answer."""

    user: str
    allowed: bool
    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str | None = None


def is_allowed(event: Event) -> bool | None:
    """Say whether authorization let a request pass; None where nothing tells.

    Where the annotation is missing, 403 may be admission's as well: it is taken for
    authorization's, so that nothing counts as needed that was never allowed.
    """
    decision = event.annotations.decision if event.annotations else ""
    if decision:
        return decision == "allow"
    code = event.response_status.code if event.response_status else 0
    return code not in (_UNAUTHORIZED, _FORBIDDEN) if code else None


def asked(event: Event, *, allowed: bool) -> Iterator[Asked]:
    """Yield what authorization was asked for the sake of one request."""
    user, other = event.user, event.impersonated_user
    if user is None or not (user.username or other):
        return
    request = _request(event, other.username if other else user.username, allowed=allowed)
    yield request
    if other is not None:
        metadata = event.authentication_metadata
        constraint = metadata.impersonation_constraint if metadata else ""
        yield from _impersonation(user.username, other, request, constraint)
    if allowed and _makes(event, request):
        yield request._replace(verb="create")


def _makes(event: Event, request: Asked) -> bool:
    """Whether a patch (server-side apply) or an update made its object: create is asked too."""
    code = event.response_status.code if event.response_status else 0
    own = request.path is None and not request.subresource
    return code == _CREATED and own and request.verb in _MAKERS


def _request(event: Event, user: str, *, allowed: bool) -> Asked:
    ref, verb = event.object_ref, event.verb
    if ref is None or not ref.resource:
        return Asked(user, allowed, verb, path=event.request_uri.partition("?")[0])
    name, namespace = ref.name, ref.namespace
    if verb in _NAMELESS and not ref.subresource:
        name, namespace = "", _namespace(event, ref)
    return Asked(user, allowed, verb, ref.api_group, ref.resource, ref.subresource, namespace, name)


def _namespace(event: Event, ref: ObjectRef) -> str:
    """Return the namespace of the URL: the log may have taken another from the body."""
    return ref.namespace if "/namespaces/" in event.request_uri.partition("?")[0] else ""


def _impersonation(
    user: str, other: ImpersonatedInfo, request: Asked, constraint: str
) -> Iterator[Asked]:
    """Yield what was asked so that one user may be another.

    The log tells who it was in the end, not which headers were sent: groups that follow from
    the username count as not asked for. Constrained impersonation needs a right on the
    request too.
    """
    mode = constraint.removeprefix(_PREFIX)
    verb = f"{_PREFIX}{mode}" if mode else "impersonate"
    group = _AUTHENTICATION if mode else ""
    kind, namespace, name = user_node(other.username)
    if mode in _NODE_MODES:
        name = "*" if mode == "associated-node" else other.username.removeprefix(NODE_USER)
        yield Asked(user, True, verb, group, "nodes", name=name)
    elif kind == SERVICE_ACCOUNT:
        yield Asked(user, True, verb, group, "serviceaccounts", "", namespace, name)
    else:
        yield Asked(user, True, verb, group, "users", name=other.username)
    if mode in ("", "user-info"):
        for name in _asked_groups(other):
            yield Asked(user, True, verb, group, "groups", name=name)
        if other.uid:
            yield Asked(user, True, verb, _AUTHENTICATION, "uids", name=other.uid)
        for key, values in (other.extra or {}).items():
            for value in values:
                yield Asked(user, True, verb, _AUTHENTICATION, "userextras", key, name=value)
    if mode:
        yield request._replace(
            user=user, allowed=True, verb=f"impersonate-on:{mode}:{request.verb}"
        )


def _asked_groups(other: ImpersonatedInfo) -> tuple[str, ...]:
    """Groups that a header must have asked for."""
    groups = other.groups or ()
    kind, namespace, _ = user_node(other.username)
    if kind == SERVICE_ACCOUNT:
        implied = {"system:serviceaccounts", f"system:serviceaccounts:{namespace}", _AUTHENTICATED}
        if implied == set(groups):
            return ()
    unauthenticated = other.username == "system:anonymous" and groups == ("system:unauthenticated",)
    return () if unauthenticated else tuple(g for g in groups if g != _AUTHENTICATED)
