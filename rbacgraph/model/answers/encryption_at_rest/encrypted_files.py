"""What ``sops`` answers: plain frozen records, ready to be rendered or stored."""

from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from rbacgraph.model.inputs.unread import Unread
from rbacgraph.model.phrase import count, listing

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


def _plain_file(finding: SopsFinding) -> str:
    holds = f"The file holds {count(finding.count, 'value')} in plaintext: {_keys(finding)}"
    return f"{holds}. The creation rule at {finding.rule} wants them encrypted."


def _plain_value(finding: SopsFinding) -> str:
    number = count(finding.count, "value")
    return f"The file is encrypted, but holds {number} in plaintext: {_keys(finding)}."


def _keys(finding: SopsFinding) -> str:
    more = finding.count - len(finding.keys)
    return ", ".join(finding.keys) + (f" and {more:,} more" if more > 0 else "")


def _recipients(words: str) -> Callable[[SopsFinding], str]:
    return lambda finding: words.format(listing(list(finding.recipients)), finding.rule)


def _single(finding: SopsFinding) -> str:
    files = "" if finding.count == 1 else f" and {finding.count - 1:,} more"
    return f"This file{files} cannot be decrypted if the key {finding.recipients[0]} is lost."


_UPDATE = "sops updatekeys FILE"
_WORDS: dict[SopsFindingId, tuple[str | Callable[[SopsFinding], str], str]] = {
    "plaintext-file": (
        _plain_file,
        "sops encrypt -i FILE; if it was committed, change the values, since Git keeps them",
    ),
    "plaintext-value": (
        _plain_value,
        "encrypt the file again with the right encrypted_regex, and change the values",
    ),
    "decrypted-copy": (
        "The file is called like a decrypted copy of an encrypted file.",
        "remove it, and keep *.dec out of Git by .gitignore",
    ),
    "leftover-ciphertext": (
        "The file holds encrypted values, but no metadata of SOPS: nobody can decrypt them.",
        "take the file from an older revision, or encrypt the values again",
    ),
    "no-mac": (
        "The file has no MAC: SOPS refuses to decrypt it, and nothing shows if it was changed.",
        "take the file from an older revision, or encrypt it again",
    ),
    "stale-recipient": (
        _recipients(
            "The file is still encrypted to {}, which the creation rule at {} does not name."
        ),
        f"{_UPDATE}; then sops rotate -i FILE, and change the values: old revisions remain",
    ),
    "missing-recipient": (
        _recipients("The file is not encrypted to {}, which the creation rule at {} names."),
        _UPDATE,
    ),
    "other-key-groups": (
        lambda finding: f"The file has other key groups than the creation rule at {finding.rule}.",
        _UPDATE,
    ),
    "single-recipient": (
        _single,
        "add a recipient whose key is kept apart",
    ),
    "mac-only-encrypted": (
        "The file has a MAC of the encrypted values alone: others may be changed unnoticed.",
        "leave mac_only_encrypted out, unless something else writes to the file",
    ),
    "no-rule": (
        "The file has no creation rule: sops updatekeys does not know its recipients.",
        "add a rule for it to .sops.yaml",
    ),
    "unused-rule": (
        "No encrypted file of the input has this creation rule.",
        "remove it, or correct its path_regex; a rule above it may match the files",
    ),
    "regex-not-tried": (
        "rbacgraph does not try this path_regex: the rules of files that get so far are unknown.",
        "write it without nested repetition",
    ),
}


def finding_words(finding: SopsFinding) -> str:
    """Say what is wrong."""
    words = _WORDS[finding.id][0]
    return words if isinstance(words, str) else words(finding)


def finding_advice(finding: SopsFinding) -> str:
    """Say what to do."""
    return _WORDS[finding.id][1]


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
