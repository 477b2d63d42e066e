"""Reads what SOPS's metadata says of a document, and which Secrets the cluster makes of it.

Source: getsops/sops ``stores/stores.go``; isindir/sops-secrets-operator ``README.md``.
"""

from collections.abc import Iterator
from typing import get_args

from rbacgraph.model.stores.sops import Selection, SelectionField
from rbacgraph.sources.external.loose import items, mapping, text
from rbacgraph.sources.objects.deciding_fields import ENCRYPTED

_SIGNS = ("mac", "lastmodified")
_FIELDS: tuple[SelectionField, ...] = get_args(SelectionField)
KINDS_OF_SECRETS = frozenset({"Secret", "SopsSecret"})


def is_metadata(value: object) -> bool:
    """Whether a mapping is SOPS's metadata, and not only called ``sops``.

    Examples
    --------
    >>> is_metadata({"lastmodified": "2026-01-01T00:00:00Z"}), is_metadata({"enabled": True})
    (True, False)
    """
    return any(sign in mapping(value) for sign in _SIGNS)


def selection_of(metadata: object) -> Selection | None:
    """Return which values are encrypted; None if the metadata says that in several ways."""
    chosen = [
        Selection(field, text(mapping(metadata)[field]))
        for field in _FIELDS
        if text(mapping(metadata).get(field))
    ]
    if len(chosen) > 1:
        return None
    return chosen[0] if chosen else Selection()


def secrets_of(value: object, default: str) -> tuple[tuple[str, str], ...]:
    """Return namespace and name of the Secrets that the cluster makes of a document.

    Examples
    --------
    >>> secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}}
    >>> secrets_of(secret, "shop"), secrets_of({"kind": "ConfigMap"}, "shop")
    ((('shop', 'db'),), ())
    """
    return tuple(dict.fromkeys(_secrets(value, default)))


def _secrets(value: object, default: str) -> Iterator[tuple[str, str]]:
    kind = text(mapping(value).get("kind"))
    if kind.endswith("List"):
        for item in items(mapping(value).get("items")):
            yield from _secrets(item, default)
        return
    own = mapping(value, "metadata")
    namespace = text(own.get("namespace"))
    names: list[str] = []
    if kind == "Secret" and mapping(value).get("apiVersion") == "v1":
        names = [text(own.get("name"))]
    elif kind == "SopsSecret":
        templates = items(mapping(value, "spec").get("secretTemplates"))
        names = [text(mapping(one).get("name")) for one in templates]
    for name in names:
        if name and not (name.startswith(ENCRYPTED) or namespace.startswith(ENCRYPTED)):
            yield namespace or default, name


def says_namespaces(value: object) -> bool:
    """Whether each object of a document names its namespace.

    Examples
    --------
    >>> says_namespaces({"metadata": {"namespace": "shop"}}), says_namespaces({"metadata": {}})
    (True, False)
    """
    if text(mapping(value).get("kind")).endswith("List"):
        return all(map(says_namespaces, items(mapping(value).get("items"))))
    return bool(mapping(value, "metadata").get("namespace"))


def holds_only_secrets(value: object, default: str) -> bool:
    """Whether the Secrets of a document hold all that it encrypts."""
    kind = text(mapping(value).get("kind"))
    if kind.endswith("List"):
        found = items(mapping(value).get("items"))
        return bool(found) and all(holds_only_secrets(item, default) for item in found)
    return bool(secrets_of(value, default))
