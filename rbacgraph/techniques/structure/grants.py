"""A binding leads to its role, at the scope of the binding.

Precondition
    - The role exists.
    A ClusterRole bound by a RoleBinding applies only in the binding's namespace: its rules on
    cluster-scoped resources have no effect there. A Role bound by a ClusterRoleBinding grants
    nothing, nor does a missing role, until someone creates it. The rights of group system:masters
    are built in and need no binding, as do those by AlwaysAllow. If the input holds the role in
    several versions, rights that only some of them give are conditional on the version.
Use
    No step is needed.
Close
    Delete the binding, or narrow the role. A roleRef cannot be changed.
References
    https://kubernetes.io/docs/reference/access-authn-authz/rbac/#rolebinding-and-clusterrolebinding
    kubernetes pkg/registry/rbac/validation/rule.go
"""

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
    page=__doc__,
    effort=0,
    edges=_edges,
    explain=_explain,
)
