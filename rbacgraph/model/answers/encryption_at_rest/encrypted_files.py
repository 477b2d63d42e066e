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

    ``id``, ``severity``: stable names.
    ``file``, ``line``: the place; line 0 for the whole file.
    ``keys``: the keys above the first values that it concerns, joined by dots.
    ``count``: the number of these values.
    ``recipients``: the recipients that it concerns.
    ``secrets``: the Secrets that it concerns: ``shop/db``.
    ``rule``: the creation rule, as ``FILE:LINE``.
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

    ``file``, ``line``: where it begins.
    ``secrets``: the Secrets that the cluster makes of it: ``shop/db``.
    ``groups``: its recipients, by key group.
    ``needed``: the number of groups that decrypt it together.
    ``rule``: the creation rule that matches it, as ``FILE:LINE``; ``""`` for none.
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
