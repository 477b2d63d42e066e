"""Create a Pod or workload by server-side apply, where the right to create is for some names.

Precondition
    Verbs create and patch of one identity on the same name of pods, or of one of the workloads
    of create-workload: a POST carries no name, but server-side apply creates with the name
    that it carries, and asks for both. A Pod or Job of that name must not be there, or be
    deleted with verb delete: patch changes but the image of one, and no Job's template. Of
    the others patch changes the template, as update-workload tells. The ServiceAccount must
    exist. By constrained impersonation the intruder needs the verb for patch alone.
Use
    kubectl apply --server-side -f pod.yaml
Close
    Give create only to controllers: names do not narrow what a Pod reads; separate Secrets by
    namespace.
References
    https://kubernetes.io/docs/reference/using-api/server-side-apply/
    https://kubernetes.io/docs/concepts/security/rbac-good-practices/#workload-creation
    kubernetes staging/src/k8s.io/apiserver/pkg/endpoints/handlers/patch.go
    MITRE ATT&CK T1610 (deploy container)
"""

from collections.abc import Iterator

from rbacgraph.facts.world import World
from rbacgraph.model.condition import CERTAIN
from rbacgraph.techniques.new_pods.namespace_contents import given_to_pods
from rbacgraph.techniques.new_pods.server_side_apply import APPLY_PODS
from rbacgraph.techniques.spec.compound_rights import Present
from rbacgraph.techniques.spec.conjunction import Join, JointEdge
from rbacgraph.techniques.spec.technique import where


def _joins(world: World, present: Present) -> Iterator[Join]:
    for scope in present.scopes(APPLY_PODS):
        apply = present.node(APPLY_PODS, scope)
        assert apply is not None
        words = f"can apply Pods or workloads of its own {where(scope)} (create and patch)"
        condition = world.making_pods.get(scope, CERTAIN)
        yield Join((apply,), given_to_pods(world, scope), words, scope, condition=condition)


EDGE = JointEdge(
    id="apply-workload",
    summary="an applied Pod or workload gets any Secret and ServiceAccount of its namespace",
    page=__doc__,
    effort=5,  # as create-pod or create-workload, under a name that the rule gives
    certainty="conditional where a Pod or Job of the name may be there, the namespace is being"
    " deleted, or a quota is used up",
    abilities=(APPLY_PODS,),
    joins=_joins,
)
