"""What a request does: the capability it needs, and whether its path needs ``sudo`` or no token.

Source: ``buildLogicalRequest`` in ``http/logical.go``; ``PathsSpecial`` of the system and token
backends; the recorded answers in ``fixtures/stores/vault/targeted.json``.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

from rbacgraph.errors import UsageError

# No capability allows HEAD.
_CAPABILITIES: Mapping[str, str] = MappingProxyType(
    {
        "GET": "read",
        "HEAD": "",
        "LIST": "list",
        "SCAN": "scan",
        "DELETE": "delete",
        "PATCH": "patch",
        "PUT": "update",
        "POST": "update",
    }
)

LISTING = frozenset({"list", "scan"})
WITH_PARAMETERS = frozenset({"read", "create", "update", "patch"})

_ROOT_PATHS = (
    "auth/token/accessors*",
    "auth/token/revoke-orphan/*",
    "sys/audit",
    "sys/audit/*",
    "sys/auth/*",
    "sys/config/auditing/*",
    "sys/config/cors",
    "sys/config/ui/headers/*",
    "sys/internal/inspect/*",
    "sys/leases/lookup/*",
    "sys/leases/revoke-force/*",
    "sys/leases/revoke-prefix/*",
    "sys/plugins/catalog/*",
    "sys/raw",
    "sys/raw/*",
    "sys/remount",
    "sys/replication/primary/secondary-token",
    "sys/replication/performance/primary/secondary-token",
    "sys/replication/dr/primary/secondary-token",
    "sys/replication/reindex",
    "sys/replication/dr/reindex",
    "sys/replication/performance/reindex",
    "sys/revoke-force/*",
    "sys/revoke-prefix/*",
    "sys/rotate",
    "sys/storage/raft/snapshot-auto/config/*",
)
"""Paths whose requests need the capability ``sudo`` as well."""

_OPEN_PATHS = (
    "identity/oidc/.well-known/*",
    "identity/oidc/provider/+/.well-known/*",
    "identity/oidc/provider/+/token",
    "sys/generate-root/attempt",
    "sys/generate-root/update",
    "sys/health",
    "sys/init",
    "sys/internal/ui/mounts",
    "sys/internal/ui/mounts/",
    "sys/leader",
    "sys/seal-status",
    "sys/unseal",
)
"""Paths that the server answers without a token."""


@lru_cache(1 << 14)
def pattern_of(path: str) -> re.Pattern[str]:
    """Compile a path in which ``+`` stands for a segment, and a last ``*`` for any end."""
    return re.compile(_regex(path), re.DOTALL)


def _regex(path: str) -> str:
    parts = path.removesuffix("*").split("/")
    found = "/".join("[^/]*" if part == "+" else re.escape(part) for part in parts)
    return f"{found}.*" if path.endswith("*") else found


def _any_of(paths: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(_regex, paths)), re.DOTALL)


_ROOT, _OPEN = _any_of(_ROOT_PATHS), _any_of(_OPEN_PATHS)


def capability_for(method: str, *, exists: bool | None, listing: bool) -> str:
    """Return the capability that a request needs.

    ``method``: the HTTP method, or ``LIST`` or ``SCAN``.
    ``exists``: whether a write finds its entry: then it is an update, else a create. ``None`` for
        paths that do not tell the two apart: an update.
    ``listing``: whether the query has ``list=true``.
    Raises UsageError if the method is none of Vault's.
    """
    known = _CAPABILITIES.get(method.upper())
    if known is None:
        raise UsageError(f"{method!r} is no method of Vault: GET, LIST, PUT, POST, PATCH, DELETE")
    if known == "read" and listing:
        return "list"
    return "create" if known == "update" and exists is False else known


def needs_sudo(path: str) -> bool:
    """Whether the server asks for ``sudo`` on the path, in any namespace of its own.

    Examples
    --------
    >>> needs_sudo("sys/audit"), needs_sudo("sys/mounts")
    (True, False)
    """
    return _ROOT.fullmatch(path) is not None


def needs_no_token(path: str) -> bool:
    """Whether the server answers without a token, as it does for every login."""
    if path.startswith(("sys/", "identity/oidc/")):
        return _OPEN.fullmatch(path) is not None
    return _is_login(path)


def _is_login(path: str) -> bool:
    first, *rest = path.split("/")
    return first == "auth" and "login" in rest[1:]
