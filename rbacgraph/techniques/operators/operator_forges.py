"""Have an operator make a credential of somebody else, or let the attacker in as somebody else."""

from collections.abc import Iterator

from rbacgraph.facts.custom_resources.row import CustomResourceRow
from rbacgraph.facts.world import Facts
from rbacgraph.model.node import EVERYTHING
from rbacgraph.techniques.operators.custom_writes import Given, by_row, place_of
from rbacgraph.techniques.spec.collections import EXISTING_ACCOUNTS_OF
from rbacgraph.techniques.tokens.create_token_secret import READ_NEW_SECRET


def _given(_world: Facts, row: CustomResourceRow, scope: str) -> Iterator[Given]:
    accounts = EXISTING_ACCOUNTS_OF.everything(place_of(row, scope))
    yield Given((row.fields[0],), (EVERYTHING if row.rights == "everything" else accounts,))


EDGE = by_row(
    "forges",
    _given,
    does="makes a credential as they say",
    readers=lambda row: (READ_NEW_SECRET,) if row.lands == "secret" else (),
    summary="an operator makes a credential of another identity for the author of an object",
    effort=5,  # an object, and a credential that remains visible
    certainty="always conditional: on the operator",
)
