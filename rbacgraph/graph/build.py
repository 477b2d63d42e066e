"""Builds the graph from a snapshot: every edge of the catalogue, as columns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from rbacgraph.facts.external.external_secrets import ExternalSecrets
from rbacgraph.facts.external.stores import Stores
from rbacgraph.facts.world import Facts
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.conjunctions.compound_rights import HOLDS, CompoundRights
from rbacgraph.graph.conjunctions.constrained_grants import Constrained, Grants
from rbacgraph.graph.conjunctions.header_identities import HeaderIdentities, is_header_identity
from rbacgraph.graph.grounding.columns import Columns
from rbacgraph.graph.grounding.single_right import RuleEdges, Targets
from rbacgraph.model.condition import CERTAIN, Condition, both
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.node import (
    AUTHENTICATED,
    CREATED,
    EACH_NAMESPACE,
    EVERY,
    EVERYTHING,
    GROUP,
    UNAUTHENTICATED,
    GraphNode,
    Node,
    is_named,
    named_node,
)
from rbacgraph.techniques.catalogue import EDGES, KINDS, ObjectEdge
from rbacgraph.techniques.kubelet.any_kubelet import kubelets
from rbacgraph.techniques.spec import collections
from rbacgraph.techniques.spec.compound_rights import HeldCompoundRights
from rbacgraph.techniques.spec.technique import Edge, EdgeBlock
from rbacgraph.techniques.structure.member_of import IMPLIED, implied_groups

CONTAINS, MEMBER_OF = KINDS["contains"], KINDS["member-of"]

Batch = tuple[int, EdgeBlock | Iterable[Edge]]
"""Edges of a kind, by its number."""
_CONTROLLED = (collections.SECRETS_OF, collections.EXISTING_ACCOUNTS_OF, collections.NODES_OF)


def build(
    snapshot: Snapshot,
    secrets: Iterable[tuple[str, str]] = (),
    outside: Iterable[str] = (),
) -> AccessGraph:
    """Build the attack graph.

    ``snapshot``: with bootstrap policy added and aggregated roles filled in, as
        :func:`rbacgraph.load` makes it.
    ``secrets``: known Secrets (namespace, name) that the snapshot may not name any more: an earlier
        state named them, and Secrets were not listed.
    ``outside``: paths in Vault that the question names, whether or not the input does.
    Returns all nodes and edges, in an order that depends only on the snapshot.
    """
    world = Facts(snapshot, secrets, outside)
    # An identity unknown to the input has the rights of these groups, even if nothing binds them.
    for node in (*world.identities.principals, AUTHENTICATED, UNAUTHENTICATED):
        world.index.number(node)
    # The most mentioned nodes get their numbers next, in blocks, whatever edges there are.
    _ = (
        world.secret_numbers,
        world.running.runners,
        world.running.node_numbers,
        world.running.kubelet_numbers,
    )
    columns = Columns(world.index)
    for number, kind in enumerate(EDGES):
        if isinstance(kind, ObjectEdge):
            columns.add(number, kind.edges(world))
    columns.add(
        CONTAINS, ((p.whole, p.added, None, p.condition) for p in world.running.found_runners.parts)
    )
    for store in world.part(Stores):
        columns.add(CONTAINS, store.contained())
    _add_rules(world, columns)
    columns.add(MEMBER_OF, _of_groups_reached(world, columns))
    _ = world.part(ExternalSecrets).numbers  # of those too to which no edge leads
    return AccessGraph(world, columns)


def _of_groups_reached(world: Facts, columns: Columns) -> Iterator[Edge]:
    """Yield the groups of groups that nothing names, to which techniques alone lead."""
    joined = np.asarray(columns.source)[np.asarray(columns.kind) == MEMBER_OF]
    for number in sorted({*world.index.of_kinds((GROUP,))} - {*joined.tolist()}):
        for group in implied_groups(named_node(world.index.nodes[number])):
            yield number, group, IMPLIED, CERTAIN


class Conjunctions(NamedTuple):
    """What rules give of techniques that take several rights of one requester.

    ``constrained``: what somebody has by acting as others for some requests.
    ``abilities``: who is able to do what, and the grants that follow.
    ``present``: the same by ability, as techniques ask for it.
    """

    constrained: Constrained
    abilities: CompoundRights
    present: HeldCompoundRights


def _add_rules(world: Facts, columns: Columns) -> None:
    """Add what rules give, in phases: each numbers nodes, and needs what those before it found.

    The doubles of identities come after all phases that may lead to one.
    """
    rules, conjunctions = RuleEdges(world.rbac.versions), ground_conjunctions(world)
    headers = HeaderIdentities(world, rules, conjunctions.abilities, conjunctions.constrained)
    targets = Targets(world, headers.resolve)
    phases = (
        match_single_rights(world, conjunctions, rules, targets),
        expand_collections(world, conjunctions, targets, headers),
        join_abilities(conjunctions, headers),
        double_header_identities(conjunctions, headers, targets),
        hold_abilities(world, conjunctions, headers),
    )
    for kind, edges in chain.from_iterable(phases):
        columns.add(kind, edges)


def ground_conjunctions(world: Facts) -> Conjunctions:
    """Find who is able to do what takes several rights, and what can be granted by it."""
    constrained = Constrained(world)
    abilities = CompoundRights(world, constrained)
    return Conjunctions(constrained, abilities, abilities.find())


def match_single_rights(
    world: Facts, conjunctions: Conjunctions, rules: RuleEdges, targets: Targets
) -> Iterator[Batch]:
    """Yield what single rules give at the scopes of grants, by the kind of edge."""
    grants: Grants = dict(world.rbac.grants.items())
    grants |= conjunctions.abilities.more
    of_grants = _of_grants(world, grants, rules, targets)
    for kind in sorted(of_grants):
        yield kind, of_grants.pop(kind)


def expand_collections(
    world: Facts, conjunctions: Conjunctions, targets: Targets, headers: HeaderIdentities
) -> Iterator[Batch]:
    """Yield what leads from collections to their members, if an edge leads to the collection."""
    yield CONTAINS, ((EVERYTHING, c.everything(""), None, CERTAIN) for c in _CONTROLLED)
    wanted = _wanted(world, targets, conjunctions.abilities)
    for collection in collections.COLLECTIONS:
        yield CONTAINS, _contained(world, collection, wanted[collection.kind], headers)


def join_abilities(conjunctions: Conjunctions, headers: HeaderIdentities) -> Iterator[Batch]:
    """Yield the edges of techniques that take several abilities, or one."""
    yield from _by_kind(conjunctions.abilities.joint_edges(headers.resolve))


def double_header_identities(
    conjunctions: Conjunctions, headers: HeaderIdentities, targets: Targets
) -> Iterator[Batch]:
    """Yield the edges of identities that somebody acts as by headers, if these have less."""
    yield from _by_kind(headers.edges(targets))
    yield from _by_kind(conjunctions.abilities.doubled(headers.double_of))


def hold_abilities(
    world: Facts, conjunctions: Conjunctions, headers: HeaderIdentities
) -> Iterator[Batch]:
    """Yield what leads from grants, identities and their doubles to abilities."""
    constrained, abilities, present = conjunctions
    yield from _by_kind(constrained.edges)
    yield HOLDS, _held(world, abilities, present, headers)
    yield HOLDS, abilities.containment(present)
    yield from _by_kind(abilities.self_bound())
    yield HOLDS, _as_kubelets(world, headers, constrained)


def _held(
    world: Facts,
    abilities: CompoundRights,
    present: HeldCompoundRights,
    impersonation: HeaderIdentities,
) -> EdgeBlock:
    """Return edges to compound rights, and the nodes of header identities."""
    number = world.index.number
    known: dict[GraphNode, tuple[int, ...]] = {}
    basis: list[object] = []
    block = EdgeBlock(basis=basis)
    for target, ability, holders in abilities.holders(present):
        node = number(target)
        for holder, uses, condition in holders:
            if not ability.impersonated and is_header_identity(holder):
                continue  # headers do not nest
            sources = known.get(holder)
            if sources is None:
                double = impersonation.double_of(holder)
                ends = (holder,) if double is None else (holder, double)
                found = tuple(map(number, ends)) if impersonation.exists(holder) else ()
                sources = known[holder] = found
            for source in sources if ability.impersonated else sources[:1]:
                if condition:
                    block.conditions[len(basis)] = condition
                block.sources.append(source)
                block.targets.append(node)
                basis.append(uses)
    return block


def _as_kubelets(
    world: Facts, impersonation: HeaderIdentities, constrained: Constrained
) -> Iterator[Edge]:
    """Yield what every kubelet can do, and the nodes of impersonated kubelets."""
    for acted, ability in constrained.kubelets:
        if ability in world.index:
            yield acted, ability, (), CERTAIN
    for kubelet, ability, condition in kubelets(world):
        yield kubelet, ability, (), condition
        doubled = impersonation.double_of(kubelet)
        if doubled is not None:
            yield doubled, ability, (), condition


def _by_kind(edges: Iterable[tuple[int, Edge]]) -> Iterator[Batch]:
    found: dict[int, list[Edge]] = {}
    for kind, edge in edges:
        edges_of_kind = found.get(kind)
        if edges_of_kind is None:
            edges_of_kind = found[kind] = []
        edges_of_kind.append(edge)
    yield from sorted(found.items())


def _of_grants(
    world: Facts, grants: Grants, rules: RuleEdges, targets: Targets
) -> dict[int, EdgeBlock]:
    """Return what rules give at the scopes of grants, by the number of the edge's kind."""
    found: dict[int, tuple[EdgeBlock, list[object]]] = {}
    for grant, (roles, scope) in grants.items():
        source = world.index.number(grant)
        for given, basis, doubt in rules.of_roles(roles):
            reached = targets.of(given, scope)
            if reached and given.kind not in found:
                bases: list[object] = []
                found[given.kind] = EdgeBlock(basis=bases), bases
            for target, condition in reached:
                block, bases = found[given.kind]
                if condition or doubt:
                    block.conditions[len(bases)] = both(condition, doubt)
                block.sources.append(source)
                block.targets.append(target)
                bases.append(basis)
    return {kind: block for kind, (block, _) in found.items()}


