"""Reads from an audit event which authorization checks were made, and their answers.

Source: kubernetes ``staging/src/k8s.io/apiserver/pkg/audit/request.go``,
``pkg/endpoints/filters/impersonation/`` and ``pkg/endpoints/handlers/patch.go`` there.
"""

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

from rbacgraph.model.node import NODE_USER, SERVICE_ACCOUNT, user_node
from rbacgraph.sources.audit.wire import Event, ImpersonatedInfo, ObjectRef

_FORBIDDEN, _UNAUTHORIZED, _CREATED = 403, 401, 201
_AUTHENTICATION = "authentication.k8s.io"
_AUTHENTICATED = "system:authenticated"
_PREFIX = "impersonate:"
_NAMELESS = frozenset({"create", "deletecollection"})
_MAKERS = frozenset({"patch", "update"})
_PREFIXES = frozenset({"api", "apis"})
_OF_NAMESPACES = frozenset({"status", "finalize"})
_NODE_MODES = {"associated-node", "arbitrary-node"}


class AuthorizationCheck(NamedTuple):
    """One authorization check, and its answer."""

    user: str
    allowed: bool
    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str | None = None
    borrowed: tuple[str, ...] | None = None


class ActingChecks(NamedTuple):
    """How constrained impersonation let a user act as another: see ``model.audit``."""

    user: str
    checked: tuple[AuthorizationCheck, ...]
    legacy: tuple[AuthorizationCheck, ...]


def is_allowed(event: Event) -> bool | None:
    """Return whether authorization allowed a request; None if the log does not show it.

    Without the annotation, a 403 may come from admission: rbacgraph takes it for authorization's,
    so that no request counts as needed that was never allowed.
    """
    decision = event.annotations.decision if event.annotations else ""
    if decision:
        return decision == "allow"
    code = event.response_status.code if event.response_status else 0
    return code not in (_UNAUTHORIZED, _FORBIDDEN) if code else None


def asked_alone(event: Event, allowed: bool) -> tuple[object, ...] | None:
    """Return the check of a request with exactly one check; None if it may have more.

    Most requests have one. The tuple equals what :func:`asked` yields, and is quick to make.
    """
    ref, verb, user = event.object_ref, event.verb, event.user
    if ref is None or user is None or event.impersonated_user is not None or verb in _NAMELESS:
        return None
    if verb in _MAKERS and (status := event.response_status) and status.code == _CREATED:
        return None
    resource = ref.resource
    if not (resource and user.username):
        return None
    return (
        *(user.username, allowed, verb, ref.api_group, resource, ref.subresource),
        *(ref.namespace, ref.name, None, None),
    )


def asked(event: Event, *, allowed: bool) -> Iterator[AuthorizationCheck]:
    """Yield the authorization checks of one request."""
    user, other = event.user, event.impersonated_user
    if user is None or not (user.username or other):
        return
    request = _request(event, other.username if other else user.username, allowed=allowed)
    yield request
    if other is not None:
        yield from _impersonation(user.username, other, request, _mode(event))
    if allowed and _makes(event, request):
        yield request._replace(verb="create")


def acting(event: Event) -> ActingChecks | None:
    """Return how constrained impersonation allowed a request, if another right may as well.

    In mode ``node`` only constrained impersonation gives these groups: no header asks for them.
    """
    user, other, mode = event.user, event.impersonated_user, _mode(event)
    if user is None or other is None or not mode or mode in _NODE_MODES:
        return None
    request = _request(event, other.username, allowed=True)
    checked = tuple(_impersonation(user.username, other, request, mode))
    return ActingChecks(
        user.username, checked, tuple(_impersonation(user.username, other, request, ""))
    )


def _mode(event: Event) -> str:
    """Return the mode of constrained impersonation; ``""`` if the request used none."""
    metadata = event.authentication_metadata
    return metadata.impersonation_constraint.removeprefix(_PREFIX) if metadata else ""


def _makes(event: Event, request: AuthorizationCheck) -> bool:
    """Whether a patch (server-side apply) or an update created its object: needs ``create`` too."""
    code = event.response_status.code if event.response_status else 0
    own = request.path is None and not request.subresource
    return code == _CREATED and own and request.verb in _MAKERS


