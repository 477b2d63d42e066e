"""The question of a cut, and its result."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from pyroaring import BitMap

from rbacgraph.advice.cut.remaining_paths import reaching
from rbacgraph.advice.edits.apply_edits import Edited
from rbacgraph.advice.edits.edits import Edit
from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.principals import Principals, Start
from rbacgraph.model.answers.paths import Path
from rbacgraph.model.changes.statement import Statement
from rbacgraph.model.node import SECRET, STORE_LOGINS, Node, named_node
from rbacgraph.query.arrays.path_filter import PathFilter
from rbacgraph.query.closure.certain_and_possible import spreads
from rbacgraph.query.subject.secrets import AskedSecret, seeds_of


class CutQuestion(NamedTuple):
    """The question of a cut.

    ``certain``: whether conditional paths may stay.
    ``system``: whether control-plane identities are cut off too.
    """

    asked: AskedSecret
    kept: tuple[Node, ...]
    certain: bool = False
    system: bool = False

    def principals(self, graph: AccessGraph) -> Principals:
        """Return the principals that count."""
        return graph.principals_unfolded if self.system else graph.principals

    def seeds(self, graph: AccessGraph) -> list[int]:
        """Return the target nodes of paths."""
        return seeds_of(graph, self.asked)

    def spared(self, graph: AccessGraph) -> tuple[Key, ...]:
        """Return the Secrets of the cluster to protect: the one asked about.

        Of a secret of a store, those that hold it, or a credential of a login that reads it.
        """
        if self.asked.key is not None:
            return (self.asked.key,)
        nodes, found = graph.nodes, set[Key]()
        for seed in self.seeds(graph):
            near = {seed, *(n for n in _before(graph, seed) if nodes[n][0] in STORE_LOGINS)}
            secrets = (nodes[n] for one in near for n in _before(graph, one))
            found |= {named_node(node)[1:] for node in secrets if node[0] == SECRET}
        return tuple(sorted(found))

    def reaching(self, graph: AccessGraph) -> BitMap:
        """Return the principals that reach the Secret by a path of their own."""
        return reaching(graph, self.principals(graph), self.limits(graph), self.seeds(graph))

    def reaching_for_certain(self, graph: AccessGraph) -> BitMap:
        """Return those of them whose path is certain, whichever versions a server holds."""
        seeds = self.seeds(graph)
        if not seeds:
            return BitMap()
        found = spreads(graph, self.principals(graph), PathFilter(certain=True))
        number = found.reaching_any(np.array(seeds, dtype=np.int64), certain=True)
        return found.sets[number]

    def others(self, graph: AccessGraph) -> Iterator[Start]:
        """Yield the principals that are not kept, nor in a kept group."""
        allowed: set[int] = set()
        for node in self.kept:
            number = graph.index.get(node)
            if number is not None:
                allowed.add(number)
                allowed.update(graph.membership.members.get(number, ()))
        return (one for one in self.principals(graph).starts if one.principal not in allowed)

    def limits(self, graph: AccessGraph) -> PathFilter:
        """Return the filter of paths: of certain ones, those that rest on versions alone too."""
        return PathFilter(certain=self.certain, given=graph.version_choices.conditions)


def _before(graph: AccessGraph, number: int) -> Iterator[int]:
    return (graph.source_of[edge] for edge in graph.incoming.of(number))


class PathToBlock(NamedTuple):
    """A path to block, with the allowed edits that may block it."""

    path: Path
    choices: frozenset[Edit]


class Blocked(NamedTuple):
    """A path that no edit may block: each edit that would, with what it would deny."""

    path: Path
    denied: tuple[tuple[Edit, Statement], ...]


class Cutting(NamedTuple):
    """The edits, the remaining paths, and why fewer edits are not enough.

    ``made``, ``graph``: the cluster after the edits, and its graph.
    ``reached``: who reaches the Secret before and after the edits: see
        :meth:`CutQuestion.reaching`.
    ``bound``, ``proven``: a number of edits that no choice goes below, and whether these are so
        many.
    ``principals``: how many principals reached the Secret, for certain and only under a condition.
    ``blocked``: the principals that cannot be cut off, each with its remaining path.
    ``forcing``: paths that show why so many edits are needed.
    ``closes``: for each edit, how many of each lose a path by it.
    """

    edits: tuple[Edit, ...]
    made: Edited
    graph: AccessGraph
    reached: tuple[BitMap, BitMap]
    bound: int
    proven: bool
    principals: tuple[int, int]
    blocked: Mapping[str, Blocked]
    forcing: Sequence[PathToBlock]
    closes: Mapping[Edit, tuple[int, int]]
