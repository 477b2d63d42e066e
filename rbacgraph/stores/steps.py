"""What a dump of a cloud lets an identity do, and by which facts of the dump."""

from typing import NamedTuple

from rbacgraph.model.node import GraphNode
from rbacgraph.stores.truth import StoreDoubts, Truth


class StepFact(NamedTuple):
    """One fact that a step rests on, and where it was read."""

    kind: str
    name: str
    file: str = ""
    line: int = 0


class EstateStep(NamedTuple):
    """From one node to another: a login, a read, a change that gives one, an entry.

    ``words``: what the source does to the target, as a verb.
    """

    source: GraphNode
    target: GraphNode
    doubts: StoreDoubts
    words: str
    facts: tuple[StepFact, ...] = ()


def doubts_of(answer: Truth) -> StoreDoubts:
    """Return the doubts of an answer that is not no."""
    return frozenset() if isinstance(answer, bool) else answer
