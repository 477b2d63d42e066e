"""Who may reach which Secrets, as a person wrote it, and what goes beyond it."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.model.answers.paths import Basis, Path
from rbacgraph.model.inputs.unread import Unread

Default = Literal["deny", "allow"]


class Entry(Struct, frozen=True, kw_only=True):
    """Some Secrets, and who may reach them.

    Parameters
    ----------
    secrets:
        ``NAMESPACE/NAME``, with ``*``, ``?`` and ``[…]`` as in a shell.
    allow:
        Printed nodes of principals, with the same.
    except_secrets, except_principals:
        Secrets that the entry is not about, and principals that it does not allow.
    until:
        The last day on which it holds, as ``2026-12-31``; empty for always.
    reason:
        Why.
    line:
        Where it stands.
    """

    secrets: tuple[str, ...]
    allow: tuple[str, ...]
    except_secrets: tuple[str, ...] = ()
    except_principals: tuple[str, ...] = ()
    until: str = ""
    reason: str = ""
    line: int = 0

    def expired(self, today: str) -> bool:
        """Whether it holds no more on a day; ISO dates are ordered as texts."""
        return bool(self.until) and self.until < today


class Policy(Struct, frozen=True):
    """Who may reach which Secrets; ``default`` is for Secrets that no entry is about."""

    file: str
    entries: tuple[Entry, ...]
    default: Default = "deny"


Known = Mapping[tuple[str, str], bool]
"""Pairs of a principal and a Secret that are known, with whether a certain path is."""


class Excess(Struct, frozen=True, kw_only=True):
    """Principals, each of which reaches each of some Secrets, by the same way, and may not.

    Parameters
    ----------
    principals, secrets:
        Printed nodes, sorted.
    certain:
        Whether for certain.
    path:
        That of the first principal to the first Secret.
    """

    principals: tuple[str, ...]
    secrets: tuple[str, ...]
    certain: bool
    path: Path

    @property
    def pairs(self) -> int:
        """How many pairs of a principal and a Secret it stands for."""
        return len(self.principals) * len(self.secrets)


class Expired(Struct, frozen=True, kw_only=True):
    """An entry that holds no more."""

    secrets: tuple[str, ...]
    allow: tuple[str, ...]
    until: str
    reason: str
    line: int


class Unmatched(Struct, frozen=True):
    """A pattern of the policy that no Secret matches."""

    pattern: str
    line: int


class CheckResult(Struct, frozen=True, kw_only=True):
    """Answer of ``check``.

    Parameters
    ----------
    policy:
        The policy's file.
    today:
        The day that ``until`` was held against.
    findings:
        Who reaches what and may not, the certain first.
    expired, unmatched:
        Entries that hold no more; patterns that no Secret matches.
    secrets:
        How many Secrets were looked at.
    without_entry:
        Secrets that no entry is about; ``default`` says what that means.
    default:
        ``deny`` or ``allow``.
    known:
        How many pairs are not told, as the baseline has them.
    gone:
        How many pairs of the baseline are there no more.
    unread:
        What of the input was not read.
    basis:
        What the answer was concluded from.
    """

    policy: str
    today: str
    findings: tuple[Excess, ...]
    expired: tuple[Expired, ...] = ()
    unmatched: tuple[Unmatched, ...] = ()
    secrets: int = 0
    without_entry: tuple[str, ...] = ()
    default: Default = "deny"
    known: int = 0
    gone: int = 0
    unread: tuple[Unread, ...] = ()
    basis: Basis

    @property
    def failed(self) -> bool:
        """Whether anything is found."""
        return bool(self.findings or self.expired)

    def with_unread(self, unread: tuple[Unread, ...]) -> "CheckResult":
        """Return the same answer, and what was not read."""
        return replace(self, unread=unread)
