"""Reads from a Helm release the names of Secrets and of their keys, and nothing else.

Source: helm ``pkg/storage/driver/util.go`` (``decodeRelease``).
"""

import re
import zlib
from base64 import b64decode
from binascii import Error
from collections.abc import Iterator
from typing import Any

from msgspec import MsgspecError, Struct, json

from rbacgraph.model.kubernetes.helm import Release, ReleasedSecret
from rbacgraph.model.node import may_be_service_account

LARGEST = 32 << 20
"""The largest unpacked size of a release; a Secret holds 1 MiB."""
_LARGEST_SECRETS = 4 << 20

_GZIP = b"\x1f\x8b\x08"
_BETWEEN = re.compile(r"^---(?=[ \t\r]|$)", re.MULTILINE)
_SECRET = re.compile(
    r"""^[ \t]*["']?kind["']?[ \t]*:[ \t]*["']?(?:Secret|List|SecretList)\b""", re.MULTILINE
)
_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")
_STATUS = re.compile(r"[a-z-]{1,20}")


class _Info(Struct, frozen=True):
    status: str = ""


class _Hook(Struct, frozen=True):
    manifest: str = ""


class _Release(Struct, frozen=True):
    name: str = ""
    namespace: str = ""
    version: int = 0
    info: _Info | None = None
    manifest: str = ""
    hooks: tuple[_Hook, ...] | None = None


_decode = json.Decoder(_Release).decode


def read_release(value: str | None, *, layers: int) -> Release | None:
    """Return a release's Secrets; None if it is no release, or its data was removed.

    ``layers``: how often it is encoded in base64: twice in the ``data`` of a Secret.
    """
    if not value:
        return None
    try:
        content: str | bytes = value
        for _ in range(layers):
            content = b64decode(content)
        assert isinstance(content, bytes)
        found = _decode(_unpacked(content))
        secrets = tuple(_secrets(found))
    except (ValueError, Error, zlib.error, MsgspecError, RecursionError):
        return None
    status = found.info.status if found.info else ""
    if not may_be_service_account("x", found.name):
        return None
    return Release(found.name, found.version, status if _STATUS.fullmatch(status) else "", secrets)


def _unpacked(content: bytes) -> bytes:
    """Unpack within a bound: releases come from strangers."""
    if not content.startswith(_GZIP):
        return content
    unpacker = zlib.decompressobj(wbits=31)
    found = unpacker.decompress(content, LARGEST)
    if not unpacker.eof:
        raise ValueError("a release that is cut off, or too large")
    return found


def _secrets(found: _Release) -> Iterator[ReleasedSecret]:
    texts = [(found.manifest, False), *((hook.manifest, True) for hook in found.hooks or ())]
    documents = [
        (document, hook)
        for text, hook in texts
        for document in _BETWEEN.split(text)
        if "Secret" in document
        and (_SECRET.search(document) or document.lstrip()[:1] in {"{", "["})
    ]
    if sum(len(document) for document, _ in documents) > _LARGEST_SECRETS:
        raise ValueError("a release with Secrets larger than an API server takes")
    for document, hook in documents:
        for secret in _objects(_parsed(document)):
            one = _released(secret, found.namespace, hook=hook)
            if one:
                yield one


def _parsed(document: str) -> object:
    from rbacgraph.sources.yaml11 import faults, parser

    try:
        return parser.load(document).value
    except faults.YamlFault:
        raise ValueError("no YAML") from None


def _objects(value: object) -> Iterator[dict[str, Any]]:
    """Yield the Secrets of a document, which may be a List."""
    if isinstance(value, dict):
        kind, items = value.get("kind"), value.get("items")
        if kind == "Secret" and value.get("apiVersion") == "v1":
            yield value
        elif kind == "List" and isinstance(items, list):
            for item in items:
                yield from _objects(item)
        elif kind == "SecretList" and isinstance(items, list):
            yield from (item for item in items if isinstance(item, dict))


def _released(secret: dict[str, Any], namespace: str, *, hook: bool) -> ReleasedSecret | None:
    metadata = secret.get("metadata")
    if not isinstance(metadata, dict):
        return None
    name, own = metadata.get("name"), metadata.get("namespace") or namespace
    if not (isinstance(name, str) and isinstance(own, str) and may_be_service_account(own, name)):
        return None
    values = [secret.get(field) for field in ("data", "stringData")]
    keys = {
        key
        for value in values
        if isinstance(value, dict)
        for key, text in value.items()
        if text and isinstance(key, str) and _KEY.fullmatch(key)
    }
    return ReleasedSecret(own, name, tuple(sorted(keys)), hook)
