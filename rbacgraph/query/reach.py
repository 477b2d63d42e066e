"""What one source gets: its blast radius."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from rbacgraph.edges import KINDS
from rbacgraph.graph.access import AccessGraph
from rbacgraph.model.node import (
    GROUP,
    IMPERSONATED_GROUP,
    IMPERSONATED_KUBELET,
    IMPERSONATED_SERVICE_ACCOUNT,
    IMPERSONATED_USER,
    KUBELET,
    NODE,
    OUTSIDE,
    SECRET,
    SERVICE_ACCOUNT,
    USER,
    Node,
    format_node,
)
from rbacgraph.model.results import Reached, ReachResult
from rbacgraph.query.basis import basis_of
from rbacgraph.query.hops import Teller
from rbacgraph.query.limits import Limits, limits_of
from rbacgraph.query.proofs import forward
from rbacgraph.query.search import Tree
from rbacgraph.query.source import find_source

_IMPERSONATED = {
    IMPERSONATED_SERVICE_ACCOUNT: SERVICE_ACCOUNT,
    IMPERSONATED_USER: USER,
    IMPERSONATED_GROUP: GROUP,
    IMPERSONATED_KUBELET: KUBELET,
}
_IDENTITIES = (kind for one in _IMPERSONATED.items() for kind in reversed(one))
_SHOWN = (SECRET, *_IDENTITIES, NODE, *OUTSIDE)


def reach(
    graph: AccessGraph,
    *,
    source: str,
    max_hops: int | None = None,
    certain: bool = False,
    via: Sequence[str] = (),
    without: Sequence[str] = (),
) -> ReachResult:
    """Find every Secret and identity that a source gets, each by its cheapest path.

    Parameters
    ----------
    graph:
        The graph.
    source:
        A principal, Pod or Node. A group stands for any of its members.
    max_hops, certain, via, without:
        As for :func:`rbacgraph.query.paths`.

    Returns
    -------
    ReachResult
        Secrets first, then identities, then what lies outside the cluster, each in order of
        name. The groups that the source
        or an identity it gets is in are not listed.

    Raises
    ------
    UsageError, NotFoundError
        Where the source or an edge kind is not to be found.
    """
    limits = limits_of(certain=certain, max_hops=max_hops, via=via, without=without)
    start = find_source(graph, source)
    basis = basis_of(graph, limits, start.assumption)
    return ReachResult(
        source=start.printed,
        reached=tuple(reached_from(graph, start.number, limits)),
        basis=replace(basis, notes=(start.note,)) if start.note else basis,
    )


def reached_from(
    graph: AccessGraph, start: int, limits: Limits, *, secrets: bool = True
) -> Iterator[Reached]:
    """Yield what a node gets within some limits; without Secrets, where they are not asked for."""
    sure = forward(graph, limits._replace(certain=True), start)
    every = sure if limits.certain else forward(graph, limits, start)
    path_of = Teller(graph).path_of
    found = [n for n in every if n != start and _counts(graph, every, n)]
    whole = {graph.nodes[number] for number in (*found, start)}
    for number in sorted(found, key=lambda n: _order(graph.nodes[n])):
        node = graph.nodes[number]
        if node[0] == SECRET and not secrets:
            continue
        if node[0] in _IMPERSONATED and (_IMPERSONATED[node[0]], *node[1:]) in whole:
            continue
        certain_cost, cost = sure.cost(number), every.cost(number)
        cheaper = certain_cost is None or cost is None or cost < certain_cost
        yield Reached(
            target=format_node(node),
            kind=node[0],
            inferred=node[0] == SECRET and graph.world.secrets.get((node[1], node[2])) is None,
            certain=path_of(sure.edges(number)) if certain_cost is not None else None,
            conditional=path_of(every.edges(number)) if cheaper else None,
        )


def _counts(graph: AccessGraph, tree: Tree, number: int) -> bool:
    if graph.nodes[number][0] not in _SHOWN:
        return False
    edges = tree.edges(number)
    return bool(edges) and graph.kind_of[edges[-1]] != KINDS["member-of"]


def _order(node: Node) -> tuple[int, Node]:
    return _SHOWN.index(node[0]), node
