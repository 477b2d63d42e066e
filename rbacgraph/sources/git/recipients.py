"""Reads recipients, as SOPS writes them into files and as its creation rules name them.

Sources: getsops/sops ``stores/stores.go``, ``config/config.go``, ``hcvault/keysource.go``,
``azkv/keysource.go``, ``kms/keysource.go``.
"""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from rbacgraph.model.stores.sops import KeyGroups, Recipient, RecipientKind
from rbacgraph.sources.external.addresses import key_vault, server
from rbacgraph.sources.external.loose import items, mapping, text

_AZURE_KEY = re.compile(r"https?://([^/]+)/keys/([^/]+)(?:/[^/]*)?")
_VAULT_KEY = re.compile(r"/v\d+/(.+)/[^/]+/([^/]+)/?")

_FIELDS: dict[str, RecipientKind] = {
    "kms": "aws-kms",
    "gcp_kms": "gcp-kms",
    "hckms": "huaweicloud-kms",
    "azure_kv": "azure-kv",
    "hc_vault": "hc-vault",
    "pgp": "pgp",
    "age": "age",
}
_NAMES: dict[RecipientKind, str] = {
    "age": "recipient",
    "pgp": "fp",
    "aws-kms": "arn",
    "gcp-kms": "resource_id",
    "huaweicloud-kms": "key_id",
}
_RULE_FIELDS: dict[str, RecipientKind] = {
    "age": "age",
    "pgp": "pgp",
    "kms": "aws-kms",
    "gcp_kms": "gcp-kms",
    "hckms": "huaweicloud-kms",
    "azure_keyvault": "azure-kv",
    "hc_vault_transit_uri": "hc-vault",
    "hc_vault": "hc-vault",
}


class RecipientFault(Exception):  # noqa: N818 - a fault of the file
    """A recipient of the wrong form; the message names the field, never what it holds."""


def of_metadata(metadata: object) -> tuple[KeyGroups, int]:
    """Return the key groups of a file's metadata, and how many of them decrypt it.

    Recipients outside of groups win over groups, as in SOPS.

    Examples
    --------
    >>> groups, threshold = of_metadata({"age": [{"recipient": "age1x"}], "pgp": []})
    >>> groups, threshold
    (((Recipient(kind='age', name='age1x', place=''),),), 1)
    """
    alone = tuple(_of_group(metadata))
    groups: KeyGroups = (alone,) if alone else ()
    if not groups:
        parts = [tuple(_of_group(group)) for group in items(mapping(metadata).get("key_groups"))]
        groups = tuple(parts)
    threshold = mapping(metadata).get("shamir_threshold")
    return groups, needed(groups, threshold)


def needed(groups: KeyGroups, threshold: object) -> int:
    """Return how many groups decrypt a file: all of them unless the threshold says otherwise."""
    given = int(threshold) if isinstance(threshold, str) and threshold.isdecimal() else threshold
    count = len(groups)
    if isinstance(given, bool) or not isinstance(given, int) or not 0 < given <= count:
        return count
    return given


def _of_group(group: object) -> Iterator[Recipient]:
    seen: set[Recipient] = set()
    for field, kind in _FIELDS.items():
        for one in items(mapping(group).get(field)):
            found = _recipient(kind, mapping(one))
            if found is None:
                raise RecipientFault(f"sops.{field} holds something that is no recipient")
            if found not in seen:
                seen.add(found)
                yield found


def _recipient(kind: RecipientKind, fields: object) -> Recipient | None:
    given = mapping(fields)
    if kind == "hc-vault":
        engine, key = text(given.get("engine_path")).strip("/"), text(given.get("key_name"))
        if not (engine and key):
            return None
        return Recipient(kind, f"{engine}/decrypt/{key}", server(text(given.get("vault_address"))))
    if kind == "azure-kv":
        vault, key = key_vault(text(given.get("vault_url"))), text(given.get("name"))
        return Recipient(kind, f"{vault}/keys/{key}") if vault and key else None
    name = text(given.get(_NAMES[kind])).strip()
    return Recipient(kind, _plain_name(kind, name)) if name else None


def _plain_name(kind: RecipientKind, name: str) -> str:
    if kind == "pgp":
        return name.replace(" ", "").upper()
    return name


# --- creation rules ----------------------------------------------------------------------


def of_rule(rule: object) -> KeyGroups:
    """Return the key groups of a creation rule.

    Raises RecipientFault if a recipient has the wrong form.
    """
    groups = items(mapping(rule).get("key_groups"))
    if groups:
        return tuple(tuple(dict.fromkeys(_merged(group, 0))) for group in groups)
    alone = tuple(dict.fromkeys(_of_fields(rule)))
    return (alone,) if alone else ()


_DEEPEST = 50


def _merged(group: object, depth: int) -> Iterator[Recipient]:
    if depth > _DEEPEST:
        raise RecipientFault("key_groups.merge is nested too deep")
    for inner in items(mapping(group).get("merge")):
        yield from _merged(inner, depth + 1)
    yield from _of_fields(group)


def _of_fields(holder: object) -> Iterator[Recipient]:
    for field, kind in _RULE_FIELDS.items():
        for one in _entries(mapping(holder).get(field), field):
            found = _named(kind, one)
            if found is None:
                raise RecipientFault(f"{field} holds something that is no recipient")
            yield found


def _entries(value: object, field: str) -> Iterable[object]:
    """Return the entries of a field: a text with commas, or a list of texts or mappings."""
    if value is None:
        return []
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, list):
        parts: list[object] = []
        for one in value:
            parts += _entries(one, field) if isinstance(one, str) else [one]
        return parts
    raise RecipientFault(f"{field} is neither a text nor a list")


def _named(kind: RecipientKind, one: object) -> Recipient | None:
    if isinstance(one, dict):
        if kind == "azure-kv":
            vault, key = key_vault(text(one.get("vaultUrl"))), text(one.get("key"))
            return Recipient(kind, f"{vault}/keys/{key}") if vault and key else None
        name = text(one.get(_NAMES.get(kind, "")))
        return Recipient(kind, name) if name else None
    name = text(one)
    if kind == "hc-vault":
        return _of_vault_uri(name)
    if kind == "azure-kv":
        parts = _AZURE_KEY.fullmatch(name)
        return Recipient(kind, f"{key_vault(parts[1])}/keys/{parts[2]}") if parts else None
    if kind == "aws-kms":
        name = name.replace(" ", "").partition("+arn:")[0]
    return Recipient(kind, _plain_name(kind, name)) if name else None


def _of_vault_uri(uri: str) -> Recipient | None:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    path = _VAULT_KEY.fullmatch(parts.path)
    if not parts.scheme or path is None:
        return None
    return Recipient("hc-vault", f"{path[1]}/decrypt/{path[2]}", server(uri))
