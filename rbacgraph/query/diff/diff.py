"""Answers ``diff``: who gains or loses which Secrets by a change, and why."""

from collections.abc import Sequence
from typing import TypeVar

from msgspec.structs import replace

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.answers.diff import (
    AccessChange,
    AdminChange,
    Cause,
    Deed,
    DiffResult,
    GainedIdentity,
    Opened,
)
from rbacgraph.model.node import format_node
from rbacgraph.query.arrays.path_filter import PathFilter, kind_numbers
from rbacgraph.query.diff.changed_objects import Objects
from rbacgraph.query.diff.changed_rbac import changed_without_effect, compared_kinds
from rbacgraph.query.diff.find_causes import Identity, identity, united
from rbacgraph.query.diff.gained_admins import gained_admins
from rbacgraph.query.diff.gained_identities import gained_identities
from rbacgraph.query.diff.gained_pairs import People, Side
from rbacgraph.query.diff.group_by_cause import openings
from rbacgraph.query.subject.basis import basis_of


def diff(
    before: AccessGraph,
    after: AccessGraph,
    *,
    names: tuple[str, str] = ("", ""),
    without: Sequence[str] = (),
    system: bool = False,
) -> DiffResult:
    """Compare who reaches which Secrets in two clusters.

    Returns one change for everything that the same objects opened or closed.
    Raises UsageError if an edge kind is unknown.
    """
    limits = PathFilter(without=kind_numbers(without))
    people = People()
    old, new = (Side(graph, limits, people, system=system) for graph in (before, after))
    opened = _changes(old, new, gained=True)
    closed = _changes(new, old, gained=False)
    changes = tuple(sorted((*opened, *closed), key=_gravity))
    lost = map(_lost, gained_identities(new, old))
    ceased = map(_lost, gained_admins(new, old))
    objects = Objects(before.world.snapshot), Objects(after.world.snapshot)
    return DiffResult(
        before=names[0],
        after=names[1],
        changes=changes,
        new_secrets=_secrets_only_in(new, old),
        gone_secrets=_secrets_only_in(old, new),
        new_principals=_people_only_in(new, old),
        gone_principals=_people_only_in(old, new),
        identities=tuple(sorted((*gained_identities(old, new), *lost), key=_of_identities)),
        without_effect=changed_without_effect(*objects, changes),
        compared=compared_kinds(*objects),
        admins=tuple(sorted((*gained_admins(old, new), *ceased), key=_of_admins)),
        basis=basis_of(after, limits),
    )


def _gravity(change: AccessChange) -> tuple[object, ...]:
    """Return a sort key: opened before closed, then certain before conditional, then by number."""
    causes = [identity(cause) for cause in change.causes]
    numbers = -change.pairs, -change.pairs_conditional
    return change.only_secrets, not change.gained, not change.certain, *numbers, causes


def _of_identities(one: GainedIdentity) -> tuple[object, ...]:
    """Return a sort key: gained before lost, identities of both sides, certain ones, by number."""
    return (
        *(one.appeared, not one.gained, not one.certain),
        *(-one.pairs, one.principals, one.identities),
    )


def _of_admins(one: AdminChange) -> tuple[object, ...]:
    """Return a sort key: gained before lost, certain before conditional, then the easiest way."""
    return not one.gained, not one.way.certain, one.way.effort, one.principals


def _secrets_only_in(one: Side, other: Side) -> tuple[str, ...]:
    gone = one.secrets.keys() - other.secrets.keys()
    return tuple(sorted(format_node(one.graph.nodes[one.secrets[node]]) for node in gone))


def _people_only_in(one: Side, other: Side) -> tuple[str, ...]:
    return tuple(sorted(format_node(one.people.nodes[n]) for n in one.here - other.here))


def _changes(old: Side, new: Side, *, gained: bool) -> list[AccessChange]:
    """Return what the new side has and the old one lacks."""
    grouped: dict[tuple[Identity, ...], tuple[list[tuple[Cause, ...]], list[Opened]]] = {}
    for causes, way in openings(old, new):
        every, ways = grouped.setdefault(tuple(map(identity, causes)), ([], []))
        every.append(causes)
        ways += [way] if way else []
    return [_change(*found, gained=gained) for found in grouped.values()]


def _change(
    every: Sequence[tuple[Cause, ...]], ways: list[Opened], *, gained: bool
) -> AccessChange:
    causes = [united(several) for several in zip(*every, strict=True)]
    ways = ways if gained else list(map(_closed, ways))
    new = {"added", "unseen-before"}
    return AccessChange(
        gained=gained,
        causes=tuple(causes if gained else map(_gone, causes)),
        ways=tuple(sorted(ways, key=_way_order)),
        only_secrets=all(c.kind == "Secret" and c.change in new for c in causes),
    )


_Gained = TypeVar("_Gained", AdminChange, GainedIdentity)


def _lost(one: _Gained) -> _Gained:
    causes = tuple(map(_gone, one.causes))
    return replace(one, gained=False, before=one.after, after=one.before, causes=causes)


def _closed(way: Opened) -> Opened:
    return replace(way, before=way.after, after=way.before)


def _gone(cause: Cause) -> Cause:
    """Return a cause on the old side as a removal."""
    other: dict[Deed, Deed] = {
        "added": "removed",
        "removed": "added",
        "unseen-before": "unseen-after",
        "unseen-after": "unseen-before",
    }
    return replace(cause, change=other.get(cause.change, cause.change))


def _way_order(way: Opened) -> tuple[object, ...]:
    return not way.path.certain, way.path.effort, way.principals, way.secrets
