"""The fields of roles, groups and entities that decide something; all others are left out.

A field that is not here is never kept, so that no secret of a dump can be.
"""

from collections.abc import Mapping
from typing import Any

from rbacgraph.model.stores.vault_dump import Field
from rbacgraph.sources.external.addresses import without_login

_ADDRESSES = frozenset({"jwks_url", "kubernetes_host", "oidc_discovery_url"})
"""Where the server asks, and may log in. An issuer is a name, which each token shows."""

_TEXTS = frozenset(
    {
        "alias_name_source",
        "allowed_kubernetes_namespace_selector",
        "audience",
        "bound_claims_type",
        "bound_issuer",
        "bound_service_account_namespace_selector",
        "bound_subject",
        "id",
        "issuer",
        "kubernetes_role_name",
        "kubernetes_role_type",
        "name",
        "role_type",
        "service_account_name",
        "token_type",
        "type",
        "user_claim",
    }
)
_LISTS = frozenset(
    {
        "allowed_kubernetes_namespaces",
        "allowed_policies",
        "allowed_policies_glob",
        "bound_audiences",
        "bound_cidrs",
        "bound_service_account_names",
        "bound_service_account_namespaces",
        "disallowed_policies",
        "disallowed_policies_glob",
        "group_ids",
        "inherited_group_ids",
        "direct_group_ids",
        "member_entity_ids",
        "member_group_ids",
        "parent_group_ids",
        "policies",
        "secret_id_bound_cidrs",
        "token_bound_cidrs",
        "token_policies",
    }
)
_SWITCHES = frozenset(
    {
        "bind_secret_id",
        "disable_iss_validation",
        "disabled",
        "orphan",
        "token_no_default_policy",
        "user_claim_json_pointer",
    }
)
_MAPS = frozenset({"bound_claims", "claim_mappings", "metadata"})


def kept_fields(data: Mapping[str, Any]) -> dict[str, Field]:
    """Return the fields that decide something, in the types that they should have.

    Examples
    --------
    >>> kept_fields({"token_policies": ["a"], "secret_id": "s.123", "orphan": True})
    {'token_policies': ('a',), 'orphan': True}
    >>> kept_fields({"kubernetes_host": "https://user:password@kube.example.com:6443"})
    {'kubernetes_host': 'https://kube.example.com:6443'}
    """
    kept: dict[str, Field] = {}
    for key, value in data.items():
        if key in _TEXTS and isinstance(value, str):
            kept[key] = value
        elif key in _ADDRESSES and isinstance(value, str):
            kept[key] = without_login(value)
        elif key in _LISTS and isinstance(value, (str, list)):
            kept[key] = value if isinstance(value, str) else tuple(map(str, value))
        elif key in _SWITCHES and isinstance(value, bool):
            kept[key] = value
        elif key == "aliases" and isinstance(value, list):
            kept[key] = _aliases(value)
            kept["alias_accounts"] = _accounts(value)
        elif key in _MAPS and isinstance(value, Mapping):
            kept[key] = {
                str(name): tuple(map(str, found)) if isinstance(found, list) else str(found)
                for name, found in value.items()
                if isinstance(found, (str, int, list))
            }
    return kept


def _aliases(values: list[Any]) -> dict[str, str | tuple[str, ...]]:
    """Return the name of each alias by the accessor of its auth mount."""
    return {
        str(alias["mount_accessor"]): str(alias.get("name", ""))
        for alias in values
        if isinstance(alias, Mapping) and "mount_accessor" in alias
    }


def _accounts(values: list[Any]) -> dict[str, str | tuple[str, ...]]:
    """Return the ServiceAccount that logged in, as ``namespace/name``, by the same accessor."""
    found: dict[str, str | tuple[str, ...]] = {}
    for alias in values:
        metadata = alias.get("metadata") if isinstance(alias, Mapping) else None
        if isinstance(metadata, Mapping) and "service_account_name" in metadata:
            namespace = metadata.get("service_account_namespace", "")
            account = f"{namespace}/{metadata['service_account_name']}"
            found[str(alias.get("mount_accessor"))] = account
    return found
