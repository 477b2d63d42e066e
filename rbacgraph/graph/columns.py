"""Edges as columns of integers, while they are being collected."""

from array import array
from collections.abc import Iterable

from rbacgraph.edges.base import Edge
from rbacgraph.model.node import Node


class Columns:
    """Grows a graph edge by edge: nodes and conditions are interned as integers.

    Condition 0 is the empty one: certain.

    Parameters
    ----------
    index:
        Numbers of nodes; it grows with the edges.
    """

    def __init__(self, index: dict[Node, int]) -> None:
        self.index = index
        self.conditions: dict[str, int] = {"": 0}
        self.source = array("i")
        self.target = array("i")
        self.kind = array("B")
        self.condition = array("i")
        self.basis: list[object] = []

    def add(self, kind: int, edges: Iterable[Edge]) -> None:
        """Append edges of one kind."""
        index, conditions = self.index, self.conditions
        node, size = index.setdefault, index.__len__
        source, target, condition = self.source.append, self.target.append, self.condition.append
        basis = self.basis.append
        before = len(self.source)
        for start, end, rests_on, text in edges:
            source(start if type(start) is int else node(start, size()))  # type: ignore[arg-type]
            target(end if type(end) is int else node(end, size()))  # type: ignore[arg-type]
            condition(conditions.setdefault(text, len(conditions)) if text else 0)
            basis(rests_on)
        self.kind.extend([kind] * (len(self.source) - before))
