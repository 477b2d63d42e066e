"""Numbers nodes, in order of mention."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import TypeVar, cast

from rbacgraph.model.node import GraphNode, Node

Thing = TypeVar("Thing")
Names = Mapping[str, Mapping[str, int]]
"""Numbers by namespace and name."""


class Index(Mapping[GraphNode, int]):
    """The number of every node that was mentioned so far.

    Numbering costs one hash per node. Pods and Secrets have blocks of numbers instead: one after
    the other, all of a kind at once, and found by name only on demand.
    """

    number: Callable[[GraphNode], int]
    """Return a node's number, a new one if it has none."""

    def __init__(self) -> None:
        self._numbers = _Numbers()
        self._blocks = self._numbers.blocks
        self.nodes = self._numbers.nodes
        self.number = self._numbers.__getitem__

    def __getitem__(self, node: GraphNode) -> int:
        number = self._numbers.get(node)
        if number is None:
            number = self._numbers.in_block(node)
            if number is None:
                raise KeyError(node)
        return number

    def __iter__(self) -> Iterator[GraphNode]:
        return iter(self.nodes)

    def __len__(self) -> int:
        return len(self.nodes)

    def block(self, kind: str, nodes: Iterable[Node]) -> range:
        """Number all nodes of a kind, each given once and none mentioned before."""
        start = len(self.nodes)
        self.nodes.extend(nodes)
        self._blocks[kind] = found = range(start, len(self.nodes))
        return found

    def of_kinds(self, kinds: Container[str]) -> list[int]:
        """Return the numbers of all nodes of some kinds, in order."""
        found: list[int] = []
        place, nodes = 0, self.nodes
        for kind, block in sorted(self._blocks.items(), key=lambda one: one[1].start):
            found += [n for n in range(place, block.start) if nodes[n][0] in kinds]
            found += block if kind in kinds else ()
            place = block.stop
        return found + [n for n in range(place, len(nodes)) if nodes[n][0] in kinds]

    def names(self, kind: str) -> Names:
        """Return the numbers of a kind's block, if it has one."""
        return self._numbers.names(kind)


class OfBlock(Mapping[tuple[str, str], Thing]):
    """Things that stand for the nodes of a block, by namespace and name.

    ``index``: the numbers.
    ``kind``, ``block``: the block's kind, and its numbers.
    ``things``: one for each node, in this order.
    """

    def __init__(self, index: Index, kind: str, block: range, things: Sequence[Thing]) -> None:
        self._nodes = index.nodes
        self._numbers = index.names(kind)
        self._block = block
        self._things = things

    def __getitem__(self, key: tuple[str, str]) -> Thing:
        namespace, name = key
        return self._things[self._numbers[namespace][name] - self._block.start]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        nodes = cast("Sequence[Node]", self._nodes)  # what is in a block has a name
        return (nodes[number][1:] for number in self._block)

    def __len__(self) -> int:
        return len(self._block)


class _Numbers(dict[GraphNode, int]):
    """Numbers of requested nodes: only the first look-up of each calls Python."""

    def __init__(self) -> None:
        self.nodes: list[GraphNode] = []
        self.blocks: dict[str, range] = {}
        self._names: dict[str, Names] = {}

    def __missing__(self, node: GraphNode) -> int:
        number = self.in_block(node) if node[0] in self.blocks else None
        if number is None:
            number = len(self.nodes)
            self.nodes.append(node)
        self[node] = number
        return number

    def in_block(self, node: GraphNode) -> int | None:
        """Return the number of a node in the block of its kind."""
        kind, namespace, name = node
        return self.names(kind).get(namespace, _NONE).get(name) if isinstance(name, str) else None

    def names(self, kind: str) -> Names:
        known = self._names.get(kind)
        if known is None:
            block = self.blocks.get(kind, _EMPTY)
            found: dict[str, dict[str, int]] = {}
            nodes = cast("list[Node]", self.nodes[block.start : block.stop])
            for number, (_, namespace, name) in enumerate(nodes, block.start):
                numbers = found.get(namespace)
                if numbers is None:
                    numbers = found[namespace] = {}
                numbers[name] = number
            known = found
            if kind in self.blocks:
                self._names[kind] = known
        return known


def another(node: Node, taken: set[Node]) -> Node:
    """Return a new node for another object of a taken name, and mark it as taken.

    Examples
    --------
    >>> another(("pod", "shop", "web"), {("pod", "shop", "web"), ("pod", "shop", "web (2)")})
    ('pod', 'shop', 'web (3)')
    """
    kind, namespace, name = node
    numbers = (f"{name} ({number})" for number in count(2))
    found = next(one for candidate in numbers if (one := (kind, namespace, candidate)) not in taken)
    taken.add(found)
    return found


_EMPTY = range(0)
_NONE: Mapping[str, int] = {}
