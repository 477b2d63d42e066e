"""Answers ``paths``: who reaches a Secret, how, and on what evidence."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace
from pyroaring import BitMap

from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.principals import Principals
from rbacgraph.model.answers.paths import Basis, Counted, Path, PathsResult, SecretPaths
from rbacgraph.model.memory.made_sequence import MadeSequence
from rbacgraph.model.node import format_node
from rbacgraph.query.access.explain_path import PathExplainer, as_certain
from rbacgraph.query.access.exposure import exposure
from rbacgraph.query.access.first_routes import details, first_routes
from rbacgraph.query.access.reachers import OwnPath, ReachingPrincipals, whichever_version
from rbacgraph.query.access.remembered_paths import MOST_REMEMBERED, RememberedPaths
from rbacgraph.query.arrays.costs import CONTAINS, EFFORT, cost_of, has_join
from rbacgraph.query.arrays.path_filter import PathFilter, limits_of
from rbacgraph.query.closure.certain_and_possible import Closures, spreads
from rbacgraph.query.closure.closure import Closure
from rbacgraph.query.closure.own_and_nodes import OwnAndNodes
from rbacgraph.query.coverage.unjudged_rights import holders_of_unjudged, unjudged_rights
from rbacgraph.query.search.k_paths import KSimplePaths
from rbacgraph.query.search.shortest_tree import ShortestTree
from rbacgraph.query.search.steiner_trees import SteinerSearch
from rbacgraph.query.subject.basis import basis_of
from rbacgraph.query.subject.changers_and_references import changers_of, references_to
from rbacgraph.query.subject.secrets import AskedSecret, asked_secrets, seeds_of
from rbacgraph.query.subject.source import StartNode, find_source
from rbacgraph.techniques.spec.collections import SECRETS_OF


def paths(
    graph: AccessGraph,
    *,
    secret: str,
    source: str | None = None,
    max_paths: int | None = None,
    certain: bool = False,
    via: Sequence[str] = (),
    without: Sequence[str] = (),
    system: bool = False,
    max_secrets: int | None = None,
    remembered: int = MOST_REMEMBERED,
) -> PathsResult:
    """Return the paths to one or many Secrets.

    ``secret``: ``NAMESPACE/NAME``, ``NAME`` if it is unambiguous, or a pattern of these.
    ``source``: the principal, Pod or Node to start from; every principal by default.
    ``max_paths``: paths per principal. By default the certain path of the lowest effort found, and
        the conditional one if it takes less or is the only one; else up to this many.
    ``certain``: whether to leave out conditional paths.
    ``via``, ``without``: ids of edge kinds: a path must use one of ``via``, and none of
        ``without``.
    ``system``: whether to show control-plane identities on shipped bindings.
    ``max_secrets``: the number of Secrets to answer about, the most exposed first; by default all
        that match.
    ``remembered``: the number of paths to keep, for those that ask for them again.
    Returns one entry per Secret, its paths of least effort first.
    Raises UsageError, NotFoundError if the Secret, the source or an edge kind is not found.
    """
    limits = limits_of(certain=certain, via=via, without=without)
    principals = graph.principals_unfolded if system else graph.principals
    start = None if source is None else find_source(graph, source)
    asked = asked_secrets(graph.world, secret)
    every = len(asked)
    if max_secrets is not None and every > max_secrets:
        rows = exposure(graph, certain=certain, without=without, system=system).rows
        asked = _first(asked, [row.secret for row in rows], max_secrets)
    # Computing who reaches every Secret costs little more than for one Secret.
    found = spreads(graph, principals, limits) if len(asked) > 1 else None
    question = PathsQuestion(graph, principals, limits, max_paths, spreads=found)
    answers: Sequence[SecretPaths]
    if start is None and len(asked) > 1:
        found_once = RememberedPaths(question.ask, lambda answer: answer.paths, remembered)
        answers = MadeSequence(found_once.to, asked)
    else:
        answers = tuple(question.ask(one, start and start.number) for one in asked)
    lacking = any(
        not ((start is None and question.is_reached(one)) or answers[n].paths)
        for n, one in enumerate(asked)
    )
    return PathsResult(
        source=start.printed if start else "",
        secrets=answers,
        basis=_basis(graph, limits, start),
        less_exposed=every - len(asked),
        unjudged=unjudged_rights(graph, start, limits) if lacking and start else (),
        unjudged_holders=holders_of_unjudged(graph, principals) if lacking and not start else 0,
    )


def _first(
    asked: Sequence[AskedSecret], order: Sequence[str], most: int
) -> tuple[AskedSecret, ...]:
    """Return the first Secrets in an order, sorted as before."""
    ranks = {secret: rank for rank, secret in enumerate(order)}

    def rank(one: AskedSecret) -> int:
        return ranks.get(format_node(one.node), len(ranks))

    kept = set(sorted(asked, key=rank)[:most])
    return tuple(one for one in asked if one in kept)


def _basis(graph: AccessGraph, limits: PathFilter, start: StartNode | None) -> Basis:
    if start is None:
        return basis_of(graph, limits)
    basis = basis_of(graph, limits, *start.assumptions)
    return replace(basis, notes=(start.note,)) if start.note else basis


class PathsQuestion:
    """One question, for several Secrets.

    ``principals``: the principals that count.
    ``max_paths``: see :func:`paths`.
    ``spreads``: the closure over certain edges and over all edges, if it is known.
    ``explainer``: explains the paths, and remembers their hops.
    """

    def __init__(
        self,
        graph: AccessGraph,
        principals: Principals,
        limits: PathFilter,
        max_paths: int | None = None,
        *,
        spreads: Closures | None = None,
        explainer: PathExplainer | None = None,
    ) -> None:
        self._graph = graph
        self._principals = principals
        self._limits = limits
        self._max_paths = max_paths
        self._spreads = spreads
        self._sure = spreads.sure if spreads else None
        self._every = spreads.every if spreads else None
        self._teller = explainer or PathExplainer(graph)
        self._sharing = SteinerSearch(graph)
        self._bases: dict[PathFilter, ReachingPrincipals] = {}

    def ask(self, asked: AskedSecret, start: int | None = None) -> SecretPaths:
        """Return the paths to a Secret, with its changers and references."""
        world, key = self._graph.world, asked.key
        if key is None:
            return self.reached(asked, start)
        return replace(
            self.reached(asked, start),
            changers=tuple(changers_of(world, *key, self._principals)),
            references=tuple(references_to(world, *key)),
        )

    def is_reached(self, asked: AskedSecret) -> bool:
        """Whether the closure shows that a principal reaches a Secret."""
        if self._every is None or self._limits.via:
            return False
        seeds = np.array(seeds_of(self._graph, asked), dtype=np.int64)
        return bool(self._every.all_reaching(seeds))

    def reached(self, asked: AskedSecret, start: int | None = None) -> SecretPaths:
        """Return only the paths to a Secret, from one node or from all principals."""
        found = self._search(asked, start)
        ways = [way for way, _ in found.ways]
        explained = (self._explained(way, found) for way in self._more(ways, start, found))
        return replace(found.secret, paths=tuple(self._without_redundant(_sorted(explained))))

    def first_routes(
        self, asked: AskedSecret, most: int
    ) -> tuple[SecretPaths, tuple[Counted, ...]]:
        """Return the paths to a Secret by the first routes, and count the others."""
        found = self._search(asked, None)
        paths, counted = first_routes(
            self._graph,
            found.ways,
            most,
            explain=lambda way: self._explained(way, found),
            name=self._teller.name,
        )
        return replace(found.secret, paths=paths), counted

    def ways_to(
        self, seeds: Sequence[int]
    ) -> tuple[Sequence[tuple[OwnPath, int]], ReachingPrincipals]:
        """Return the paths of all principals to some nodes, each with its cost.

        Also who reaches them, by all edges of the filter.
        """
        every = [self._reachers(self._limits._replace(certain=True), seeds, None)]
        if not self._limits.certain:
            every.append(self._reachers(self._limits, seeds, None))
        return self._ways(every, seeds)[0], every[-1]

    def _search(self, asked: AskedSecret, start: int | None) -> "_Found":
        graph, key = self._graph, asked.key
        obj = graph.world.secrets.get(key) if key else None
        file, line = graph.world.snapshot.where(obj) if obj else ("", 0)
        seeds = seeds_of(graph, asked)
        certain = self._limits._replace(certain=True)
        every = [self._reachers(certain, seeds, self._sure)]
        if not self._limits.certain:
            every.append(self._reachers(self._limits, seeds, self._every))
        if start is None:
            ways, costs = self._ways(every, seeds)
            members = every[-1].members(costs)
            omitted = (n for n in every[-1].folded() if n not in costs)
            folded = [format_node(graph.nodes[n]) for n in omitted]
        else:
            found_ways = [reachers.way_from(start) for reachers in every]
            ways = [(way, cost_of(graph, way.edges)) for way in found_ways if way is not None]
            if found_ways[0] is None:
                ways = [*self._whichever_from(start, seeds), *ways]
            members, folded = [], []
        secret = SecretPaths(
            secret=format_node(asked.node),
            type=obj.type if obj else "",
            inferred=asked.inferred,
            file=file,
            line=line,
            paths=(),
            members=tuple(members),
            folded=tuple(folded),
        )
        return _Found(secret, ways, seeds, every[-1].plain_tree)

    def _reachers(
        self, limits: PathFilter, seeds: Sequence[int], spread: Closure | None
    ) -> ReachingPrincipals:
        base = None
        if spread is not None and not limits.via and self._is_contained(limits, seeds):
            base = self._bases.get(limits)
            if base is None:
                base = self._bases[limits] = self._alone(limits, [self._all_secrets], spread)
        return self._alone(limits, seeds, spread, base)

    def _alone(
        self,
        limits: PathFilter,
        seeds: Sequence[int],
        spread: Closure | None,
        base: ReachingPrincipals | None = None,
    ) -> ReachingPrincipals:
        is_every = spread is not None and spread is self._every
        return ReachingPrincipals(
            self._graph,
            self._principals,
            limits,
            seeds,
            spread=spread,
            own_and_nodes=self._own_and_nodes if is_every else None,
            sharing=self._sharing,
            base=base,
        )

    @cached_property
    def _own_and_nodes(self) -> OwnAndNodes | None:
        """The own ways to AND nodes by all edges of the filter, for several Secrets."""
        every = self._every
        return None if every is None else OwnAndNodes(self._graph, self._limits, every)

    def _is_contained(self, limits: PathFilter, seeds: Sequence[int]) -> bool:
        """Whether full control of all Secrets includes one of the seeds without effort."""
        graph, inside = self._graph, set(seeds)
        for _ in range(2):  # the Secrets of a namespace, and of all namespaces
            edges = (edge for node in inside for edge in graph.incoming.of(node))
            inside |= {
                graph.source_of[edge]
                for edge in edges
                if graph.kind_of[edge] == CONTAINS and limits.allows(graph, edge)
            }
        return self._all_secrets in inside

    @cached_property
    def _all_secrets(self) -> int:
        return self._graph.index.get(SECRETS_OF.everything(""), -1)

    def _ways(
        self, every: Sequence[ReachingPrincipals], seeds: Sequence[int]
    ) -> tuple[list[tuple[OwnPath, int]], Mapping[int, int]]:
        """Return all paths: certain ones, and conditional ones of less effort.

        Each has its cost; the second result is the least cost of each principal's paths.
        """
        sure, *others = every
        found = list(sure.priced())
        found += self._whichever({way.principal for way, _ in found}, seeds)
        costs = {way.principal: cost for way, cost in found}
        for reachers in others:
            efforts = {principal: cost // EFFORT for principal, cost in costs.items()}
            for way, cost in reachers.priced(efforts):
                found.append((way, cost))
                costs[way.principal] = min(cost, costs.get(way.principal, cost))
        return found, costs

    def _whichever(
        self, known: Collection[int], seeds: Sequence[int]
    ) -> Iterator[tuple[OwnPath, int]]:
        """Yield the ways of those that get there whichever versions a server holds.

        Of each the dearest of those that the choices of versions open.

        ``seeds``: where the ways lead.
        """
        if not self._graph.version_choices.together:
            return
        # A short cut that changes no answer: the search below leaves out who is known, too.
        if self._spreads is not None and not self._limits.via and len(seeds) == 1:
            sure, _ = self._spreads.reaching(np.array(seeds, dtype=np.int64))
            if self._spreads.sets[int(sure[0])] <= BitMap(known):
                return
        choices = self._choices(seeds)
        yield from whichever_version(self._graph, choices, known)

    def _whichever_from(self, start: int, seeds: Sequence[int]) -> Iterator[tuple[OwnPath, int]]:
        """Yield the same for a node, of each list of choices."""
        for choices in self._choices(seeds):
            ways = [reachers.way_from(start) for reachers in choices]
            found = [way._replace(whichever=True) for way in ways if way is not None]
            if len(found) == len(ways):
                priced = ((way, cost_of(self._graph, way.edges)) for way in found)
                yield max(priced, key=itemgetter(1))
                return

    def _choices(self, seeds: Sequence[int]) -> Iterator[Sequence[ReachingPrincipals]]:
        for together in self._limits.in_each_choice(self._graph):
            yield [self._reachers(one, seeds, None) for one in together]

    def _more(self, ways: list[OwnPath], start: int | None, known: "_Found") -> Iterator[OwnPath]:
        if self._max_paths is None:
            yield from ways
            return
        graph, limits = self._graph, self._limits
        found = KSimplePaths(graph, limits, known.seeds, known.tree)
        for principal in dict.fromkeys(way.principal for way in ways):
            if start is None:
                own = self._own.get(principal, ())
                edges = tuple(edge for edge in own if limits.allows(graph, edge))
                passed = {principal, *graph.membership.groups_of(principal)}
            else:
                edges, passed = tuple(graph.outgoing.of(principal)), {principal}
            # Alternatives are chains; if a hyperpath is cheapest or the only path, it is added,
            # as is a path that is certain because each version opens one.
            yield from (
                way
                for way in ways
                if way.principal == principal and (way.whichever or has_join(graph, way.edges))
            )
            for path in islice(found.of(edges, passed), self._max_paths):
                yield OwnPath(principal, path)

    @cached_property
    def _own(self) -> dict[int, Sequence[int]]:
        """The edges at which each principal's own paths start."""
        return {start.principal: start.edges for start in self._principals.starts}

    def _without_redundant(self, paths: Sequence[Path]) -> Iterator[Path]:
        """Yield paths in order, without conditional ones that a certain one makes redundant."""
        certain: dict[str, int] = {}
        for path in paths:
            if path.certain:
                certain.setdefault(path.principal, path.effort)
                yield path
            elif self._max_paths or path.effort < certain.get(path.principal, path.effort + 1):
                yield path

    def _explained(self, way: OwnPath, found: "_Found") -> Path:
        path, target = self._teller.path_of(way.edges), found.secret.secret
        path = as_certain(path) if way.whichever else path
        if path.target == target:
            return path
        # The Secret is not in the graph; the path ends at a collection that would hold it.
        last = replace(path.hops[-1], target=target)
        return Path(path.principal, target, (*path.hops[:-1], last))


class _Found(NamedTuple):
    """A Secret without paths; ways to it with their costs; their ends, by tree."""

    secret: SecretPaths
    ways: list[tuple[OwnPath, int]]
    seeds: list[int]
    tree: ShortestTree


def _sorted(paths: Iterable[Path]) -> list[Path]:
    """Return paths in order, each once."""
    alike: dict[tuple[bool, int, int, str], list[Path]] = {}
    for path in paths:
        key = not path.certain, path.effort, len(path.hops), path.principal
        alike.setdefault(key, []).append(path)
    ordered: list[Path] = []
    for _, several in sorted(alike.items(), key=itemgetter(0)):
        if len(several) == 1:
            ordered += several
        else:  # alternatives: their content decides
            ordered += sorted(dict.fromkeys(several), key=details)
    return ordered
