"""Attach to the main process of a running Pod's containers.

Precondition
    - One rule with create on core resource pods/attach; resourceNames are Pod names.
    - The process reads commands from an open stdin (stdin: true), or prints what it knows.
    Names of a StatefulSet's Pods are known in advance (web-0, web-1, …).
Variants
    - Before Kubernetes 1.35, get alone is enough.
Use
    kubectl attach -n NAMESPACE POD -i
Close
    Remove pods/attach from permanent roles; run nothing interactive in the cluster. What it prints
    pods/log shows too.
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
    effort=6,  # the process may neither read nor print
    certainty="always conditional: on what the process reads and prints",
    rights=stream_rights("attach"),
    targets=stream_targets(If.PROCESS_TAKES_COMMANDS()),
    words=stream_words("attach to"),
)
