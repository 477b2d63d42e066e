"""Permissions: from requests and rules, and back to rules."""

from collections.abc import Iterable, Iterator

from rbacgraph.authz.cover import breakdown
from rbacgraph.model.rbac import PolicyRule
from rbacgraph.model.request import Request
from rbacgraph.model.suggestion import Permission


def permission_for(request: Request, rules: Iterable[PolicyRule] = ()) -> Permission:
    """Return the smallest permission that allows a request.

    Parameters
    ----------
    request:
        The request.
    rules:
        Those that allow it today. Where all of them have names, one of which is ``""``, that
        name is kept: without names it would be more than they give.

    Examples
    --------
    >>> permission_for(Request("get", resource="secrets", namespace="shop", name="db"))
    Permission(verb='get', group='', resource='secrets', name='db', path='')
    """
    if request.path is not None:
        return Permission(verb=request.verb, path=request.path)
    named = not request.name and all(rule.resource_names for rule in rules) and any(rules)
    return Permission(
        verb=request.verb,
        group=request.group,
        resource=request.full_resource,
        name=request.name if request.name or named else None,
    )


def rule_of(permission: Permission) -> PolicyRule:
    """Return the rule that gives a permission and nothing else."""
    if permission.path:
        return PolicyRule((permission.verb,), non_resource_urls=(permission.path,))
    names = None if permission.name is None else (permission.name,)
    return PolicyRule((permission.verb,), (permission.group,), (permission.resource,), names)


def permissions_of(rules: Iterable[PolicyRule]) -> Iterator[Permission]:
    """Yield the permissions that rules are made of, each once."""
    return iter(dict.fromkeys(_permission(part) for rule in rules for part in breakdown(rule)))


def _permission(part: PolicyRule) -> Permission:
    (verb,) = part.verbs or ("",)
    if part.non_resource_urls:
        return Permission(verb=verb, path=part.non_resource_urls[0])
    (group,), (resource,) = part.api_groups or ("",), part.resources or ("",)
    name = part.resource_names[0] if part.resource_names else None
    return Permission(verb=verb, group=group, resource=resource, name=name)


def request_of(permission: Permission, namespace: str) -> Request:
    """Return the request that only a permission like this, or a wider one, allows."""
    if permission.path:
        return Request(permission.verb, path=permission.path)
    resource, _, subresource = permission.resource.partition("/")
    return Request(
        *(permission.verb, permission.group, resource, subresource, namespace),
        permission.name or "",
    )
