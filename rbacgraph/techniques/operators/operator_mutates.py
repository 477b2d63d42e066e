"""Change Pods and other objects as others write them, by an operator's admission webhook."""

from collections.abc import Iterator

from rbacgraph.facts.custom_resources.row import CustomResourceRow
from rbacgraph.facts.custom_resources.rows import flat, rows_that
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import Condition, If, both
from rbacgraph.model.node import EVERYTHING, Node
from rbacgraph.techniques.operators.custom_writes import place_of, rights_of, words_of, written
from rbacgraph.techniques.spec.collections import (
    EXISTING_ACCOUNTS_OF,
    RUNNING_PODS_OF,
    SECRETS_OF,
)
from rbacgraph.techniques.spec.compound_rights import HeldCompoundRights
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc

_ROWS = flat(rows_that("mutates"))


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    for row in _ROWS:
        for scope, tail in written(world, present, row):
            for place, (targets, condition) in enumerate(_given(row, place_of(row, scope))):
                yield Hyperarc(
                    tail,
                    targets,
                    words_of(row, scope, "changes what others write"),
                    scope,
                    (row.plural, row.group, row.fields[0], f"{place}"),
                    both(row.condition, condition),
                )


def _given(row: CustomResourceRow, place: str) -> Iterator[tuple[tuple[Node, ...], Condition]]:
    """Yield what changed objects give the attacker, with who must write them."""
    if row.changes == "images":
        yield (RUNNING_PODS_OF.everything(place),), If.CONTROLLER_MAKES_POD()
        return
    pods = SECRETS_OF.everything(place), EXISTING_ACCOUNTS_OF.everything(place)
    yield pods, If.SOMEBODY_CREATES_POD()
    if row.changes == "objects" and row.reach == "cluster":
        yield (EVERYTHING,), If.SOMEBODY_GRANTS((), ())


EDGE = Conjunction(
    id="operator-mutates",
    summary="an operator's webhook changes what others write, as an object of one's own says",
    effort=7,  # no server is needed, but others must write something
    certainty="always conditional: on the operator, and on others' writes",
    abilities=rights_of(_ROWS),
    joins=_joins,
    rows=_ROWS,
)
