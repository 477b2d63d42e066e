"""Have an operator make a credential of somebody else, or let the attacker in as somebody else."""

from collections.abc import Iterator

from rbacgraph.facts.custom_resources.row import CustomResourceRow
from rbacgraph.facts.custom_resources.rows import flat, rows_that
from rbacgraph.facts.world import Facts
from rbacgraph.model.node import EVERYTHING, Node
from rbacgraph.techniques.operators.custom_writes import place_of, rights_of, words_of, written
from rbacgraph.techniques.spec.collections import EXISTING_ACCOUNTS_OF
from rbacgraph.techniques.spec.compound_rights import HeldCompoundRights
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.tokens.create_token_secret import READ_NEW_SECRET

_ROWS = flat(rows_that("forges"))


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    for row in _ROWS:
        more = (READ_NEW_SECRET,) if row.lands == "secret" else ()
        for scope, tail in written(world, present, row, *more):
            yield Hyperarc(
                tail,
                (_forged(row, scope),),
                words_of(row, scope, "makes a credential as they say"),
                scope,
                (row.plural, row.group, row.fields[0]),
                row.condition,
            )


def _forged(row: CustomResourceRow, scope: str) -> Node:
    if row.rights == "everything":
        return EVERYTHING
    return EXISTING_ACCOUNTS_OF.everything(place_of(row, scope))


EDGE = Conjunction(
    id="operator-forges",
    summary="an operator makes a credential of another identity for the author of an object",
    effort=5,  # an object, and a credential that remains visible
    certainty="always conditional: on the operator",
    abilities=(*rights_of(_ROWS), READ_NEW_SECRET),
    joins=_joins,
    rows=_ROWS,
)
