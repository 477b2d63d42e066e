"""Create a Pod that runs as any ServiceAccount and reads any Secret of its namespace.

Precondition
    One rule with verb create on core resource pods. A POST carries no name, so a rule with
    resourceNames does not allow it, unless one of the names is "". The ServiceAccount must
    exist. Pod Security levels forbid neither Secrets nor ServiceAccounts to a Pod. The
    namespace must not be one that is being deleted, and no ResourceQuota that counts Pods used up.
Use
    kubectl run x --image=IMAGE --overrides='{"spec":{"serviceAccountName":"SA", …}}', with
    the Secret as a volume or in env; read it by what the Pod prints or sends out.
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
    effort=4,  # a Pod of one's own, and an image that can be pulled
    certainty="conditional where the namespace is being deleted, or a quota is used up",
    rights=(Right(("create",), "", "pods"),),
    targets=anything_in_namespace,
    words=creates,
)
