"""Ways that go on alike from a node on: each holds its first edge, and all share the rest."""

from collections.abc import Collection, Iterator, Sequence
from typing import Union, overload

from rbacgraph.graph.attack_graph import AccessGraph


class Tail:
    """The edges of a way from one node on: the first, and the tail after it.

    ``rest``: the tail from where that leads; None where the way ends there.
    ``is_certain``: whether no edge depends on a condition.
    ``to_group``: the first tail after this one that starts at a group; None where there is none.
    """

    __slots__ = ("edge", "is_certain", "rest", "to_group")

    def __init__(self, graph: AccessGraph, edge: int, rest: Union["Tail", None]) -> None:
        self.edge = edge
        self.rest = rest
        self.is_certain: bool = not graph.condition_of[edge] and (rest is None or rest.is_certain)
        self.to_group: Tail | None = None
        if rest is not None:
            starts_at_group = graph.source_of[rest.edge] in graph.membership.members
            self.to_group = rest if starts_at_group else rest.to_group


def edges_of(tail: Tail | None) -> Iterator[int]:
    while tail is not None:
        yield tail.edge
        tail = tail.rest


class WayByTail(Sequence[int]):
    """The edges of a way: the first, and a tail; they are listed when somebody asks for them.

    ``tail``: the tail after it; None where the way ends there.
    """

    __slots__ = ("first", "tail")

    def __init__(self, first: int, tail: Tail | None) -> None:
        self.first = first
        self.tail = tail

    def __iter__(self) -> Iterator[int]:
        yield self.first
        yield from edges_of(self.tail)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @overload
    def __getitem__(self, place: int) -> int: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[int]: ...

    def __getitem__(self, place: int | slice) -> int | Sequence[int]:
        return list(self)[place]


def is_certain(graph: AccessGraph, edges: Sequence[int]) -> bool:
    """Whether a way depends on no condition."""
    if isinstance(edges, WayByTail):
        first = not graph.condition_of[edges.first]
        return first and (edges.tail is None or edges.tail.is_certain)
    return not any(map(graph.condition_of.__getitem__, edges))


def passes(graph: AccessGraph, edges: Sequence[int], groups: Collection[int]) -> bool:
    """Whether an edge of a way starts at one of some groups."""
    if isinstance(edges, WayByTail):
        if graph.source_of[edges.first] in groups:
            return True
        tail = edges.tail
        while tail is not None and graph.source_of[tail.edge] not in groups:
            tail = tail.to_group
        return tail is not None
    return any(graph.source_of[edge] in groups for edge in edges)
