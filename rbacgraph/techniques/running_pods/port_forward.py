"""Reach the ports of a running Pod by port forwarding.

Precondition
    One rule with verb create on core resource pods/portforward; get alone before Kubernetes
    1.35. resourceNames are Pod names. Any TCP port that a process listens on in the Pod's
    network is reached, on localhost too, past every NetworkPolicy. What it yields depends on
    what listens: it must serve what the Pod knows, or run code for whoever asks.
Use
    kubectl port-forward -n NAMESPACE POD 8080
Close
    Take pods/portforward out of standing roles; ask for a password on localhost as well.
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
    effort=6,  # the port must give it away or run code
    certainty="always conditional: on what the ports serve",
    rights=stream_rights("portforward"),
    targets=stream_targets(If.PORT_SERVES_SECRET()),
    words=stream_words("reach the ports of"),
)
