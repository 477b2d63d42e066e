"""Reads which hosts a Secret logs in to: only their names are kept, no credentials.

A host counts only if there is a credential for it.
"""

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import MsgspecError, Struct, json

_HOST = re.compile(r"[A-Za-z0-9]([-.A-Za-z0-9]{0,251}[A-Za-z0-9])?(:[0-9]{1,5})?")
_LARGEST = 1 << 16

Values = Mapping[str, str | None] | None


class _Login(Struct, frozen=True, rename="lower"):
    auth: str = ""
    password: str = ""
    identitytoken: str = ""
    registrytoken: str = ""


class _Logins(Struct, frozen=True):
    auths: dict[str, _Login] = {}


class _Tls(Struct, frozen=True, rename="camel"):
    key_data: str = ""


class _ArgoConfig(Struct, frozen=True, rename="camel"):
    bearer_token: str = ""
    password: str = ""
    tls_client_config: _Tls = _Tls()


def text_of(data: Values, string_data: Values, key: str) -> str:
    """Return the value of a key as text; ``""`` if there is none."""
    if string_data and key in string_data:
        return string_data[key] or ""
    try:
        return b64decode((data or {}).get(key) or "").decode()
    except (Error, ValueError):
        return ""


def registries(text: str, *, old: bool) -> tuple[str, ...] | None:
    """Return the registries of a Docker configuration, in the new or the old format."""
    try:
        if old:
            found = json.decode(text, type=dict[str, _Login])
        else:
            found = json.decode(text, type=_Logins).auths
    except (MsgspecError, RecursionError):
        return None
    return _hosts(
        name
        for name, login in found.items()
        if login.auth or login.password or login.identitytoken or login.registrytoken
    )


def argo_cluster(server: str, config: str) -> tuple[str, ...] | None:
    """Return the API server of a cluster for which Argo CD has a credential."""
    try:
        found = json.decode(config, type=_ArgoConfig)
    except (MsgspecError, RecursionError):
        return None
    held = found.bearer_token or found.password or found.tls_client_config.key_data
    return _hosts([server] if held else []) if server else None


def kubeconfig(text: str) -> tuple[str, ...] | None:
    """Return the API servers for which a kubeconfig has credentials."""
    from rbacgraph.sources.yaml11 import faults, parser

    if not text or len(text) > _LARGEST:
        return None
    try:
        value = parser.load(text).value
    except (faults.YamlFault, RecursionError):
        return None
    if not isinstance(value, dict) or not isinstance(value.get("clusters"), list):
        return None
    users, clusters = _named(value, "user"), _named(value, "cluster")
    contexts = _named(value, "context").values()
    return _hosts(
        str(clusters.get(context.get("cluster"), {}).get("server") or "")
        for context in contexts
        if _has_credential(users.get(context.get("user"), {}))
    )


def _has_credential(user: Mapping[str, Any]) -> bool:
    return any(user.get(field) for field in ("token", "client-key-data", "password"))


def _named(value: dict[str, Any], what: str) -> dict[Any, dict[str, Any]]:
    """Return the entries of a kubeconfig's list by name."""
    entries = value.get(f"{what}s")
    return {
        str(entry.get("name")): entry[what]
        for entry in (entries if isinstance(entries, list) else ())
        if isinstance(entry, dict) and isinstance(entry.get(what), dict)
    }


def _hosts(urls: Iterator[str] | list[str]) -> tuple[str, ...]:
    """Return the hosts of URLs, without credentials in them."""
    found = set()
    for url in urls:
        host = url.strip().rpartition("://")[2].partition("/")[0].rpartition("@")[2]
        if _HOST.fullmatch(host):
            found.add(host.lower())
    return tuple(sorted(found))
