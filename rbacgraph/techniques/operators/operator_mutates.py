"""Change Pods and other objects as others write them, by an operator's admission webhook."""

from collections.abc import Iterator

from rbacgraph.facts.custom_resources.row import CustomResourceRow
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import If
from rbacgraph.model.node import EVERYTHING
from rbacgraph.techniques.operators.custom_writes import Given, by_row, place_of
from rbacgraph.techniques.spec.collections import (
    EXISTING_ACCOUNTS_OF,
    RUNNING_PODS_OF,
    SECRETS_OF,
)


def _given(_world: Facts, row: CustomResourceRow, scope: str) -> Iterator[Given]:
    """Yield what changed objects give the attacker, with who must write them."""
    place, field = place_of(row, scope), row.fields[0]
    if row.changes == "images":
        images = (RUNNING_PODS_OF.everything(place),)
        yield Given((field, "0"), images, If.CONTROLLER_MAKES_POD())
        return
    pods = SECRETS_OF.everything(place), EXISTING_ACCOUNTS_OF.everything(place)
    yield Given((field, "0"), pods, If.SOMEBODY_CREATES_POD())
    if row.changes == "objects" and row.reach == "cluster":
        yield Given((field, "1"), (EVERYTHING,), If.SOMEBODY_GRANTS((), ()))


EDGE = by_row(
    "mutates",
    _given,
    does="changes what others write",
    summary="an operator's webhook changes what others write, as an object of one's own says",
    effort=7,  # no server is needed, but others must write something
    certainty="always conditional: on the operator, and on others' writes",
)
