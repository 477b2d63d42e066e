"""Decides whether a rule allows a request: one predicate per field, exactly as the server.

Comparison is exact and case-sensitive. The only wildcards are ``*`` alone, ``*/SUBRESOURCE``
and a trailing ``*`` on a non-resource URL.

Source: kubernetes ``pkg/apis/rbac/v1/evaluation_helpers.go`` and ``RuleAllows`` in
``plugin/pkg/auth/authorizer/rbac/rbac.go``.
"""

from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.model.request import Request

__all__ = [
    "ALL",
    "Request",
    "api_group_matches",
    "non_resource_url_matches",
    "resource_matches",
    "resource_name_matches",
    "rule_allows",
    "verb_matches",
]

ALL = "*"


def verb_matches(rule: PolicyRule, verb: str) -> bool:
    """Whether the rule holds the verb itself or ``*``, which covers every verb."""
    verbs = rule.verbs or ()
    return verb in verbs or ALL in verbs


def api_group_matches(rule: PolicyRule, group: str) -> bool:
    """Whether the rule holds the API group or ``*``; an empty list matches nothing."""
    groups = rule.api_groups or ()
    return group in groups or ALL in groups


def resource_matches(rule: PolicyRule, resource: str, subresource: str = "") -> bool:
    """Whether the rule holds ``resource[/subresource]``, ``*``, or ``*/subresource``.

    ``pods`` does not hold ``pods/exec``; ``pods/*`` and ``*/*`` are not wildcards.
    """
    resources = rule.resources
    if not resources:
        return False
    if ALL in resources:
        return True
    if not subresource:
        return resource in resources
    return f"{resource}/{subresource}" in resources or f"*/{subresource}" in resources


def resource_name_matches(rule: PolicyRule, name: str) -> bool:
    """Whether the rule has no names, or exactly this one.

    ``*`` is a name like any other, and a request without a name has the empty name.
    """
    names = rule.resource_names
    return not names or name in names


def non_resource_url_matches(rule: PolicyRule, path: str) -> bool:
    """Whether the rule holds the path, ``*``, or a prefix of it that ends in ``*``."""
    return any(
        url == path or (url.endswith(ALL) and path.startswith(url.rstrip(ALL)))
        for url in rule.non_resource_urls or ()
    )


def rule_allows(rule: PolicyRule, request: Request) -> bool:
    """Whether this one rule allows the request: all of its fields must match.

    Examples
    --------
    >>> rule = PolicyRule(verbs=("get",), api_groups=("",), resources=("secrets",))
    >>> rule_allows(rule, Request("get", resource="secrets", namespace="shop", name="db"))
    True
    >>> rule_allows(rule, Request("list", resource="secrets", namespace="shop"))
    False
    """
    if not verb_matches(rule, request.verb):
        return False
    if request.path is not None:
        return non_resource_url_matches(rule, request.path)
    return (
        api_group_matches(rule, request.group)
        and resource_matches(rule, request.resource, request.subresource)
        and resource_name_matches(rule, request.name)
    )
