"""Prints rules, bindings and requests as Kubernetes does.

Source: kubernetes ``plugin/pkg/auth/authorizer/rbac/rbac.go``,
``staging/src/k8s.io/apiserver/pkg/endpoints/handlers/responsewriters/errors.go`` and
``pkg/apis/rbac/v1/helpers.go`` (``CompactString``).
"""

import json
from collections.abc import Iterable

from rbacgraph.authz.match import ALL, Request
from rbacgraph.model.kubernetes.rbac import AnyBinding, PolicyRule, RoleBinding, Subject


def quote(text: str) -> str:
    """Quote a name as Go's ``%q`` does."""
    return json.dumps(text, ensure_ascii=False)


def describe_subject(subject: Subject, binding_namespace: str) -> str:
    """Describe a subject: ``ServiceAccount "ci/shop"``."""
    name = subject.name
    if subject.kind == "ServiceAccount":
        name += f"/{subject.namespace or binding_namespace}"
    return f"{subject.kind} {quote(name)}"


def describe_grant(binding: AnyBinding, subject: Subject) -> str:
    """Describe a binding: ``RoleBinding "b/shop" of Role "r" to User "alice"``."""
    kind, name = "ClusterRoleBinding", binding.metadata.name
    if isinstance(binding, RoleBinding):
        kind, name = "RoleBinding", f"{name}/{binding.metadata.namespace}"
    to = describe_subject(subject, binding.metadata.namespace)
    return f"{kind} {quote(name)} of {binding.role_ref.kind} {quote(binding.role_ref.name)} to {to}"


def describe_denial(request: Request, user: str) -> str:
    """Describe a refusal: ``User "bob" cannot get resource "secrets" in API group …``."""
    subject = f"User {quote(user)} cannot {request.verb}"
    if request.path is not None:
        return f"{subject} path {quote(request.path)}"
    text = f"{subject} resource {quote(request.full_resource)} in API group {quote(request.group)}"
    if request.namespace:
        return f"{text} in the namespace {quote(request.namespace)}"
    return f"{text} at the cluster scope"


def describe_rule(rule: PolicyRule, request: Request | None = None) -> str:
    """Describe a rule in words, with only the resources that the request needs.

    Examples
    --------
    >>> describe_rule(PolicyRule(verbs=("get", "list"), api_groups=("",), resources=("secrets",)))
    'get, list on secrets'
    >>> describe_rule(
    ...     PolicyRule(
    ...         verbs=("patch",), api_groups=("apps",), resources=("*",), resource_names=("web",)
    ...     )
    ... )
    'patch on *.apps named web'
    """
    verbs = ", ".join(rule.verbs or ())
    if rule.non_resource_urls:
        return f"{verbs} on {', '.join(rule.non_resource_urls)}"
    resources = _only(rule.resources, _resource_entries(request))
    groups = _only(rule.api_groups, None if request is None else {request.group, ALL})
    things = ", ".join(f"{r}.{g}" if g else r for g in groups for r in resources)
    names = _only(
        rule.resource_names,
        {request.name} if request is not None and request.name else None,
    )
    named = f" named {', '.join(name or quote(name) for name in names)}" if names else ""
    return f"{verbs} on {things}{named}"


def _resource_entries(request: Request | None) -> set[str] | None:
    if request is None:
        return None
    return {ALL, request.full_resource, f"*/{request.subresource}"}


def _only(entries: tuple[str, ...] | None, wanted: set[str] | None) -> list[str]:
    kept = [entry for entry in entries or () if wanted is None or entry in wanted]
    return kept or list(entries or ())


def compact_string(rule: PolicyRule) -> str:
    """Format a rule as the server does in a refusal.

    Examples
    --------
    >>> compact_string(PolicyRule(verbs=("get",), api_groups=("",), resources=("secrets",)))
    '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}'
    """
    fields = (
        ("APIGroups", rule.api_groups),
        ("Resources", rule.resources),
        ("NonResourceURLs", rule.non_resource_urls),
        ("ResourceNames", rule.resource_names),
        ("Verbs", rule.verbs),
    )
    return "{" + ", ".join(f"{key}:{quoted_list(value)}" for key, value in fields if value) + "}"


def quoted_list(values: Iterable[str]) -> str:
    """Format strings as Go's ``%q`` formats a slice: ``["a" "b"]``."""
    return "[" + " ".join(quote(value) for value in values) + "]"
