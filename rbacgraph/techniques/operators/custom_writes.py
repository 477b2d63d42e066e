"""Compound rights to write, or to read, custom resources of the table, and techniques by them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from rbacgraph.facts.custom_resources.present import PresentRows
from rbacgraph.facts.custom_resources.row import CustomResourceRow, Mechanism
from rbacgraph.facts.custom_resources.rows import RowsByKey, custom_resource_rows, flat, rows_that
from rbacgraph.facts.object_names import may_be_made
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import EACH_NAMESPACE, GraphNode, Node
from rbacgraph.techniques.operators.account_reads import AccountRead, AccountReads
from rbacgraph.techniques.spec.compound_rights import (
    CompoundRight,
    FoundRight,
    HeldCompoundRights,
    HeldRights,
    always,
    cluster_wide,
    names_of,
    where_allowed,
)
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.custom_resources import heeds, is_there, object_there
from rbacgraph.techniques.spec.technique import Match, ResourceKey, Right, where

WIDE = ("", EACH_NAMESPACE)
_WRITE = ("create", "update", "patch")
_CHANGE = ("update", "patch")
_WITHOUT_NAME = ("list", "watch")
_READ = ("get", *_WITHOUT_NAME, "patch")


@cache
def write_right(key: ResourceKey) -> CompoundRight:
    """Return the compound right to give a custom resource any content."""
    existing = any(row.existing for row in _rows().get(key, ()) if row.key == key)
    return _right("write", key, _CHANGE if existing else _WRITE, object_there)


def right_to_write(row: CustomResourceRow) -> CompoundRight:
    """Return the compound right to give an object of a row any content."""
    return _change_right(row.key, row.named) if row.named else write_right(row.key)


@cache
def _change_right(key: ResourceKey, named: tuple[str, ...]) -> CompoundRight:
    """Return the compound right to change one of a few objects that are there."""
    right = Right(_CHANGE, *key)
    rows = [row for row in _rows()[key] if row.named == named]

    def found(_world: Facts, held: HeldRights) -> Iterator[FoundRight]:
        return where_allowed(held.get(right, ()), lambda one: _covers(one.match, named))

    return CompoundRight(
        id=f"change-{key[1]}-{'-'.join(named)}",
        rights=(right,),
        found=found,
        wanted=lambda world: any(is_there(world, row) for row in rows),
    )


def _covers(match: Match, named: Iterable[str]) -> Condition | None:
    reaches = not match.names or any(name in match.exact_names for name in named)
    return CERTAIN if reaches else None


@cache
def read_right(key: ResourceKey) -> CompoundRight:
    """Return the compound right to see an object that the attacker writes."""
    return _right("see", key, _READ, _sees)


@cache
def _rows() -> RowsByKey:
    """Return all rows by each resource that must be written for them."""
    found: dict[ResourceKey, list[CustomResourceRow]] = {}
    for row in custom_resource_rows():
        for plural in dict.fromkeys((row.plural, *row.also)):
            found.setdefault((row.group, plural), []).append(row)
    return found


def _sees(world: Facts, match: Match) -> Condition | None:
    """Return CERTAIN for a rule that shows an object of one's own: a patch answers with it."""
    lists = match.nameless and any(verb in match.verbs for verb in _WITHOUT_NAME)
    (key,) = match.keys
    shown = any(may_be_made(world, key, name) for name in names_of(match))
    return CERTAIN if lists or shown else None