def _request(event: Event, user: str, *, allowed: bool) -> AuthorizationCheck:
    ref, verb, other = event.object_ref, event.verb, event.impersonated_user
    borrowed = None if other is None else _asked_groups(other)
    if ref is None or not ref.resource:
        path = unquote(event.request_uri.partition("?")[0])
        ref = ref_of(path)
        if ref is None:
            return AuthorizationCheck(user, allowed, verb, path=path, borrowed=borrowed)
    name, namespace = ref.name, ref.namespace
    if verb in _NAMELESS and not ref.subresource:
        name, namespace = "", _namespace(event, ref)
    return AuthorizationCheck(
        *(user, allowed, verb, ref.api_group, ref.resource, ref.subresource, namespace, name),
        borrowed=borrowed,
    )


def ref_of(path: str) -> ObjectRef | None:
    """Return the object of a URL, parsed as the API server does; None if it is only a path.

    Every request for a resource has an ``objectRef``, but a log forwarder may drop it.

    Source: kubernetes ``staging/src/k8s.io/apiserver/pkg/endpoints/request/requestinfo.go``.

    Examples
    --------
    >>> ref_of("/apis/apps/v1/namespaces/shop/deployments/web/scale")
    ObjectRef(resource='deployments', subresource='scale', namespace='shop', name='web', \
api_group='apps')
    """
    prefix, *parts = path.strip("/").split("/")
    group = parts.pop(0) if prefix == "apis" and parts else ""
    if prefix not in _PREFIXES or len(parts) < 2:  # noqa: PLR2004 - version and resource
        return None
    parts = parts[1:]
    if parts[0] == "watch":
        parts = parts[1:]
    namespace = ""
    if parts[:1] == ["namespaces"] and len(parts) > 1:
        namespace = parts[1]
        if len(parts) > 2 and parts[2] not in _OF_NAMESPACES:  # noqa: PLR2004
            parts = parts[2:]
    resource, name, subresource = (*parts[:3], "", "", "")[:3]
    return ObjectRef(resource, subresource, namespace, name, group) if resource else None


def _namespace(event: Event, ref: ObjectRef) -> str:
    """Return the namespace of the URL: the log may show another one, from the body."""
    url = event.request_uri.partition("?")[0]
    return ref.namespace if "/namespaces/" in url or not url else ""


def _impersonation(
    user: str, other: ImpersonatedInfo, request: AuthorizationCheck, mode: str
) -> Iterator[AuthorizationCheck]:
    """Yield the checks that allowed one user to act as another.

    The log shows the resulting identity, not the headers: groups that follow from the username do
    not count as asked for. Constrained impersonation needs a right on the request too.
    """
    verb = f"{_PREFIX}{mode}" if mode else "impersonate"
    group = _AUTHENTICATION if mode else ""
    kind, namespace, name = user_node(other.username)
    if mode in _NODE_MODES:
        name = "*" if mode == "associated-node" else other.username.removeprefix(NODE_USER)
        yield AuthorizationCheck(user, True, verb, group, "nodes", name=name)
    elif kind == SERVICE_ACCOUNT:
        yield AuthorizationCheck(user, True, verb, group, "serviceaccounts", "", namespace, name)
    else:
        yield AuthorizationCheck(user, True, verb, group, "users", name=other.username)
    if mode in ("", "user-info"):
        for name in _asked_groups(other):
            yield AuthorizationCheck(user, True, verb, group, "groups", name=name)
        if other.uid:
            yield AuthorizationCheck(user, True, verb, _AUTHENTICATION, "uids", name=other.uid)
        for key, values in (other.extra or {}).items():
            for value in values:
                yield AuthorizationCheck(
                    user, True, verb, _AUTHENTICATION, "userextras", key, name=value
                )
    if mode:
        verb = f"impersonate-on:{mode}:{request.verb}"
        yield request._replace(user=user, allowed=True, verb=verb, borrowed=None)


def _asked_groups(other: ImpersonatedInfo) -> tuple[str, ...]:
    """Return the groups that a header must have asked for."""
    groups = other.groups or ()
    kind, namespace, _ = user_node(other.username)
    if kind == SERVICE_ACCOUNT:
        implied = {"system:serviceaccounts", f"system:serviceaccounts:{namespace}", _AUTHENTICATED}
        if implied == set(groups):
            return ()
    unauthenticated = other.username == "system:anonymous" and groups == ("system:unauthenticated",)
    return () if unauthenticated else tuple(sorted({g for g in groups if g != _AUTHENTICATED}))
