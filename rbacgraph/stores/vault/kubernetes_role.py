"""Which ServiceAccounts a role of ``auth/kubernetes`` admits.

Source: ``path_login.go`` and ``path_role.go`` of ``hashicorp/vault-plugin-auth-kubernetes``; the
recorded logins in ``fixtures/stores/vault/kubernetes-auth.json``.
"""

from collections.abc import Iterable, Mapping

from rbacgraph.errors import UsageError
from rbacgraph.stores.vault.request_limits import glob_matches
from rbacgraph.stores.vault.role_fields import RoleData, address_fits, gives_tokens, texts

__all__ = ["admits", "names_admit", "namespaces_admit", "selector_labels"]


def admits(
    role: RoleData,
    *,
    namespace: str,
    serviceaccount: str,
    namespace_labels: Mapping[str, str] | None = None,
    audiences: Iterable[str] = (),
    remote_addr: str | None = None,
) -> bool:
    """Whether a ServiceAccount's token logs in to a role of ``auth/kubernetes``.

    Names and namespaces are independent of each other: each name is admitted in each namespace.

    ``role``: the role's data, as ``vault read -format=json auth/kubernetes/role/R`` gives it.
    ``namespace_labels``: the labels of that namespace, for a role that selects namespaces by them.
    ``remote_addr``: the client's address; without one it is taken to be in the networks that the
        role binds.
    Raises UsageError if the selector of namespaces cannot be read.

    Examples
    --------
    >>> role = {
    ...     "bound_service_account_names": ["app*"],
    ...     "bound_service_account_namespaces": ["prod"],
    ... }
    >>> admits(role, namespace="prod", serviceaccount="app-1")
    True
    >>> admits(role, namespace="dev", serviceaccount="app-1")
    False
    """
    audience = role.get("audience")
    return (
        gives_tokens(role)
        and (not audience or audience in set(audiences))
        and names_admit(role, serviceaccount)
        and namespaces_admit(role, namespace, namespace_labels or {})
        and address_fits(role, remote_addr)
    )


def names_admit(role: RoleData, name: str) -> bool:
    """Whether one of the role's names or globs matches a ServiceAccount's name."""
    names = texts(role, "bound_service_account_names")
    return any(glob_matches(pattern, name) for pattern in names)


def namespaces_admit(role: RoleData, namespace: str, labels: Mapping[str, str]) -> bool:
    """Whether the role's list matches a namespace, or its selector the namespace's labels."""
    names = texts(role, "bound_service_account_namespaces")
    if any(glob_matches(pattern, namespace) for pattern in names):
        return True
    selected = selector_labels(role)
    return selected is not None and selected.items() <= labels.items()


def selector_labels(role: RoleData) -> Mapping[str, str] | None:
    """Return the labels that a namespace needs, or ``None`` if the role has no selector.

    An empty selector matches every namespace.

    Raises UsageError if the text is no LabelSelector with ``matchLabels`` alone: the server refuses
        others.

    Examples
    --------
    >>> selector = '{"matchLabels": {"env": "prod"}}'
    >>> selector_labels({"bound_service_account_namespace_selector": selector})
    {'env': 'prod'}
    """
    text = role.get("bound_service_account_namespace_selector")
    if not text:
        return None
    import yaml

    refused = UsageError(
        "bound_service_account_namespace_selector is no LabelSelector that Vault accepts",
        advice="Vault accepts matchLabels alone, as JSON or YAML.",
    )
    try:
        selector = yaml.safe_load(str(text))
    except yaml.YAMLError:
        raise refused from None
    if not isinstance(selector, dict) or set(selector) - {"matchLabels"}:
        raise refused
    labels = selector.get("matchLabels") or {}
    if not isinstance(labels, dict):
        raise refused
    return {str(key): str(value) for key, value in labels.items()}
