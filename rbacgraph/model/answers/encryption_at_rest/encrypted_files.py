"""What ``sops`` answers: plain frozen records, ready to be rendered or stored."""

from typing import Literal

from msgspec import Struct

from rbacgraph.model.inputs.unread import Unread

SopsSeverity = Literal["high", "medium", "low"]
SOPS_SEVERITIES: tuple[SopsSeverity, ...] = ("high", "medium", "low")

SopsFindingId = Literal[
    "plaintext-file",
    "plaintext-value",
    "decrypted-copy",
    "leftover-ciphertext",
    "no-mac",
    "stale-recipient",
    "missing-recipient",
    "other-key-groups",
    "single-recipient",
    "mac-only-encrypted",
    "no-rule",
    "unused-rule",
    "regex-not-tried",
]


class SopsFinding(Struct, frozen=True, kw_only=True):
    """One thing to know or to fix in a repository.

    Parameters
    ----------
    id, severity:
        Stable names.
    file, line:
        The place; line 0 for the whole file.
    keys:
        The keys above the first values that it concerns, joined by dots.
    count:
        The number of these values.
    recipients:
        The recipients that it concerns.
    secrets:
        The Secrets that it concerns: ``shop/db``.
    rule:
        The creation rule, as ``FILE:LINE``.
    """

    id: SopsFindingId
    severity: SopsSeverity
    file: str
    line: int = 0
    keys: tuple[str, ...] = ()
    count: int = 0
    recipients: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    rule: str = ""


class EncryptedFile(Struct, frozen=True, kw_only=True):
    """A file that SOPS encrypted, or a document of it.

    Parameters
    ----------
    file, line:
        Where it begins.
    secrets:
        The Secrets that the cluster makes of it: ``shop/db``.
    groups:
        Its recipients, by key group.
    needed:
        The number of groups that decrypt it together.
    rule:
        The creation rule that matches it, as ``FILE:LINE``; ``""`` for none.
    """

    file: str
    line: int
    secrets: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    needed: int
    rule: str


class SopsResult(Struct, frozen=True, kw_only=True):
    """Answer of ``sops``; ``rules`` is the number of creation rules, ``unread`` what was not."""

    files: tuple[EncryptedFile, ...]
    findings: tuple[SopsFinding, ...]
    rules: int
    unread: tuple[Unread, ...] = ()