def _right(
    doing: str,
    key: ResourceKey,
    verbs: tuple[str, ...],
    allows: Callable[[Facts, Match], Condition | None],
) -> CompoundRight:
    group, plural = key
    rows = _rows().get(key, ())
    alone = any(row.cluster_scoped for row in rows if row.key == key)
    right = Right(verbs, group, plural)

    def found(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
        holdings = held.get(right, ())
        usable = cluster_wide(holdings) if alone else holdings
        return where_allowed(usable, lambda one: allows(world, one.match))

    return CompoundRight(
        id=f"{doing}-{plural}-{group.replace('.', '-')}",
        rights=(right,),
        found=found,
        wanted=lambda world: any(is_there(world, row) for row in rows),
        cluster_scoped=alone,
    )


def scopes_of(present: HeldCompoundRights, rights: Sequence[CompoundRight]) -> list[str]:
    """Return the scopes in which several rights add something together, sorted."""
    if len(rights) == 1:
        return list(present.scopes(rights[0]))
    pairs = ((a, b) for n, a in enumerate(rights) for b in rights[n + 1 :])
    found = {scope for a, b in pairs for scope in present.shared_scopes(a, b)}
    return sorted(scope for scope in found if all(present.has(one, scope) for one in rights))


def tail_of(
    present: HeldCompoundRights, rights: Iterable[CompoundRight], scope: str, name: str = ""
) -> tuple[GraphNode, ...]:
    """Return the nodes of some rights in a scope that has them all, for a name."""
    nodes = (present.node(right, scope, name) for right in rights)
    return tuple(node for node in nodes if node is not None)


def rights_of(rows: Iterable[CustomResourceRow]) -> tuple[CompoundRight, ...]:
    """Return the rights that some rows ask for: to write resources, and to see one."""
    found: dict[CompoundRight, None] = {}
    for row in rows:
        found[right_to_write(row)] = None
        found.update(dict.fromkeys(write_right((row.group, one)) for one in row.also))
        if row.lands == "object":
            found[read_right(seen(row))] = None
    return tuple(found)


def seen(row: CustomResourceRow) -> ResourceKey:
    """Return the resource whose object shows what the operator makes: the last one written."""
    return (row.group, row.also[-1]) if row.also else row.key


def reads_of_operator(world: Facts, row: CustomResourceRow) -> Iterator[AccountRead]:
    """Yield what the ServiceAccounts of an operator read."""
    for _, namespace, name in world.part(PresentRows).accounts(row):
        yield from world.part(AccountReads).of((namespace, str(name)))


def written(
    world: Facts, present: HeldCompoundRights, row: CustomResourceRow, *more: CompoundRight
) -> Iterator[tuple[str, tuple[GraphNode, ...]]]:
    """Yield the scopes in which a row's resource, and what it needs too, can be written.

    Yields the scope, and the nodes of the rights.
    """
    if not is_there(world, row):
        return
    rights = (right_to_write(row), *(write_right((row.group, one)) for one in row.also), *more)
    for scope in scopes_of(present, rights):
        if heeds(world, row, scope):
            yield scope, tail_of(present, rights, scope)


def place_of(row: CustomResourceRow, scope: str) -> str:
    """Return the namespace that an object of a row reaches, made in a scope; ``""`` for all."""
    return "" if row.reach == "cluster" or scope in WIDE else scope


def words_of(row: CustomResourceRow, scope: str, does: str) -> str:
    """Return what the attacker writes and what the operator then does, in words."""
    kinds = " and ".join((row.full_name, *row.also))
    return f"can write {kinds} {where(scope)}, and {row.operator} {does}"


class Given(NamedTuple):
    """What an operator gives for an object in a scope, on further conditions than its row says.

    ``name``: what tells it from what else the row's resource gives there.
    ``does``: what the operator does for it, if not what it does by the technique.
    """

    name: tuple[str, ...]
    targets: tuple[Node, ...]
    condition: Condition = CERTAIN
    evidence: tuple[Evidence, ...] = ()
    does: str = ""


def by_row(
    mechanism: Mechanism,
    given: Callable[[Facts, CustomResourceRow, str], Iterator[Given]],
    *,
    summary: str,
    effort: int,
    certainty: str,
    does: str = "",
    readers: Callable[[CustomResourceRow], Sequence[CompoundRight]] = lambda _row: (),
    wanted: Callable[[Facts], bool] = always,
) -> Conjunction:
    """Return the technique: who writes a row's resource in a scope gets what is given there.

    ``readers``: what else the author needs, to have what the operator makes.
    ``wanted``: whether the cluster has anything to give.
    """
    rows = flat(rows_that(mechanism))

    def joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
        for row in rows if wanted(world) else ():
            for scope, tail in written(world, present, row, *readers(row)):
                for one in given(world, row, scope):
                    yield Hyperarc(
                        tail,
                        one.targets,
                        words_of(row, scope, one.does or does),
                        scope,
                        (row.plural, row.group, *one.name),
                        both(row.condition, one.condition),
                        one.evidence,
                    )

    read = (right for row in rows for right in readers(row))
    return Conjunction(
        id=f"operator-{mechanism}",
        summary=summary,
        effort=effort,
        certainty=certainty,
        abilities=tuple(dict.fromkeys((*rights_of(rows), *read))),
        joins=joins,
        rows=rows,
    )
