"""Finds what a server refuses as invalid, before or after it checks the writer.

Errors have the server's form: ``subjects[0].namespace: Required value``.

Source: kubernetes ``pkg/apis/rbac/validation/validation.go``, defaults of
``pkg/apis/rbac/v1/defaults.go``.
"""

import re
from collections.abc import Iterator

from rbacgraph.authz.kubernetes_words import quote
from rbacgraph.model.kubernetes.rbac import (
    RBAC_GROUP,
    AnyBinding,
    AnyRole,
    ClusterRole,
    PolicyRule,
    Role,
    RoleBinding,
    Subject,
)

_DNS_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
_DNS_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_DNS_LABELS = re.compile(rf"{_DNS_LABEL}(\.{_DNS_LABEL})*")


def validate(obj: AnyRole | AnyBinding) -> tuple[str, ...]:
    """Return what makes a role or binding invalid; empty if it is valid."""
    if isinstance(obj, Role | ClusterRole):
        return (*_name(obj.metadata.name, "metadata.name"), *_role(obj))
    return (*_name(obj.metadata.name, "metadata.name"), *_binding(obj))


def invalid_message(obj: AnyRole | AnyBinding, errors: tuple[str, ...]) -> str:
    """Return a server's refusal of an invalid object (HTTP 422)."""
    kind = f"{type(obj).__name__}.{RBAC_GROUP}"
    details = errors[0] if len(errors) == 1 else f"[{', '.join(errors)}]"
    return f"{kind} {quote(obj.metadata.name)} is invalid: {details}"


def _role(role: AnyRole) -> Iterator[str]:
    for index, rule in enumerate(role.rules or ()):
        yield from _rule(rule, f"rules[{index}]", namespaced=isinstance(role, Role))
    if isinstance(role, ClusterRole) and role.aggregation_rule is not None:
        path = "aggregationRule.clusterRoleSelectors"
        if not role.aggregation_rule.cluster_role_selectors:
            yield _required(
                path,
                "at least one clusterRoleSelector required if aggregationRule is non-nil",
            )


def _rule(rule: PolicyRule, path: str, *, namespaced: bool) -> Iterator[str]:
    if not rule.verbs:
        yield _required(f"{path}.verbs", "verbs must contain at least one value")
    if rule.non_resource_urls:
        urls = "[" + ",".join(quote(url) for url in rule.non_resource_urls) + "]"
        where = f"{path}.nonResourceURLs: Invalid value: {urls}"
        if namespaced:
            yield f"{where}: namespaced rules cannot apply to non-resource URLs"
        if rule.api_groups or rule.resources or rule.resource_names:
            yield f"{where}: rules cannot apply to both regular resources and non-resource URLs"
        return
    if not rule.api_groups:
        yield _required(f"{path}.apiGroups", "resource rules must supply at least one api group")
    if not rule.resources:
        yield _required(f"{path}.resources", "resource rules must supply at least one resource")


def _binding(binding: AnyBinding) -> Iterator[str]:
    ref, namespaced = binding.role_ref, isinstance(binding, RoleBinding)
    if ref.api_group not in {"", RBAC_GROUP}:
        yield _unsupported("roleRef.apiGroup", ref.api_group, RBAC_GROUP)
    kinds = ("Role", "ClusterRole") if namespaced else ("ClusterRole",)
    if ref.kind not in kinds:
        yield _unsupported("roleRef.kind", ref.kind, *kinds)
    yield from _name(ref.name, "roleRef.name")
    for index, subject in enumerate(binding.subjects or ()):
        yield from _subject(subject, f"subjects[{index}]", namespaced=namespaced)


def _subject(subject: Subject, path: str, *, namespaced: bool) -> Iterator[str]:
    if not subject.name:
        yield _required(f"{path}.name")
    if subject.kind == "ServiceAccount":
        yield from _service_account(subject, path, namespaced=namespaced)
    elif subject.kind in {"User", "Group"}:
        if subject.api_group not in {"", RBAC_GROUP}:
            yield _unsupported(f"{path}.apiGroup", subject.api_group, RBAC_GROUP)
    else:
        yield _unsupported(f"{path}.kind", subject.kind, "ServiceAccount", "User", "Group")


def _service_account(subject: Subject, path: str, *, namespaced: bool) -> Iterator[str]:
    name = subject.name
    if name and not (_DNS_SUBDOMAIN.fullmatch(name) and _DNS_LABELS.fullmatch(name)):
        yield f"{path}.name: Invalid value: {quote(name)}: not the name of a ServiceAccount"
    if subject.api_group:
        yield _unsupported(f"{path}.apiGroup", subject.api_group, "")
    if not namespaced and not subject.namespace:
        yield _required(f"{path}.namespace")


def _name(name: str, path: str) -> Iterator[str]:
    """Yield errors of a role's or binding's name: any path segment, with colons and capitals."""
    if not name:
        yield _required(path)
    elif name in {".", ".."}:
        yield f"{path}: Invalid value: {quote(name)}: may not be '{name}'"
    else:
        for character in ("/", "%"):
            if character in name:
                yield f"{path}: Invalid value: {quote(name)}: may not contain '{character}'"


def _required(path: str, detail: str = "") -> str:
    return f"{path}: Required value: {detail}" if detail else f"{path}: Required value"


def _unsupported(path: str, value: str, *supported: str) -> str:
    values = ", ".join(quote(entry) for entry in supported)
    return f"{path}: Unsupported value: {quote(value)}: supported values: {values}"
