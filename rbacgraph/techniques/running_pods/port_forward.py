"""Reach the ports of a running Pod by port forwarding."""

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
    effort=6,  # the port must reveal something or run code
    certainty="always conditional: on what the ports serve",
    rights=stream_rights("portforward"),
    targets=stream_targets(If.PORT_SERVES_SECRET()),
    words=stream_words("reach the ports of"),
)
