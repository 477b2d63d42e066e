"""Create a Pod that runs as any ServiceAccount and reads any Secret of its namespace."""

from rbacgraph.techniques.new_pods.namespace_contents import anything_in_namespace, creates
from rbacgraph.techniques.spec.technique import Right, RuleEdge

EDGE = RuleEdge(
    id="create-pod",
    summary="a new Pod gets any Secret and ServiceAccount of its namespace",
    effort=4,  # the attacker's own Pod, and an image that can be pulled
    certainty="conditional where the namespace is being deleted, or a quota is used up",
    rights=(Right(("create",), "", "pods"),),
    targets=anything_in_namespace,
    words=creates,
)
