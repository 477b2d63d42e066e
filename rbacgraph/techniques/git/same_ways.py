"""Merges edges between the same nodes, which several files may give."""

from collections.abc import Iterable, Iterator

from rbacgraph.techniques.spec.technique import Edge


def each_once(edges: Iterable[Edge]) -> Iterator[Edge]:
    """Yield one edge between each two nodes: that on the least condition."""
    found: dict[tuple[object, object], Edge] = {}
    for edge in edges:
        key = edge[0], edge[1]
        if key not in found or edge[3] < found[key][3]:
            found[key] = edge
    yield from found.values()
