"""What more the holder of a Vault token can obtain, and by which requests."""

from rbacgraph.stores.vault.escalations.closure import Obtained, VaultEscalations, token_key
from rbacgraph.stores.vault.escalations.policy_texts import EVERYTHING
from rbacgraph.stores.vault.escalations.types import (
    EscalationGain,
    EscalationKind,
    EscalationNeed,
    HeldToken,
    KeyMaterial,
    MovedMounts,
    PolicyTexts,
    TakesEffect,
    TokenChoice,
    VaultEscalation,
    VaultRequest,
    WholeNamespace,
    logged_in,
)

__all__ = [
    "EVERYTHING",
    "EscalationGain",
    "EscalationKind",
    "EscalationNeed",
    "HeldToken",
    "KeyMaterial",
    "MovedMounts",
    "Obtained",
    "PolicyTexts",
    "TakesEffect",
    "TokenChoice",
    "VaultEscalation",
    "VaultEscalations",
    "VaultRequest",
    "WholeNamespace",
    "logged_in",
    "token_key",
]
