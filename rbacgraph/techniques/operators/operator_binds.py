"""Have an operator grant rights, by a resource that says who gets which."""

from collections.abc import Iterator

from rbacgraph.facts.custom_resources.row import CustomResourceRow, OperatorAccount
from rbacgraph.facts.custom_resources.rows import flat, rows_that
from rbacgraph.facts.world import Facts
from rbacgraph.model.node import EVERYTHING, Node
from rbacgraph.techniques.operators.custom_writes import (
    WIDE,
    Given,
    by_row,
    place_of,
    reads_of_operator,
)
from rbacgraph.techniques.spec.collections import EXISTING_ACCOUNTS_OF, SECRETS_OF
from rbacgraph.techniques.spec.compound_rights import CompoundRight, FoundRight, HeldRights
from rbacgraph.techniques.spec.custom_resources import is_there
from rbacgraph.techniques.spec.technique import Right

_ROWS = flat(rows_that("binds"))


def _reads_all(_world: Facts, held: HeldRights) -> Iterator[FoundRight]:
    for holdings in held.values():
        for one in holdings:
            if not one.match.names:
                yield FoundRight(one.scope, "", (one,))


READ_EACH_SECRET = CompoundRight(
    id="read-each-secret",
    rights=(Right(("get", "list"), "", "secrets"),),
    found=_reads_all,
    wanted=lambda world: any(_is_copied(row) and is_there(world, row) for row in _ROWS),
)
"""Read the Secrets of a namespace, and so bind a role that does."""


def _is_copied(row: CustomResourceRow) -> bool:
    """Whether the operator copies a binding that the author may make."""
    return isinstance(row.rights, OperatorAccount)


def _given(world: Facts, row: CustomResourceRow, scope: str) -> Iterator[Given]:
    first = row.fields[0], "0"
    if row.rights == "everything":
        yield Given(first, (EVERYTHING,))
    elif _is_copied(row):
        for place, read in enumerate(reads_of_operator(world, row)):
            yield Given((row.fields[0], f"{place}"), read.secrets, read.condition, read.evidence)
    elif row.labelled:
        given = [node for one in _labelled(world, row.labelled) for node in _inside(one)]
        if not row.cluster_scoped and scope not in WIDE:
            given.append(SECRETS_OF.everything(scope))
        if given:
            yield Given(first, tuple(given))
    else:
        yield Given(first, _inside(place_of(row, scope)))


def _inside(place: str) -> tuple[Node, Node]:
    return SECRETS_OF.everything(place), EXISTING_ACCOUNTS_OF.everything(place)


def _labelled(world: Facts, label: str) -> Iterator[str]:
    """Yield the namespaces that have a label, or may have it, as the input lacks the object.

    Those of Kubernetes itself have it only if the input shows it.
    """
    held = {one.metadata.name: one.metadata.labels or {} for one in world.snapshot.namespaces}
    for namespace in world.identities.namespaces:
        labels = held.get(namespace)
        if label in labels if labels is not None else not namespace.startswith("kube-"):
            yield namespace


EDGE = by_row(
    "binds",
    _given,
    does="grants what they say",
    readers=lambda row: (READ_EACH_SECRET,) if _is_copied(row) else (),
    summary="an operator grants rights to whom the author of an object names",
    effort=5,  # an object, and a binding that remains visible
    certainty="always conditional: on the operator",
)
