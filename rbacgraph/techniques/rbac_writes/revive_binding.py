"""Create the missing role that a binding names.

Precondition
    - A binding names a Role or ClusterRole that does not exist.
    - One identity has create and escalate on roles (in the namespace) or clusterroles, without
      names;
    - or both and update or patch on the role's name (PUT and server-side apply create with a
      name).
    - The attacker is a subject of the binding; another of its identities may be.
    Neither the verb bind nor any right on bindings is needed. Without escalate, an identity can
    only pass on rights that it already holds.
Use
    kubectl create role NAME -n NAMESPACE --verb='*' --resource='*.*'
Close
    Delete bindings whose role is missing; remove the verb escalate.
References
    https://kubernetes.io/docs/concepts/security/rbac-good-practices/#escalate-verb
    kubernetes pkg/registry/rbac/validation/rule.go
    MITRE ATT&CK T1098.006 (additional container cluster roles)
"""

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
    page=__doc__,
    effort=2,  # one role, which remains visible
    certainty="conditional where the role may exist, though the input lacks it, the namespace is"
    " being deleted, or a quota is used up",
    abilities=WRITES_ROLES,
    joins=_joins,
    grants=True,
)