def _wanted(
    world: Facts, targets: Targets, abilities: CompoundRights
) -> Mapping[str, dict[Node, None]]:
    """Return by kind the targets of edges, and the collections of everything."""
    found: dict[str, dict[Node, None]] = {
        collection.kind: {} for collection in collections.COLLECTIONS
    }
    whole = (collection.everything("") for collection in collections.COLLECTIONS)
    for node in (
        *(collection.everything("") for collection in _CONTROLLED),
        *(node for node in whole if node in world.index),  # of object edges
        *(
            (collections.STANDING_ACCOUNTS_OF.everything(""),)
            if world.identities.closed_namespaces
            else ()
        ),  # of others
        *targets.wanted,
        *abilities.targets(),
    ):
        if node[0] in found and is_named(node):
            found[node[0]][node] = None
    return found


def _contained(
    world: Facts,
    collection: collections.Collection,
    wanted: Mapping[Node, None],
    impersonation: HeaderIdentities,
) -> EdgeBlock:
    """Return a collection's edges to its members, for those members that are targets."""
    index, kind = world.index, collection.kind
    everywhere, created = (kind, "", EVERY) in wanted, (kind, "", CREATED) in wanted
    scopes = {node[1] for node in wanted if node[2] == EVERY}
    names = {node[2]: index.number(node) for node in wanted if node[1] == EACH_NAMESPACE}
    names_created = {node[2]: index.number(node) for node in wanted if node[1] == CREATED}
    if not (everywhere or created or scopes or names or names_created):
        return EdgeBlock()
    members = collection.members(world)
    if collection in collections.IMPERSONATED_OF:
        members = members._replace(numbers=impersonation.resolve_all(members.numbers))
    namespaces = members.namespaces
    found = {
        namespace: index.number((kind, namespace, EVERY))
        for namespace in dict.fromkeys(namespaces)
        if everywhere or created or namespace in scopes
    }
    places: Sequence[int] = range(len(namespaces))
    if not (everywhere or created):
        places = [place for place in places if namespaces[place] in found]
        namespaces = [namespaces[place] for place in places]
    sources = list(map(found.__getitem__, namespaces))
    if names:
        named = [(n, names[name]) for n, name in enumerate(members.names()) if name in names]
        places = [*places, *(place for place, _ in named)]
        sources += [source for _, source in named]
    targets = list(map(members.numbers.__getitem__, places))
    doubts = members.conditions
    conditions: dict[int, Condition] = {}
    if doubts:
        conditions = {n: doubts[place] for n, place in enumerate(places) if place in doubts}
    inner = {namespace: number for namespace, number in found.items() if namespace}
    if everywhere:
        sources += [index.number((kind, "", EVERY))] * len(inner)
        targets += inner.values()
    if created:
        block = EdgeBlock(sources, targets, (), conditions)
        _add_created(
            block, index.number((kind, "", CREATED)), inner, collections.binding_for(world, kind)
        )
    if names_created:
        block = EdgeBlock(sources, targets, (), conditions)
        _add_created_names(block, names_created, members, collections.binding_for(world, kind))
    return EdgeBlock(sources, targets, (), conditions)


def _add_created_names(
    block: EdgeBlock,
    names: Mapping[str, int],
    members: collections.MemberColumns,
    binding: Mapping[str, Condition],
) -> None:
    """Add edges from what is created in each namespace to the members of some names."""
    for place, name in enumerate(members.names()):
        if name in names:
            doubt = binding.get(members.namespaces[place], CERTAIN)
            condition = both(members.conditions.get(place, CERTAIN), doubt)
            if condition:
                block.conditions[len(block.targets)] = condition
            block.sources.append(names[name])
            block.targets.append(members.numbers[place])


def _add_created(
    block: EdgeBlock, node: int, inner: Mapping[str, int], binding: Mapping[str, Condition]
) -> None:
    """Add edges from what is created in each namespace to what it contains."""
    for namespace, number in inner.items():
        if namespace in binding:
            block.conditions[len(block.targets)] = binding[namespace]
        block.sources.append(node)
        block.targets.append(number)
