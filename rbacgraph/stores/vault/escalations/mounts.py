"""Auth methods that a token enables, mounts that it moves, raw storage, keys of transit mounts.

Source: ``vault/logical_system.go`` and ``builtin/logical/transit``; recorded as ``remount …``,
``sys/raw …`` and ``transit …``.
"""

from collections.abc import Iterator
from dataclasses import replace

from rbacgraph.stores.vault.escalations.rights import EscalationNeeds, TokenInNamespace
from rbacgraph.stores.vault.escalations.types import (
    NEW,
    EscalationKind,
    EscalationNeed,
    KeyMaterial,
    MovedMounts,
    TakesEffect,
    VaultEscalation,
    WholeNamespace,
)
from rbacgraph.stores.vault.escalations.users import approle_write, user_write

_EXPORTS = ("encryption-key", "signing-key", "hmac-key")


def own_auth_methods(rights: TokenInNamespace) -> Iterator[VaultEscalation]:
    """Yield an auth method that the token enables, and in which it writes a user or a role."""
    for name in dict.fromkeys((*rights.names("sys/auth"), *rights.names("auth"))):
        mount = f"auth/{name}"
        if mount in rights.index.auth_mounts_of(rights.namespace) or name == "token":
            continue
        for kind in ("userpass", "approle"):
            enabled = rights.send("POST", f"sys/auth/{name}", [{"type": kind}])
            written = None if enabled is None else _first_write(rights, mount, kind)
            if enabled is not None and written is not None:
                yield rights.escalation(
                    EscalationKind.AUTH_METHOD,
                    [enabled, *written.requests],
                    written.gain,
                    TakesEffect.NEW_LOGIN,
                    written.needs,
                )
                return


def _first_write(rights: TokenInNamespace, mount: str, kind: str) -> VaultEscalation | None:
    write, folder = (
        (user_write, f"{mount}/users") if kind == "userpass" else (approle_write, f"{mount}/role")
    )
    inside = replace(rights, new_mount=mount)
    found = (write(inside, folder, name) for name in rights.names(folder))
    return next((one for one in found if one is not None), None)


def moved_mounts(rights: TokenInNamespace) -> Iterator[VaultEscalation]:
    """Yield that the token moves secrets engines."""
    sent = rights.send("POST", "sys/remount", [{"from": "kv", "to": NEW}])
    if sent is not None:
        gain = MovedMounts(rights.namespace)
        yield rights.escalation(EscalationKind.MOUNT_MOVE, [sent], gain, TakesEffect.AT_ONCE)


def raw_storage(rights: TokenInNamespace) -> Iterator[VaultEscalation]:
    """Yield that the token reads the storage below all policies."""
    if rights.namespace:
        return
    sent = rights.send("GET", f"sys/raw/logical/{NEW}/{NEW}")
    if sent is not None:
        needs: EscalationNeeds = ((EscalationNeed.RAW_ENDPOINT, ""),)
        yield rights.escalation(
            EscalationKind.RAW_STORAGE, [sent], WholeNamespace(""), TakesEffect.AT_ONCE, needs
        )


def exported_keys(rights: TokenInNamespace) -> Iterator[VaultEscalation]:
    """Yield the keys of transit mounts that the token exports, or makes exportable first."""
    for mount in rights.index.engines(rights.namespace, "transit"):
        names = dict.fromkeys(rights.names(f"{mount}/keys"))
        for kind in _EXPORTS:
            folder = f"{mount}/export/{kind}"
            for name in dict.fromkeys((*names, *rights.names(folder, f"{mount}/keys"))):
                sent = rights.send("GET", f"{folder}/{name}")
                if sent is None:
                    continue
                made = rights.send("POST", f"{mount}/keys/{name}/config", [{"exportable": True}])
                unknown = ((EscalationNeed.EXPORTABLE, rights.path(f"{mount}/keys/{name}")),)
                yield rights.escalation(
                    EscalationKind.KEY_EXPORT,
                    [made, sent] if made else [sent],
                    KeyMaterial(rights.path(f"{folder}/{name}")),
                    TakesEffect.AT_ONCE,
                    () if made else unknown,
                )
