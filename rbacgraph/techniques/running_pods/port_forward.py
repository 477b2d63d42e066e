"""Reach the ports of a running Pod by port forwarding.

Precondition
    - One rule with create on core resource pods/portforward; resourceNames are Pod names.
    - A process of the Pod listens on a TCP port, even on localhost.
    - The port serves what the Pod knows, or runs code for any client.
    Port forwarding bypasses every NetworkPolicy.
Variants
    - Before Kubernetes 1.35, get alone is enough.
Use
    kubectl port-forward -n NAMESPACE POD 8080
Close
    Remove pods/portforward from permanent roles; require a password on localhost too.
References
    https://kubernetes.io/docs/tasks/access-application-cluster/port-forward-access-application-cluster/
    kubernetes pkg/registry/core/pod/rest/subresources.go
    MITRE ATT&CK T1090 (proxy)
"""

from rbacgraph.model.condition import If
from rbacgraph.techniques.running_pods.stream_rights import (
    stream_rights,
    stream_targets,
    stream_words,
)
from rbacgraph.techniques.spec.technique import RuleEdge

EDGE = RuleEdge(
    id="port-forward",
    summary="reach the ports of running Pods",
    page=__doc__,
    effort=6,  # the port must reveal something or run code
    certainty="always conditional: on what the ports serve",
    rights=stream_rights("portforward"),
    targets=stream_targets(If.PORT_SERVES_SECRET()),
    words=stream_words("reach the ports of"),
)
