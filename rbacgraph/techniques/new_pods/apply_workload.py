"""Create a Pod or workload by server-side apply, if create is limited to names."""

from collections.abc import Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN
from rbacgraph.techniques.new_pods.namespace_contents import given_to_pods
from rbacgraph.techniques.new_pods.server_side_apply import APPLY_PODS
from rbacgraph.techniques.spec.compound_rights import HeldCompoundRights
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.technique import where


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    for scope in present.scopes(APPLY_PODS):
        apply = present.node(APPLY_PODS, scope)
        assert apply is not None
        words = f"can apply Pods or workloads of its own {where(scope)} (create and patch)"
        condition = world.identities.making_pods.get(scope, CERTAIN)
        targets = tuple(given_to_pods(world, scope))
        yield Hyperarc((apply,), targets, words, scope, condition=condition)


EDGE = Conjunction(
    id="apply-workload",
    summary="an applied Pod or workload gets any Secret and ServiceAccount of its namespace",
    effort=5,  # as create-pod or create-workload, by a name in the rule
    certainty="conditional where a Pod or Job of the name may be there, the namespace is being"
    " deleted, or a quota is used up",
    abilities=(APPLY_PODS,),
    joins=_joins,
)
