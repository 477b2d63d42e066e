"""The fields of roles, groups and entities that decide something; all others are left out.

A field that is not here is never kept, so that no secret of a dump can be.
"""

import json
import re
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
        "enforcement_level",
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
        "auth_method_accessors",
        "auth_method_types",
        "bound_audiences",
        "bound_cidrs",
        "bound_service_account_names",
        "bound_service_account_namespaces",
        "disallowed_policies",
        "disallowed_policies_glob",
        "group_ids",
        "identity_entity_ids",
        "identity_group_ids",
        "inherited_group_ids",
        "direct_group_ids",
        "member_entity_ids",
        "member_group_ids",
        "parent_group_ids",
        "paths",
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


_ENGINES = frozenset(
    {
        "allowed_kubernetes_namespaces",
        "allowed_kubernetes_namespace_selector",
        "kubernetes_host",
        "kubernetes_role_name",
        "kubernetes_role_type",
        "service_account_name",
    }
)
"""The fields of an engine for Kubernetes: those of other engines have the others' names too."""


class FieldTypeError(ValueError):
    """A field of an entry that decides something does not hold what the server writes there."""

    def __init__(self, field: str, value: object, expected: str) -> None:
        super().__init__(f"{field} is not {expected}")
        self._field, self._value = field, value

    def line_in(self, text: str) -> int:
        """Return the line of the field in JSON; 0 without a text."""
        for found in re.finditer(rf"{re.escape(json.dumps(self._field))}\s*:\s*", text):
            try:
                value, _ = json.JSONDecoder(strict=False).raw_decode(text, found.end())
            except ValueError:
                continue
            if value == self._value:
                return text.count("\n", 0, found.start()) + 1
        return 1 if text else 0


def kept_fields(data: Mapping[str, Any], *, engine: bool = False) -> dict[str, Field]:
    """Return the fields that decide something, in the types that they should have.

    ``engine``: whether the entry is of a secrets engine: others than Kubernetes have some of the
        names.
    Raises FieldTypeError if one has another type: without it, the entry would say something else.

    Examples
    --------
    >>> kept_fields({"token_policies": ["a"], "secret_id": "s.123", "orphan": True})
    {'token_policies': ('a',), 'orphan': True}
    >>> kept_fields({"kubernetes_host": "https://user:password@kube.example.com:6443"})
    {'kubernetes_host': 'https://kube.example.com:6443'}
    """
    kept: dict[str, Field] = {}
    for key, value in data.items():
        expected = _expected(key)
        if value is None or not expected:
            continue
        if not _fits(key, value):
            if not engine or key in _ENGINES:
                raise FieldTypeError(key, value, expected)
        elif key in _ADDRESSES:
            kept[key] = without_login(value)
        elif key == "aliases":
            kept[key] = _aliases(value)
            kept["alias_accounts"] = _accounts(value)
        elif key in _MAPS:
            kept[key] = {
                name: tuple(map(str, found)) if isinstance(found, list) else str(found)
                for name, found in value.items()
            }
        else:
            kept[key] = tuple(value) if isinstance(value, list) else value
    return kept


def _expected(key: str) -> str:
    """Return what a field should hold, in words; ``""`` for one that decides nothing."""
    if key in _LISTS:
        return "a list of names"
    if key in _TEXTS or key in _ADDRESSES:
        return "a text"
    if key in _SWITCHES:
        return "true or false"
    if key in _MAPS:
        return "an object of names and values"
    return "a list of objects" if key == "aliases" else ""


def _fits(key: str, value: object) -> bool:
    if key in _LISTS:
        listed = isinstance(value, list) and all(isinstance(one, str) for one in value)
        return listed or isinstance(value, str)
    if key in _MAPS:
        return isinstance(value, dict) and all(
            isinstance(found, str | int | list) for found in value.values()
        )
    if key == "aliases":
        return isinstance(value, list) and all(isinstance(one, dict) for one in value)
    return isinstance(value, bool if key in _SWITCHES else str)


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
