"""Numbers of nodes, in order of mention."""

from collections.abc import Container, Iterable, Iterator, Mapping

from rbacgraph.model.node import Node

Names = Mapping[str, Mapping[str, int]]
"""Numbers by namespace and name."""


class Index(Mapping[Node, int]):
    """The number of every node that was mentioned so far.

    Hashing a node is what numbering costs. Pods and Secrets are numbered in blocks instead:
    one after the other, all of a kind at once, and found by name only where one is asked for.
    """

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._numbers: dict[Node, int] = {}
        self._blocks: dict[str, range] = {}
        self._names: dict[str, Names] = {}

    def __getitem__(self, node: Node) -> int:
        number = self._numbers.get(node)
        if number is None:
            number = self.names(node[0]).get(node[1], _NONE).get(node[2])
            if number is None:
                raise KeyError(node)
        return number

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __len__(self) -> int:
        return len(self.nodes)

    def number(self, node: Node) -> int:
        """Return a node's number, a new one where it has none."""
        number = self._numbers.get(node)
        if number is None:
            number = self.get(node) if node[0] in self._blocks else None
            if number is None:
                number = len(self.nodes)
                self.nodes.append(node)
            self._numbers[node] = number
        return number

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
        known = self._names.get(kind)
        if known is None:
            block = self._blocks.get(kind, _EMPTY)
            found: dict[str, dict[str, int]] = {}
            for number, (_, namespace, name) in enumerate(
                self.nodes[block.start : block.stop], block.start
            ):
                numbers = found.get(namespace)
                if numbers is None:
                    numbers = found[namespace] = {}
                numbers[name] = number
            known = found
            if kind in self._blocks:
                self._names[kind] = known
        return known


_EMPTY = range(0)
_NONE: Mapping[str, int] = {}
