"""Create a workload whose Pods run as any ServiceAccount and read any Secret of the namespace."""

from rbacgraph.techniques.new_pods.namespace_contents import anything_in_namespace, creates
from rbacgraph.techniques.spec.technique import Right, RuleEdge

EDGE = RuleEdge(
    id="create-workload",
    summary="a new workload gets any Secret and ServiceAccount of its namespace",
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
