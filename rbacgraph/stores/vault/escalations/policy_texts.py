"""Who writes a policy's text decides what its holders may.

The live token changes at once. A write of a policy is never a create. HashiCorp Vault knows no
PATCH of policies, OpenBao does; both keep the older ``sys/policy``.

Source: ``handlePoliciesSet`` in ``vault/logical_system.go``; recorded as ``rewrite own policy``.
"""

from collections.abc import Iterator

from rbacgraph.stores.vault.escalations.rights import TokenInNamespace
from rbacgraph.stores.vault.escalations.types import (
    EscalationKind,
    PolicyTexts,
    TakesEffect,
    VaultEscalation,
    VaultRequest,
    WholeNamespace,
)

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
