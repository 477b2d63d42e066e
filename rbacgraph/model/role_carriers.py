"""Kinds by which roles or bindings come into a cluster without standing in the input themselves.

``role_carriers.jsonl`` has a row for each, with the file of the project that says so.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Literal

from msgspec import Struct, json

from rbacgraph.model.inputs.unread import PassedOver, Unread, UnreadFile, UnreadKind, unread_of
from rbacgraph.model.packaged import packaged

RoleWay = Literal["holds", "makes", "applies", "patches"]


class RoleCarrier(Struct, frozen=True, forbid_unknown_fields=True):
    """A kind that rbacgraph does not look into for roles and bindings.

    ``ways``: ``holds`` objects as they are, or templates of them; its controller ``makes`` them of
        its fields; it ``patches`` what others say, also by values of a chart; it ``applies`` what
        it only names: a repository, a chart, a ConfigMap.
    ``source``: the repository and the file in which a project says so.
    """

    kind: str
    group: str
    ways: tuple[RoleWay, ...]
    source: str


@cache
def role_carriers() -> tuple[RoleCarrier, ...]:
    """Return all rows, by group and kind."""
    data = packaged("rbacgraph.model", "role_carriers.jsonl")
    return tuple(json.Decoder(RoleCarrier).decode_lines(data))


def may_hold_roles(title: str) -> bool:
    """Whether roles or bindings may come from objects of a kind, by its printed name.

    Examples
    --------
    >>> may_hold_roles("ManifestWork.work.open-cluster-management.io")
    True
    >>> may_hold_roles("AppProject.argoproj.io"), may_hold_roles("ConfigMap")
    (False, False)
    """
    return title in _titles()


@cache
def _titles() -> frozenset[str]:
    return frozenset(f"{row.kind}.{row.group}" for row in role_carriers())


def unread_kinds(found: Iterable[PassedOver]) -> tuple[UnreadKind, ...]:
    """Return the kinds that are not looked into, those that may hold roles first.

    Examples
    --------
    >>> unread_kinds([PassedOver("a.yaml", ("Event",)), PassedOver("b.yaml", ("Event",))])
    (UnreadKind(kind='Event', files=2, may_hold_roles=False),)
    """
    files = Counter(kind for one in found for kind in one.kinds)
    kinds = [UnreadKind(kind, number, may_hold_roles(kind)) for kind, number in files.items()]
    return tuple(sorted(kinds, key=lambda one: (not one.may_hold_roles, one.kind)))


def not_read(
    unread: Iterable[UnreadFile], over: Sequence[PassedOver], allowed: Sequence[str]
) -> tuple[tuple[Unread, ...], tuple[UnreadKind, ...], int]:
    """Return what was not read, the kinds that are not looked into, and how many are no manifest.

    ``unread``, ``allowed``: see :func:`rbacgraph.model.inputs.unread.unread_of`.

    Examples
    --------
    >>> not_read([], [PassedOver("a.yaml", ("Event",)), PassedOver("b.yaml", ())], [])
    ((), (UnreadKind(kind='Event', files=1, may_hold_roles=False),), 1)
    """
    others = sum(not one.kinds for one in over)
    return unread_of(unread, allowed), unread_kinds(over), others
