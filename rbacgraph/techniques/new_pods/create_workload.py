"""Create a workload whose Pods run as any ServiceAccount and read any Secret of the namespace.

Precondition
    - One rule with create on a workload, without resourceNames, or with the name "".
    - The ServiceAccount exists.
    - The namespace is not being deleted, and no ResourceQuota of Pods or workloads is used up.
    Workloads are replicationcontrollers (core), deployments, replicasets, statefulsets, daemonsets
    (apps), jobs and cronjobs (batch). A POST carries no name, so names do not allow it. No right
    on pods is needed: a controller of the control plane creates them.
Use
    kubectl create deployment, or apply a manifest with the Secret in its Pod template.
Close
    Give create on workloads only to the deployment pipeline; separate Secrets by namespace.
References
    https://kubernetes.io/docs/concepts/security/rbac-good-practices/#workload-creation
    MITRE ATT&CK T1610 (deploy container), T1053.007 (container orchestration job)
"""

from rbacgraph.techniques.new_pods.namespace_contents import anything_in_namespace, creates
from rbacgraph.techniques.spec.technique import Right, RuleEdge

EDGE = RuleEdge(
    id="create-workload",
    summary="a new workload gets any Secret and ServiceAccount of its namespace",
    page=__doc__,
    effort=5,  # as create-pod, made by a controller a little later
    certainty="conditional where the namespace is being deleted, or a quota is used up",
    rights=(
        Right(("create",), "", "replicationcontrollers"),
        Right(("create",), "apps", "deployments"),
        Right(("create",), "apps", "replicasets"),
        Right(("create",), "apps", "statefulsets"),
        Right(("create",), "apps", "daemonsets"),
        Right(("create",), "batch", "jobs"),
        Right(("create",), "batch", "cronjobs"),
    ),
    targets=anything_in_namespace,
    words=creates,
)
