"""Converts requests and rules into permissions, and back into rules."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from rbacgraph.authz.coverage import breakdown, covers
from rbacgraph.authz.match import ALL, rule_allows
from rbacgraph.model.changes.suggestion import Permission
from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.model.request import Request


def permission_for(request: Request, rules: Iterable[PolicyRule] = ()) -> Permission:
    """Return the smallest permission that allows a request.

    ``rules``: the rules that allow it today. If all of them have names, and one name is ``""``, the
        permission keeps that name: without a name it would allow more than they do.

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
    """Return the rule that allows a permission and nothing else."""
    if permission.path:
        return PolicyRule((permission.verb,), non_resource_urls=(permission.path,))
    names = None if permission.name is None else (permission.name,)
    return PolicyRule((permission.verb,), (permission.group,), (permission.resource,), names)


def permissions_of(rules: Iterable[PolicyRule]) -> Iterator[Permission]:
    """Yield the permissions of rules, each once."""
    return iter(dict.fromkeys(_permission(part) for rule in rules for part in breakdown(rule)))


def _permission(part: PolicyRule) -> Permission:
    (verb,) = part.verbs or ("",)
    if part.non_resource_urls:
        return Permission(verb=verb, path=part.non_resource_urls[0])
    (group,), (resource,) = part.api_groups or ("",), part.resources or ("",)
    name = part.resource_names[0] if part.resource_names else None
    return Permission(verb=verb, group=group, resource=resource, name=name)


def request_of(permission: Permission, namespace: str) -> Request:
    """Return a request that only this permission, or a wider one, allows."""
    if permission.path:
        return Request(permission.verb, path=permission.path)
    resource, _, subresource = permission.resource.partition("/")
    return Request(
        *(permission.verb, permission.group, resource, subresource, namespace),
        permission.name or "",
    )


class PermissionIndex:
    """Indexes permissions, to find those that allow a request."""

    def __init__(self, permissions: Iterable[Permission]) -> None:
        self._exact: dict[tuple[str, str, str], list[Permission]] = defaultdict(list)
        self._wide: list[Permission] = []
        for one in permissions:
            if one.path or ALL in {one.verb, one.group, one.resource.partition("/")[0]}:
                self._wide.append(one)
            else:
                self._exact[one.verb, one.group, one.resource].append(one)

    def covering(self, permission: Permission) -> Iterator[Permission]:
        """Yield the permissions that allow everything a permission allows, including itself."""
        group, resource = permission.group, permission.resource
        for one in self._exact.get((permission.verb, group, resource), ()):
            if one.name in {None, permission.name}:
                yield one
        for one in self._wide:
            if covers((rule_of(one),), (rule_of(permission),))[0]:
                yield one

    def allowing(self, request: Request) -> Iterator[Permission]:
        if request.path is None:
            for one in self._exact.get((request.verb, request.group, request.full_resource), ()):
                if one.name in {None, request.name}:
                    yield one
        for one in self._wide:
            if rule_allows(rule_of(one), request):
                yield one


def permission_order(one: Permission) -> tuple[str, ...]:
    """Return the sort key of a permission: the resource, its name, then the verb."""
    return one.path, one.group, one.resource, one.name or "", one.verb
