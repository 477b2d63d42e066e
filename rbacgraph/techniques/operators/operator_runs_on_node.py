"""Have an operator run something on nodes, as root, by a resource that says what."""

from collections.abc import Iterator

from rbacgraph.facts.custom_resources.row import CustomResourceRow
from rbacgraph.facts.world import Facts
from rbacgraph.techniques.operators.custom_writes import Given, by_row
from rbacgraph.techniques.spec.collections import every_host


def _given(world: Facts, row: CustomResourceRow, _scope: str) -> Iterator[Given]:
    yield Given((row.fields[0],), every_host(world))


EDGE = by_row(
    "runs-on-node",
    _given,
    does="runs on nodes what they say",
    summary="an operator runs as root on nodes what the author of an object says",
    effort=6,  # an object that remains visible; many nodes start again
    certainty="always conditional: on the operator, and on which nodes it changes",
)
