"""Who may reach which Secrets by a written policy, and who reaches more."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.model.answers.paths import Admin, Basis, Path
from rbacgraph.model.inputs.unread import Unread, UnreadKind

Default = Literal["deny", "allow"]


class PolicyEntry(Struct, frozen=True, kw_only=True):
    """A set of Secrets, and the principals that may reach them.

    ``secrets``: ``NAMESPACE/NAME``, with ``*``, ``?`` and ``[…]`` as in a shell.
    ``allow``: printed nodes of principals, with the same wildcards.
    ``except_secrets``, ``except_principals``: Secrets that the entry does not cover, and principals
        that it does not allow.
    ``until``: the last day on which the entry holds, as ``2026-12-31``; empty for always.
    ``reason``: the reason, as the policy gives it.
    ``line``: the line of the entry.
    """

    secrets: tuple[str, ...]
    allow: tuple[str, ...]
    except_secrets: tuple[str, ...] = ()
    except_principals: tuple[str, ...] = ()
    until: str = ""
    reason: str = ""
    line: int = 0

    def expired(self, today: str) -> bool:
        """Whether it no longer holds on a day; ISO dates order as texts."""
        return bool(self.until) and self.until < today


class WidePattern(Struct, frozen=True):
    """A pattern of groups that also allows every ServiceAccount, by the group that it matches."""

    pattern: str
    group: str
    line: int


class Policy(Struct, frozen=True):
    """Who may reach which Secrets; ``default`` decides Secrets that no entry covers.

    ``admins`` are the printed nodes, with wildcards, of those who may be effectively cluster-admin;
    None if the policy does not say it. ``wide`` are the patterns that allow every ServiceAccount.
    """

    file: str
    entries: tuple[PolicyEntry, ...]
    default: Default = "deny"
    admins: tuple[str, ...] | None = None
    wide: tuple[WidePattern, ...] = ()


KnownPairs = Mapping[tuple[str, str], bool]
"""Known pairs of a principal and a Secret, with whether a certain path is known."""


class Baseline(Struct, frozen=True):
    """Known findings: pairs; and cluster-admins, with whether it is known for certain."""

    pairs: KnownPairs
    admins: Mapping[str, bool]

    def number(self, *, certain: bool) -> int:
        """Return how many are known for certain, or only under a condition."""
        return sum(sure is certain for sure in (*self.pairs.values(), *self.admins.values()))


class Excess(Struct, frozen=True, kw_only=True):
    """Principals that each reach each of some Secrets by the same path, against the policy.

    ``principals``, ``secrets``: printed nodes, sorted.
    ``certain``: whether some path is certain.
    ``path``: the path of the first principal to the first Secret.
    """

    principals: tuple[str, ...]
    secrets: tuple[str, ...]
    certain: bool
    path: Path

    @property
    def pairs(self) -> int:
        """How many pairs of a principal and a Secret this stands for."""
        return len(self.principals) * len(self.secrets)


class ExcessAdmin(Struct, frozen=True, kw_only=True):
    """Principals that are each effectively cluster-admin by the same way, against the policy.

    ``way`` is that of the first principal.
    """

    principals: tuple[str, ...]
    certain: bool
    way: Admin


class Expired(Struct, frozen=True, kw_only=True):
    """An entry that no longer holds."""

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

    ``policy``: the policy's file.
    ``today``: the day that ``until`` was compared with.
    ``findings``: who reaches what against the policy, certain findings first.
    ``expired``, ``unmatched``: entries that no longer hold; patterns that match no Secret.
    ``secrets``: how many Secrets were checked.
    ``without_entry``: Secrets that no entry covers; ``default`` decides them.
    ``default``: ``deny`` or ``allow``.
    ``known``, ``known_conditional``: how many pairs and cluster-admins the baseline holds, so that
        the answer leaves them out: those that are certain now, and those that depend on a
        condition.
    ``gone``, ``gone_conditional``: how many of those in the baseline are gone: known for certain,
        and under a condition.
    ``unread``: the files and lists of the input that were not read.
    ``unread_kinds``: the kinds in files of the input that are not looked into.
    ``not_manifests``: the number of files that hold no object.
    ``admins``: who is effectively cluster-admin against the policy, certain ones first.
    ``wide``: patterns of groups that allow every ServiceAccount too.
    ``basis``: what the answer rests on.
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
    known_conditional: int = 0
    gone: int = 0
    gone_conditional: int = 0
    unread: tuple[Unread, ...] = ()
    unread_kinds: tuple[UnreadKind, ...] = ()
    not_manifests: int = 0
    admins: tuple[ExcessAdmin, ...] = ()
    wide: tuple[WidePattern, ...] = ()
    basis: Basis

    @property
    def failed(self) -> bool:
        """Whether there are findings."""
        return bool(self.findings or self.expired or self.admins)

    def with_unread(
        self, unread: tuple[Unread, ...], kinds: tuple[UnreadKind, ...], not_manifests: int
    ) -> "CheckResult":
        """Return the same answer with the files that were not read or not looked into."""
        return replace(self, unread=unread, unread_kinds=kinds, not_manifests=not_manifests)
