"""Create a Pod that runs as any ServiceAccount and reads any Secret of its namespace.

Precondition
    - One rule with create on core resource pods, without resourceNames, or with the name "".
    - The ServiceAccount exists.
    - The namespace is not being deleted, and no ResourceQuota of Pods is used up.
    A POST carries no name, so names do not allow it. Pod Security levels forbid a Pod neither
    Secrets nor ServiceAccounts.
Use
    kubectl run x --image=IMAGE --overrides='{"spec":{"serviceAccountName":"SA", …}}', with the
    Secret as a volume or in env; read it from what the Pod prints or sends
Close
    Give create on pods only to controllers; separate Secrets by namespace.
References
    https://kubernetes.io/docs/concepts/security/rbac-good-practices/#workload-creation
    MITRE ATT&CK T1610 (deploy container)
"""

from rbacgraph.techniques.new_pods.namespace_contents import anything_in_namespace, creates
from rbacgraph.techniques.spec.technique import Right, RuleEdge

EDGE = RuleEdge(
    id="create-pod",
    summary="a new Pod gets any Secret and ServiceAccount of its namespace",
    page=__doc__,
    effort=4,  # the attacker's own Pod, and an image that can be pulled
    certainty="conditional where the namespace is being deleted, or a quota is used up",
    rights=(Right(("create",), "", "pods"),),
    targets=anything_in_namespace,
    words=creates,
)
