"""Conjunctions: techniques that need several rights, of one identity or of several.

What must be one request of one identity is a compound right. What may be split over several
identities of one attacker is an AND node: the attacker reaches it only by reaching each node of its
tail.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import GraphNode
from rbacgraph.model.node_keys import NamedBy
from rbacgraph.techniques.spec.compound_rights import CompoundRight, HeldCompoundRights
from rbacgraph.techniques.spec.technique import EdgeKind, Right


class Hyperarc(NamedTuple):
    """One use of a conjunction: an AND node with its targets.

    ``inputs``: the tail, needed as a whole: compound rights, or other nodes.
    ``words``: the technique in words, without its subject.
    ``scope``, ``name``: the scope, and what sets it apart there: with the edge's id they name the
        AND node.
    ``condition``: the condition, ``CERTAIN`` for none.
    ``evidence``: the evidence besides that of the tail.
    """

    inputs: tuple[GraphNode, ...]
    targets: tuple[GraphNode, ...]
    words: str
    scope: str = ""
    name: NamedBy = ()
    condition: Condition = CERTAIN
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Conjunction(EdgeKind):
    """An edge that one or more compound rights decide.

    ``joins``: returns every AND node, from the world and the held compound rights.
    ``grants``: whether its targets may include grants, or full control of a namespace.
    ``also_asks``: rights that it asks about besides those of its compound rights.
    """

    abilities: tuple[CompoundRight, ...]
    joins: Callable[[Facts, HeldCompoundRights], Iterable[Hyperarc]]
    grants: bool = False
    also_asks: tuple[Right, ...] = ()
