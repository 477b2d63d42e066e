"""Who writes a policy's text decides what its holders may.

The live token changes at once. A write of a policy is never a create. HashiCorp Vault knows no
PATCH of policies, OpenBao does; both keep the older ``sys/policy``.

Source: ``handlePoliciesSet`` in ``vault/logical_system.go``; recorded as ``rewrite own policy``.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from rbacgraph.stores.vault.escalations.requests import POLICY_NAMES
from rbacgraph.stores.vault.escalations.rights import TokenInNamespace
from rbacgraph.stores.vault.escalations.types import (
    NEW,
    EscalationKind,
    PolicyTexts,
    TakesEffect,
    VaultEscalation,
    VaultRequest,
    WholeNamespace,
)
from rbacgraph.stores.vault.role_fields import texts

_FIXED = frozenset({"root", "response-wrapping", "control-group"})
_FOLDERS = ("sys/policies/acl", "sys/policy")
EVERYTHING = (
    'path "*" { capabilities = ["create", "read", "update", "delete", "list", "patch", "sudo"] }'
)
"""The text of a policy that allows every request."""


def policy_writes(rights: TokenInNamespace) -> Iterator[VaultEscalation]:
    """Yield the writes of the token's own policies, else those of policies that others have."""
    if not any(rights.reaches(folder) for folder in _FOLDERS):
        return
    own = rights.token.names if rights.at_home else ()
    for name in own:
        sent = policy_write(rights, name)
        if sent is not None:
            gain = WholeNamespace(rights.namespace)
            yield rights.escalation(EscalationKind.POLICY_WRITE, [sent], gain, TakesEffect.AT_ONCE)
            return
    known = {*rights.policies, *rights.index.held.get(rights.namespace, ()), *_new(rights)}
    writes = {name: policy_write(rights, name) for name in sorted(known - set(own))}
    sent = next((one for one in writes.values() if one is not None), None)
    if sent is not None:
        gain_texts = PolicyTexts(
            rights.namespace, tuple(name for name, one in writes.items() if one is not None)
        )
        yield rights.escalation(
            EscalationKind.POLICY_WRITE, [sent], gain_texts, TakesEffect.AT_ONCE
        )


def _new(rights: TokenInNamespace) -> Iterator[str]:
    """Yield names that a new policy can have, in each of the ways that the rules tell apart."""
    for folder in _FOLDERS:
        for name in rights.names(folder):
            yield name.lower()


def policy_write(rights: TokenInNamespace, name: str) -> VaultRequest | None:
    """Return a request by which the token writes the text of a policy."""
    if name in _FIXED:
        return None
    body = {"policy": EVERYTHING}
    path, old = f"sys/policies/acl/{name}", f"sys/policy/{name}"
    sent = rights.send("PUT", path, [body])
    if sent is None and rights.index.dump.flavour == "openbao":
        sent = rights.send("PATCH", path, [body])
    return sent or rights.send("PUT", old, [body, {"rules": EVERYTHING}])


def choices(
    rights: TokenInNamespace,
    attempt: Callable[[str], Sequence[VaultRequest] | None],
    own: Sequence[str] | None = None,
) -> tuple[Sequence[VaultRequest], tuple[str, ...] | None] | None:
    """Return the requests that name a policy, and which policies they can name.

    ``rights``: what the token may send.
    ``attempt``: returns the requests that name a policy, or ``None`` if the token may not send
        them.
    ``own``: the policies among which the server lets it choose; by default all.
    ``None`` in the place of the policies means any; ``None`` alone that there are none.
    """
    before = rights.requests.limits_met
    free = attempt(NEW)
    if free is not None and not any(one.limited for one in free):
        return free, None if own is None else tuple(own)
    if free is None and rights.requests.limits_met == before:
        return None
    written = written_and_named(rights, attempt) if own is None else None
    if written is not None:
        return written, None
    sent = {name: attempt(name) for name in (rights.policies if own is None else own)}
    given = tuple(name for name, requests in sent.items() if requests is not None)
    first = next((requests for requests in sent.values() if requests is not None), None)
    return None if first is None else (first, given)


def written_and_named(
    rights: TokenInNamespace,
    attempt: Callable[[str], Sequence[VaultRequest] | None],
    patterns: Iterable[str] = (),
) -> Sequence[VaultRequest] | None:
    """Return the write of a policy and the requests that then name it: it may hold any text.

    Its name is as the rules allow, and as patterns do beside them.
    """
    for name in _names_within_limits(rights, patterns):
        written = policy_write(rights, name)
        # One that others must approve would take the place of choices that nobody approves.
        if written is not None and not written.needs_approval:
            named = attempt(name)
            if named is not None:
                return [written, *named]
    return None


def _names_within_limits(rights: TokenInNamespace, patterns: Iterable[str]) -> Iterator[str]:
    """Yield names for a new policy: where rules let it be written, as they let it be named."""
    writable = dict.fromkeys(_new(rights))
    yield from writable
    limits = {pattern.lower().replace("*", NEW) for pattern in patterns} | {
        name.replace("*", NEW)
        for rule in rights.requests.rules
        for key, values in (rule.allowed or {}).items()
        for value in values
        for name in texts({key: value}, key)
        if key in POLICY_NAMES
    }
    for name in writable:
        if name.endswith(NEW):
            yield from (f"{name.removesuffix(NEW)}{limit}" for limit in sorted(limits))
