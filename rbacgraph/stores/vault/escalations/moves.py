"""Where a secrets engine can be moved so that a token reads what it holds.

Source: ``handleRemount`` in ``vault/logical_system.go``: the destination may neither be used nor
lie below or above another mount, and not below ``auth/``, ``sys/``, ``identity/``, ``cubbyhole/``.
"""

from collections.abc import Iterator, Sequence

from rbacgraph.stores.vault.escalations.requests import TokenRequests
from rbacgraph.stores.vault.escalations.types import NEW, VaultRequest

_FIXED = ("auth", "sys", "identity", "cubbyhole")


def moved_read(
    requests: TokenRequests, path: str, mount: str, mounts: Sequence[str], namespace: str
) -> tuple[VaultRequest, VaultRequest] | None:
    """Return the move of a mount and the request that then reads a path of it.

    ``requests``: what the token may send.
    ``path``: the path that is read, from its namespace: ``kv/data/db``.
    """
    if not mount or mount in _FIXED:
        return None
    rest = path.removeprefix(f"{mount}/")
    before = f"{namespace}/" if namespace else ""
    for target in dict.fromkeys(_targets(requests, rest, before)):
        if not _is_free(target, mounts):
            continue
        read = requests.send("GET", f"{before}{target}/{rest}")
        body = {"from": mount, "to": target}
        moved = requests.send("POST", f"{before}sys/remount", body) if read else None
        if read is not None and moved is not None:
            return moved, read
    return None


def _targets(requests: TokenRequests, rest: str, before: str) -> Iterator[str]:
    """Yield the places for a mount at which one of the rules matches what it holds."""
    last = rest.split("/")
    for pattern in requests.patterns:
        if not f"{pattern}/".startswith(before):
            continue
        inside = pattern.removeprefix(before)
        if inside.endswith("*"):
            parts = inside.removesuffix("*").split("/")
            whole = [NEW if part == "+" else part for part in parts]
            whole[-1] = whole[-1] + NEW if whole[-1] or len(whole) == 1 else ""
            yield "/".join(part for part in whole if part)
            # The end of the pattern may also match the beginning of what the mount holds.
            yield from ("/".join(whole[:place]) for place in range(1, len(whole)))
            continue
        parts = inside.split("/")
        place = len(parts) - len(last)
        if place > 0 and all(
            one in {"+", name} for one, name in zip(parts[place:], last, strict=True)
        ):
            yield "/".join(NEW if part == "+" else part for part in parts[:place])


def _is_free(target: str, mounts: Sequence[str]) -> bool:
    if not target or target.split("/", maxsplit=1)[0] in _FIXED:
        return False
    return not any(
        f"{target}/".startswith(f"{mount}/") or f"{mount}/".startswith(f"{target}/")
        for mount in mounts
    )
