"""Run commands in a running Pod's containers.

Precondition
    - One rule with create on core resource pods/exec; resourceNames are Pod names.
    - A container runs, on a node that exists and is ready.
    Names of a StatefulSet's Pods are known in advance (web-0, web-1, …). A container that waits,
    as in CrashLoopBackOff, or has ended accepts no commands. With a known name, no right on pods
    is needed.
Variants
    - Before Kubernetes 1.35, get alone is enough, because a websocket upgrade is a GET.
Use
    kubectl exec -n NAMESPACE POD -- env
Close
    Remove pods/exec from permanent roles; grant it for a limited time, on named Pods.
References
    https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources
    kubernetes pkg/registry/core/pod/rest/subresources.go
    MITRE ATT&CK T1609 (container administration command)
"""

from rbacgraph.techniques.running_pods.stream_rights import (
    stream_rights,
    stream_targets,
    stream_words,
)
from rbacgraph.techniques.spec.technique import RuleEdge

EDGE = RuleEdge(
    id="exec",
    summary="run commands in running Pods",
    page=__doc__,
    effort=3,  # a session in another's container
    certainty="conditional where the Pod may not be running, its node is not ready, or the"
    " Kubernetes version decides",
    rights=stream_rights("exec"),
    targets=stream_targets(),
    words=stream_words("run commands in"),
)
