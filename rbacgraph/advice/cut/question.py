"""What is asked of a cut, and what is found."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rbacgraph.advice.edits.apply_edits import Edited
from rbacgraph.advice.edits.edits import Edit
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.principals import Principals, Start
from rbacgraph.model.answers.paths import Path
from rbacgraph.model.node import Node
from rbacgraph.query.arrays.path_filter import Limits
from rbacgraph.query.subject.secrets import Asked, seeds_of


class Question(NamedTuple):
    """What is asked.

    Parameters
    ----------
    asked:
        The Secret.
    kept:
        Who is to reach it all the same.
    certain:
        Whether conditional paths are left as they are.
    system:
        Whether the control plane's own identities are cut off too.
    """

    asked: Asked
    kept: tuple[Node, ...]
    certain: bool = False
    system: bool = False

    def principals(self, graph: AccessGraph) -> Principals:
        """Return who counts."""
        return graph.principals_unfolded if self.system else graph.principals

    def seeds(self, graph: AccessGraph) -> list[int]:
        """Return the nodes at which a path has arrived."""
        return seeds_of(graph, self.asked)

    def others(self, graph: AccessGraph) -> Iterator[Start]:
        """Yield those who are not kept, nor in a group that is."""
        allowed: set[int] = set()
        for node in self.kept:
            number = graph.index.get(node)
            if number is not None:
                allowed.add(number)
                allowed.update(graph.membership.members.get(number, ()))
        return (one for one in self.principals(graph).starts if one.principal not in allowed)

    def limits(self, graph: AccessGraph) -> Limits:
        """Return what paths may be made of; what rests on versions alone may be certain."""
        return Limits(certain=self.certain, given=graph.version_choices.conditions)


class Demanded(NamedTuple):
    """A path that is to be closed, and the edits that may close it and are allowed."""

    path: Path
    choices: frozenset[Edit]


class Blocked(NamedTuple):
    """A path that nothing may close: each edit that would, with what it would deny."""

    path: Path
    denied: tuple[tuple[Edit, str], ...]


class Cutting(NamedTuple):
    """The edits, what they leave, and why there are not fewer.

    ``blocked`` are those who cannot be cut off, each with the path that stays.
    """

    edits: tuple[Edit, ...]
    made: Edited
    graph: AccessGraph
    bound: int
    proven: bool
    principals: int
    blocked: Mapping[str, Blocked]
