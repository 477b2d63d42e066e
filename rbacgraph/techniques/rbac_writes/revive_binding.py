"""Create the missing role that a binding names."""

from collections.abc import Iterator, Mapping

from rbacgraph.facts.world import Facts
from rbacgraph.model.kubernetes.rbac import AnyBinding
from rbacgraph.model.node import Node
from rbacgraph.techniques.rbac_writes.bind_role import place_words
from rbacgraph.techniques.rbac_writes.role_writers import WRITES_ROLES, RoleWriters, everything_in
from rbacgraph.techniques.spec.compound_rights import HeldCompoundRights
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc


def _dangling(world: Facts) -> Mapping[Node, AnyBinding]:
    """Return the bindings whose role does not exist, by their nodes."""
    pairs = zip(world.rbac.bindings, world.rbac.binding_nodes, strict=True)
    roles_of = world.authorizer.roles_of
    return {node: binding for (binding, _), node in pairs if not roles_of(binding)}


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    writers = RoleWriters(world, present)
    for node, binding in world.part(_dangling).items():
        ref, scope = binding.role_ref, binding.metadata.namespace
        if ref.kind != "ClusterRole" and not (ref.kind == "Role" and scope):
            continue
        place = scope if ref.kind == "Role" else ""
        for written, condition in writers.of_role(ref.kind, place, ref.name):
            words = f"can create {ref.kind} {ref.name}, which is bound {place_words(scope)}"
            name_of_join = (node[2], "either", "way") if len(written) > 1 else (node[2],)
            yield Hyperarc(
                (node, *written), (everything_in(scope),), words, scope, name_of_join, condition
            )


EDGE = Conjunction(
    id="revive-binding",
    summary="create the missing role of a binding that names one",
    effort=2,  # one role, which remains visible
    certainty="conditional where the role may exist, though the input lacks it, the namespace is"
    " being deleted, or a quota is used up",
    abilities=WRITES_ROLES,
    joins=_joins,
    grants=True,
)
