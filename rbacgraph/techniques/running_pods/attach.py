"""Attach to the main process of a running Pod's containers.

Precondition
    One rule with verb create on core resource pods/attach; get alone before Kubernetes 1.35.
    resourceNames are Pod names; those of a StatefulSet's Pods are known beforehand (web-0,
    web-1, …). What it yields depends on the process: it must read commands from an open
    stdin (stdin: true), or print what it knows.
Use
    kubectl attach -n NAMESPACE POD -i
Close
    Take pods/attach out of standing roles; run nothing interactive in the cluster.
References
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_attach/
    kubernetes pkg/registry/core/pod/rest/subresources.go
    MITRE ATT&CK T1609 (container administration command)
"""

from rbacgraph.model.condition import If
from rbacgraph.techniques.running_pods.stream_rights import (
    stream_rights,
    stream_targets,
    stream_words,
)
from rbacgraph.techniques.spec.technique import RuleEdge

EDGE = RuleEdge(
    id="attach",
    summary="attach to the main process of running Pods",
    page=__doc__,
    effort=6,  # the process may neither listen nor tell
    certainty="always conditional: on what the process reads and prints",
    rights=stream_rights("attach"),
    targets=stream_targets(If.PROCESS_TAKES_COMMANDS()),
    words=stream_words("attach to"),
)
