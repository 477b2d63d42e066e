"""Have an operator run something on nodes, as root, by a resource that says what."""

from collections.abc import Iterator

from rbacgraph.facts.custom_resources.rows import flat, rows_that
from rbacgraph.facts.world import Facts
from rbacgraph.techniques.operators.custom_writes import rights_of, words_of, written
from rbacgraph.techniques.spec.collections import every_host
from rbacgraph.techniques.spec.compound_rights import HeldCompoundRights
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc

_ROWS = flat(rows_that("runs-on-node"))


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    for row in _ROWS:
        for scope, tail in written(world, present, row):
            yield Hyperarc(
                tail,
                every_host(world),
                words_of(row, scope, "runs on nodes what they say"),
                scope,
                (row.plural, row.group, row.fields[0]),
                row.condition,
            )


EDGE = Conjunction(
    id="operator-runs-on-node",
    summary="an operator runs as root on nodes what the author of an object says",
    effort=6,  # an object that remains visible; many nodes start again
    certainty="always conditional: on the operator, and on which nodes it changes",
    abilities=rights_of(_ROWS),
    joins=_joins,
    rows=_ROWS,
)
