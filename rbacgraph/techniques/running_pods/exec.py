"""Run commands in a running Pod's containers.

Precondition
    One rule with verb create on core resource pods/exec. On Kubernetes before 1.35 the verb
    get is enough, because a websocket upgrade is a GET; from 1.35 on it needs create as
    well. resourceNames are Pod names; those of a StatefulSet's Pods are known beforehand
    (web-0, web-1, …). A container must be running, on a node that is there and ready: one that
    waits, as in CrashLoopBackOff, or has ended takes no commands. No right on pods is needed
    where the name is known.
Use
    kubectl exec -n NAMESPACE POD -- env
Close
    Take pods/exec out of standing roles; give it for a time, on named Pods.
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
    effort=3,  # a session in somebody's container
    certainty="conditional where the Pod may not be running, its node is not ready, or the"
    " Kubernetes version decides",
    rights=stream_rights("exec"),
    targets=stream_targets(),
    words=stream_words("run commands in"),
)
