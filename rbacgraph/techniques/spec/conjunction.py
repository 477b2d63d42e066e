"""Joint edges: techniques that need several rights, of one identity or of several.

What must be one request of one identity is an ability. What may be split over identities
that one intruder controls is a join: a node that is reached only by whoever reaches each of
its inputs.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from rbacgraph.facts.world import World
from rbacgraph.model.condition import CERTAIN, Condition
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import Node
from rbacgraph.techniques.spec.compound_rights import Ability, Present
from rbacgraph.techniques.spec.technique import EdgeKind


class Join(NamedTuple):
    """One use of a joint edge.

    Parameters
    ----------
    inputs:
        What is needed, all of it: abilities, or other nodes.
    targets:
        What it yields.
    words:
        The technique in words, without its subject.
    scope, name:
        Where, and for what, word by word: together with the edge's id they name the join.
    condition:
        What must also hold, ``CERTAIN`` for nothing.
    evidence:
        What it rests on beyond the inputs' own evidence.
    """

    inputs: tuple[Node, ...]
    targets: tuple[Node, ...]
    words: str
    scope: str = ""
    name: tuple[str, ...] = ()
    condition: Condition = CERTAIN
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, kw_only=True)
class JointEdge(EdgeKind):
    """An edge that abilities decide, several or one.

    Parameters
    ----------
    abilities:
        What its joins are made of.
    joins:
        From the world and what somebody is able to do to every join that it makes.
    grants:
        Whether its joins may lead to grants, or to the full control of a namespace.
    """

    abilities: tuple[Ability, ...]
    joins: Callable[[World, Present], Iterable[Join]]
    grants: bool = False
