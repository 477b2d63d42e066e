"""Have an operator copy a Secret to where the attacker reads it."""

from collections.abc import Iterator

from rbacgraph.facts.custom_resources.row import CustomResourceRow
from rbacgraph.facts.custom_resources.rows import flat, rows_that
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import both
from rbacgraph.model.node import ABILITY, GraphNode
from rbacgraph.model.node_keys import NamedRight
from rbacgraph.techniques.new_pods.pod_makers import MAKE_PODS
from rbacgraph.techniques.new_pods.server_side_apply import APPLY_PODS
from rbacgraph.techniques.operators.account_reads import AccountRead, AccountReads, inside, widest
from rbacgraph.techniques.operators.custom_writes import (
    WIDE,
    read_right,
    reads_of_operator,
    rights_of,
    scopes_of,
    seen,
    tail_of,
    words_of,
    write_right,
    written,
)
from rbacgraph.techniques.operators.filled_secrets import FILLING, SECRETS, filled_secrets
from rbacgraph.techniques.spec.collections import SECRETS_OF
from rbacgraph.techniques.spec.compound_rights import CompoundRight, HeldCompoundRights
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.technique import where
from rbacgraph.techniques.stores.resource_writers import READ_SOME_SECRET

_ROWS = flat(rows_that("copies"))
_CUSTOM = tuple(row for row in _ROWS if row.key != SECRETS)


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    for row in _CUSTOM:
        yield from _by_objects(world, present, row)
    yield from filled_secrets(world, present)


def _by_objects(
    world: Facts, present: HeldCompoundRights, row: CustomResourceRow
) -> Iterator[Hyperarc]:
    """Yield what a custom resource has copied, for each way to read the copy."""
    if row.lands == "elsewhere":
        yield from _elsewhere(world, present, row)
        return
    does = "copies Secrets"
    if row.rights == "named-account":
        does = f"{does} as a ServiceAccount that they name"
    for readers, called in _readers(row):
        for scope, tail in written(world, present, row, *readers):
            for number, one in enumerate(_copied(world, row, scope)):
                yield Hyperarc(
                    tail,
                    one.secrets,
                    words_of(row, scope, does),
                    scope,
                    (row.plural, row.group, row.fields[0], called, f"{number}"),
                    both(row.condition, one.condition),
                    one.evidence,
                )


def _elsewhere(
    world: Facts, present: HeldCompoundRights, row: CustomResourceRow
) -> Iterator[Hyperarc]:
    """Yield what is offered in one namespace, and taken and read in another."""
    taken: GraphNode = (ABILITY, "", NamedRight(f"take-{row.plural}"))
    takes = [write_right((row.group, one)) for one in row.also]
    found = False
    for scope in scopes_of(present, (*takes, READ_SOME_SECRET)):
        found = True
        tail = tail_of(present, (*takes, READ_SOME_SECRET), scope)
        words = f"can write {' and '.join(row.also)} {where(scope)}, and read what they take"
        yield Hyperarc(tail, (taken,), words, scope, (row.plural, row.group, "taken"))
    offers = write_right(row.key)
    for scope in present.scopes(offers) if found else ():
        tail = (*tail_of(present, (offers,), scope), taken)
        given = tuple(node for one in _copied(world, row, scope) for node in one.secrets)
        words = f"can write {row.full_name} {where(scope)}, and {row.operator} copies Secrets"
        yield Hyperarc(tail, given, words, scope, (row.plural, row.group, "offered"), row.condition)


def _readers(row: CustomResourceRow) -> Iterator[tuple[tuple[CompoundRight, ...], str]]:
    """Yield the ways to read what a row's operator copies, each with its name.

    Who makes Pods in a namespace has its Secrets and ServiceAccounts without any copy.
    """
    if row.lands == "object":
        yield (read_right(seen(row)),), "seen"
    elif not row.lands:
        yield (), "shown"
    else:
        yield (READ_SOME_SECRET,), "read"
        if row.reach == "cluster" and (row.cluster_scoped or row.rights != "named-account"):
            yield (MAKE_PODS,), "made"
            yield (APPLY_PODS,), "applied"


def _copied(world: Facts, row: CustomResourceRow, scope: str) -> Iterator[AccountRead]:
    """Yield what an operator copies for an object in a scope."""
    here = "" if scope in WIDE else scope
    place = here if row.reach == "namespace" else ""
    if row.rights == "everything":
        yield AccountRead((SECRETS_OF.everything(place),))
        return
    if row.rights == "named-account":
        found = world.part(AccountReads).together("" if row.cluster_scoped else here)
    else:
        found = widest(reads_of_operator(world, row))
    for read in found:
        secrets = inside(read.secrets, place, world)
        if secrets:
            yield read._replace(secrets=secrets)


EDGE = Conjunction(
    id="operator-copies-secret",
    summary="an operator copies a Secret to where the author of an object reads it",
    effort=5,  # an object and a copy that remain visible
    certainty="always conditional: on the operator",
    abilities=(*rights_of(_CUSTOM), READ_SOME_SECRET, *FILLING),
    joins=_joins,
    rows=_ROWS,
)
