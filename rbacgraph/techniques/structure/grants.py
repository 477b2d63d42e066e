"""A binding leads to its role, at the scope of the binding."""

from rbacgraph.facts.world import Facts
from rbacgraph.model.node import MASTERS, MASTERS_GRANT, GraphNode, Node
from rbacgraph.model.node_keys import RoleName
from rbacgraph.techniques.spec.technique import EdgeBlock, Explanation, ObjectEdge
from rbacgraph.techniques.structure import always_allow


def _edges(world: Facts) -> EdgeBlock:
    number, grants = world.index.number, world.rbac.grants
    bound = [place for place, grant in enumerate(world.rbac.granted) if grant in grants]
    opened = [group for group, _ in always_allow.openings(world)]
    sources = [
        number(MASTERS),
        *map(number, opened),
        *(world.rbac.binding_numbers[place] for place in bound),
    ]
    given = [MASTERS_GRANT, *(always_allow.GRANTS[group] for group in opened)]
    targets = [*map(number, given), *(number(world.rbac.granted[place]) for place in bound)]
    return EdgeBlock(sources, targets)


def _explain(_world: Facts, _source: Node, target: GraphNode, _basis: object) -> Explanation:
    role = target[2]
    return f"grants {' '.join(role) if isinstance(role, RoleName) else role}", ()


EDGE = ObjectEdge(
    id="grants",
    summary="a binding gives its role, at the binding's scope",
    effort=0,
    edges=_edges,
    explain=_explain,
)
