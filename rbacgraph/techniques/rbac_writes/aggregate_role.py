"""Give an aggregated ClusterRole any rights, by a label on another ClusterRole."""

from collections.abc import Iterator

from rbacgraph.authz.aggregate import selected_labels
from rbacgraph.facts.world import Facts
from rbacgraph.model.kubernetes.rbac import ClusterRole
from rbacgraph.model.node import GraphNode
from rbacgraph.model.node_keys import RoleName
from rbacgraph.techniques.rbac_writes.bind_role import (
    BIND_CLUSTER_WIDE,
    BIND_ROLE,
    bound_at,
    place_words,
)
from rbacgraph.techniques.rbac_writes.role_writers import (
    CREATE_CLUSTER_ROLE,
    EDIT_CLUSTER_ROLE,
    RoleWriters,
    everything_in,
)
from rbacgraph.techniques.spec.compound_rights import HeldCompoundRights
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    writers = RoleWriters(world, present)
    sources = tuple(_sources(world, writers))
    if not sources:
        return
    aggregated = {
        RoleName("ClusterRole", role.metadata.name): world.rbac.versions.where(role, _selects)
        for role in world.snapshot.cluster_roles
        if _selects(role)
    }
    held: dict[GraphNode, tuple[GraphNode, str, RoleName]] = {
        grant: (grant, grant[1], grant[2]) for grant in world.rbac.grants if grant[2] in aggregated
    }
    for bind in (BIND_ROLE, BIND_CLUSTER_WIDE):
        for _, (scope, role) in writers.of_roles(bind):
            node = writers.node(bind, scope, role) if role in aggregated else None
            if node:
                held[node] = node, bound_at(bind, scope), role
    for node, place, granted in held.values():
        into = granted.name
        for written, name in sources:
            if name != into:
                words = (
                    f"can label a ClusterRole of any rights into {into}, held {place_words(place)}"
                )
                name_of_join = (*node[:2], into), "by", written[2]
                condition = aggregated[granted]
                yield Hyperarc(
                    (written, node), (everything_in(place),), words, place, name_of_join, condition
                )


def _selects(role: ClusterRole) -> bool:
    return selected_labels(role) is not None


def _sources(world: Facts, writers: RoleWriters) -> Iterator[tuple[GraphNode, str]]:
    """Yield the rights to write ClusterRoles, with the name of one, or ``""`` for any new one."""
    for ability, (scope, name) in writers.of(EDIT_CLUSTER_ROLE, CREATE_CLUSTER_ROLE):
        exists = bool(name and world.authorizer.find_role("ClusterRole", "", name))
        if exists == (ability is EDIT_CLUSTER_ROLE):
            node = writers.node(ability, scope, name)
            if node:
                yield node, name


EDGE = Conjunction(
    id="aggregate-role",
    summary="label a ClusterRole of any rights into an aggregated one that one is bound to",
    effort=3,  # a role is created, and a controller copies its rules a little later
    abilities=(EDIT_CLUSTER_ROLE, CREATE_CLUSTER_ROLE, BIND_ROLE, BIND_CLUSTER_WIDE),
    joins=_joins,
    grants=True,
)
