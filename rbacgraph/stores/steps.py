"""What a dump of a cloud lets an identity do, and by which facts of the dump."""

from collections.abc import Callable, Iterable
from enum import Enum
from typing import NamedTuple

from rbacgraph.model.node import GraphNode
from rbacgraph.stores.truth import StoreDoubts, Truth


class StepDeed(Enum):
    """What the source of a step does to its target, as a verb."""

    LOGS_IN = "is let in as that"
    TAKES_TOKEN = "takes a token of that"  # noqa: S105 - words
    READS = "reads that in the store"
    GIVES_ITSELF = "lets itself in to that by a change"
    JOINS = "is a member of that"
    ADMINISTERS = "is administrator of the cluster by its cloud"
    READS_CLUSTER = "reads those by the rights that its cloud gives"


class StepFact(NamedTuple):
    """One fact that a step rests on, where it was read, and what of it matters."""

    kind: str
    name: str
    file: str = ""
    line: int = 0
    detail: str = ""


class EstateStep(NamedTuple):
    """From one node to another: a login, a read, a change that gives one, an entry.

    ``known``, ``more``: the facts that it rests on, and a way to find others once it is shown.
    """

    source: GraphNode
    target: GraphNode
    doubts: StoreDoubts
    deed: StepDeed
    known: tuple[StepFact, ...] = ()
    more: Callable[[], Iterable[StepFact]] = tuple

    @property
    def facts(self) -> tuple[StepFact, ...]:
        """What it rests on."""
        return (*self.known, *self.more())


def doubts_of(answer: Truth) -> StoreDoubts:
    """Return the doubts of an answer that is not no."""
    return frozenset() if isinstance(answer, bool) else answer
