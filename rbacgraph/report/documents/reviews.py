"""The documents of reviews: what a change opens, and what a policy forbids."""

from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct

from rbacgraph.model.answers.diff import Cause, ChangedObject, ComparedKind, Level
from rbacgraph.model.answers.paths import Basis
from rbacgraph.model.answers.policy_check import Default, Excess, Expired, Unmatched, WidePattern
from rbacgraph.model.inputs.unread import Unread, UnreadKind
from rbacgraph.report.documents.access import AdminDocument, PathDocument
from rbacgraph.report.documents.filling import document

_LONG = 100
"""How many Secrets a finding may repeat."""


class WayDocument(Struct, frozen=True, kw_only=True):
    """Principals that each gain, or lose, each of some Secrets by the same way.

    ``path`` is that of its ``principal``; the others' are the same from the first technique on.
    """

    principals: tuple[str, ...]
    secrets: tuple[str, ...]
    before: Level
    after: Level
    path: PathDocument


class ChangeDocument(Struct, frozen=True, kw_only=True):
    """Everything that the same causes opened, or closed."""

    gained: bool
    certain: bool
    only_secrets: bool
    causes: tuple[Cause, ...]
    ways: tuple[WayDocument, ...]


class IdentityDocument(Struct, frozen=True, kw_only=True):
    """Principals that each gain, or lose, each of some identities and nodes.

    ``path`` is the one of the lowest effort, of its ``principal`` to its ``target``; others may
    have other paths. Old rights that lead to a new identity have no causes and no path.
    """

    gained: bool
    principals: tuple[str, ...]
    identities: tuple[str, ...]
    before: Level
    after: Level
    appeared: bool
    causes: tuple[Cause, ...]
    path: PathDocument | None


class AdminChangeDocument(Struct, frozen=True, kw_only=True):
    """Principals that each become effectively cluster-admin, or cease to be it.

    ``way`` is that of the first principal; if lost, that before the change. The others' are the
    same from the first technique on.
    """

    gained: bool
    principals: tuple[str, ...]
    before: Level
    after: Level
    causes: tuple[Cause, ...]
    way: AdminDocument


class DiffDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph diff``; ``line`` of a part is 0 where only the object's is known."""

    schema: Literal["rbacgraph/diff/v1"] = "rbacgraph/diff/v1"
    before: str
    after: str
    changes: tuple[ChangeDocument, ...]
    new_secrets: tuple[str, ...]
    gone_secrets: tuple[str, ...]
    new_principals: tuple[str, ...]
    gone_principals: tuple[str, ...]
    unread: tuple[Unread, ...]
    identities: tuple[IdentityDocument, ...]
    without_effect: tuple[ChangedObject, ...]
    compared: tuple[ComparedKind, ...]
    unread_kinds: tuple[UnreadKind, ...]
    not_manifests: int
    admins: tuple[AdminChangeDocument, ...]
    basis: Basis


class ExcessDocument(Struct, frozen=True, kw_only=True):
    """Principals that each reach each of some Secrets, by the same way, and may not.

    Of a long list of Secrets that an earlier finding has too, ``secrets`` is null and
    ``secrets_as`` the number of that finding, counted from 0.
    """

    principals: tuple[str, ...]
    secrets: tuple[str, ...] | None
    secrets_as: int | None
    certain: bool
    path: PathDocument


class ExcessAdminDocument(Struct, frozen=True, kw_only=True):
    """Principals that are each effectively cluster-admin by the same way, and may not be it."""

    principals: tuple[str, ...]
    certain: bool
    way: AdminDocument


class CheckDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph check``; ``known`` and ``gone`` count pairs of the baseline.

    ``…_conditional`` count those under a condition, which the others leave out.
    """

    schema: Literal["rbacgraph/check/v1"] = "rbacgraph/check/v1"
    policy: str
    today: str
    findings: tuple[ExcessDocument, ...]
    expired: tuple[Expired, ...]
    unmatched: tuple[Unmatched, ...]
    secrets: int
    without_entry: tuple[str, ...]
    default: Default
    known: int
    known_conditional: int
    gone: int
    gone_conditional: int
    unread: tuple[Unread, ...]
    unread_kinds: tuple[UnreadKind, ...]
    not_manifests: int
    admins: tuple[ExcessAdminDocument, ...]
    wide: tuple[WidePattern, ...]
    basis: Basis


def excess_documents(findings: Sequence[Excess]) -> Iterator[ExcessDocument]:
    """Yield the findings of a check; a long list of Secrets only once."""
    first: dict[tuple[str, ...], int] = {}
    for number, found in enumerate(findings):
        long = len(found.secrets) > _LONG
        same = first.setdefault(found.secrets, number) if long else number
        own = same == number
        secrets, secrets_as = (found.secrets, None) if own else (None, same)
        yield document(ExcessDocument, found, secrets=secrets, secrets_as=secrets_as)
