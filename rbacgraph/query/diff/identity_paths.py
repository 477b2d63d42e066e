"""Finds the paths by which principals gain identities, with few searches."""

from collections.abc import Iterator, Sequence
from functools import cache, partial
from typing import NamedTuple

from pyroaring import BitMap

from rbacgraph.model.answers.diff import Cause
from rbacgraph.model.answers.paths import Path
from rbacgraph.model.node import Node
from rbacgraph.query.access.explain_path import PathExplainer, as_certain
from rbacgraph.query.arrays.costs import cost_of
from rbacgraph.query.diff.explain_gain import GainExplainer
from rbacgraph.query.diff.find_causes import Causes
from rbacgraph.query.diff.gained_pairs import Joined, Side
from rbacgraph.query.diff.shared_collections import Lead
from rbacgraph.query.search.from_each_source import HyperpathTree, onward
from rbacgraph.query.search.tails import is_certain

MOST_SEARCHES = 100
_WORK = 2_000_000
"""The nodes and edges that all searches may visit together."""
_FEWEST = 3


class IdentityGain(NamedTuple):
    """Principals that newly control an identity through its nodes.

    ``appeared`` says whether the identity is on one side only, and ``old_rights`` whether rights
    over all of its kind lead to it, which the principals had before.
    """

    identity: Node
    appeared: bool
    old_rights: bool
    lead: Lead

    @property
    def principals(self) -> BitMap:
        """The principals, by shared numbers."""
        return self.lead.secrets[self.lead.seed]


class GainPath(NamedTuple):
    """A principal's path to an identity, and why it is new.

    ``proven`` says whether evidence proves the causes. It may be ``certain`` where the principal's
    own paths are not, through a group.
    """

    gain: IdentityGain
    person: int
    edges: Sequence[int]
    causes: tuple[Cause, ...]
    proven: bool
    certain: bool


class IdentityPaths:
    """Searches from each principal or to each identity, whichever are fewer.

    ``old``, ``new``: both sides.
    ``joined``: the new members of groups.
    """

    def __init__(self, old: Side, new: Side, joined: Joined) -> None:
        self._new = new
        self._causes = Causes(old.graph, new.graph)
        self._explainer = GainExplainer(old, new, joined, self._causes)
        self._path_of = PathExplainer(new.graph).path_of
        size = len(new.graph.nodes) + len(new.graph.kind)
        self._most = min(MOST_SEARCHES, max(_FEWEST, _WORK // max(size, 1)))

    def found(self, gains: Sequence[IdentityGain]) -> Iterator[GainPath]:
        """Yield the paths of gains, as many as the number of searches allows."""
        people = BitMap.union(BitMap(), *(gain.principals for gain in gains))
        if len(people) > len(gains):
            yield from self._to_each(gains[: self._most])
        else:
            order = sorted(people, key=self._new.people.nodes.__getitem__)
            for person in order[: self._most]:
                yield from self._from(person, [one for one in gains if person in one.principals])

    def cost(self, one: GainPath) -> int:
        """Return what a path costs."""
        return cost_of(self._new.graph, one.edges)

    def path(self, one: GainPath) -> Path:
        """Return a path with its evidence."""
        path = self._path_of(one.edges)
        return as_certain(path) if one.gain.lead.certain else path

    def _to_each(self, gains: Sequence[IdentityGain]) -> Iterator[GainPath]:
        for gain in gains:
            for one in self._explainer.trace(gain.lead):
                certain = self._is_certain(gain, one.way)
                yield GainPath(gain, one.person, one.way, one.causes, one.proven, certain)

    def _from(self, person: int, gains: Sequence[IdentityGain]) -> Iterator[GainPath]:
        node = self._new.node_of(person)
        assert node is not None

        @cache
        def tree(certain: bool) -> HyperpathTree:
            limits = self._new.limits._replace(certain=certain or self._new.limits.certain)
            return onward(self._new.graph, limits, node)(node)

        for gain in gains:
            found = tree(certain := gain.lead.certain)
            seeds = [seed for seed in gain.lead.seeds if seed in found]
            if seeds:  # else each choice of versions has another path
                edges = min(map(found.edges, seeds), key=partial(cost_of, self._new.graph))
                limits = self._new.limits._replace(certain=certain or self._new.limits.certain)
                proven = self._causes.of(edges, limits)
                causes = proven or self._causes.beside(edges, limits)
                yield GainPath(
                    gain, person, edges, causes, bool(proven), self._is_certain(gain, edges)
                )

    def _is_certain(self, gain: IdentityGain, edges: Sequence[int]) -> bool:
        return gain.lead.certain or is_certain(self._new.graph, edges)
