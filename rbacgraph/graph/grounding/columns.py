"""Collects edges as columns of integers."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from rbacgraph.facts.bindings.index import Index
from rbacgraph.model.condition import CERTAIN, Condition
from rbacgraph.techniques.spec.technique import Edge, EdgeBlock


class Columns:
    """Grows a graph edge by edge; nodes and conditions are integers.

    Condition 0 is the empty one: certain.
    """

    def __init__(self, index: Index) -> None:
        self.index = index
        self.conditions: dict[Condition, int] = {CERTAIN: 0}
        self.source = array("i")
        self.target = array("i")
        self.kind = array("B")
        self.condition = array("i")
        self._basis: list[Sequence[object]] = []
        self._starts: list[int] = []

    def add(self, kind: int, edges: Iterable[Edge] | EdgeBlock) -> None:
        """Append edges of one kind."""
        block = edges if isinstance(edges, EdgeBlock) else self._to_block(edges)
        start = len(self.source)
        self.source.fromlist(block.sources)
        self.target.fromlist(block.targets)
        count = len(self.source) - start
        self.kind.frombytes(bytes((kind,)) * count)
        self.condition.frombytes(bytes(self.condition.itemsize * count))
        known = self.conditions
        for place, condition in block.conditions.items():
            self.condition[start + place] = known.setdefault(condition, len(known))
        self._basis.append(block.basis)
        self._starts.append(start)

    def basis(self, edge: int) -> object:
        place = bisect_right(self._starts, edge) - 1
        basis = self._basis[place]
        return basis[edge - self._starts[place]] if basis else None

    def bases(self, edges: Sequence[int]) -> list[object]:
        """Return the bases of some edges that are in order."""
        found: list[object] = []
        for basis, start, end in zip(
            self._basis, self._starts, [*self._starts[1:], len(self.source)], strict=True
        ):
            some = edges[bisect_left(edges, start) : bisect_left(edges, end)]
            found += [basis[edge - start] for edge in some] if basis else [None] * len(some)
        return found

    def _to_block(self, edges: Iterable[Edge]) -> EdgeBlock:
        number = self.index.number
        listed = list(edges)
        return EdgeBlock(
            [end if isinstance(end, int) else number(end) for end, _, _, _ in listed],
            [end if isinstance(end, int) else number(end) for _, end, _, _ in listed],
            [basis for _, _, basis, _ in listed],
            {place: edge[3] for place, edge in enumerate(listed) if edge[3]},
        )
