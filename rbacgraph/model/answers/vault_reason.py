"""Why Vault gives an answer to a ServiceAccount, or none.

Words are made of it in :mod:`rbacgraph.report.text.codes.vault_reasons` alone.
"""

from enum import IntEnum, auto
from typing import TypeAlias, final

from rbacgraph.model.phrase import Phrase

VaultSubject: TypeAlias = "str | VaultReason | tuple[VaultSubject, ...]"
"""What a reason is about: names of Vault, and what a login needs."""


class LoginCode(IntEnum):
    """What a login does, and what it needs; called with what it is about, it is a reason."""

    ALLOWS = auto()
    NONE_ALLOWS = auto()
    NONE_IS_ADMITTED = auto()
    NEEDS_AUDIENCE = auto()
    NEEDS_ADDRESS = auto()
    NEEDS_LABELS = auto()
    NEEDS_CLAIMS = auto()
    NEEDS_ENTITY = auto()
    NEEDS_OTHER_ENTITY = auto()
    NEEDS_TEMPLATES = auto()
    WITHIN = auto()

    def __call__(self, *subject: VaultSubject) -> "VaultReason":
        """Return the reason about a subject."""
        return VaultReason(self, subject)


@final
class VaultReason(Phrase):
    """Why a ServiceAccount's token leads to an answer of Vault, or to none."""

    __slots__ = ()
