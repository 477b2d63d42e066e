"""Run commands in a running Pod's containers."""

from rbacgraph.techniques.running_pods.stream_rights import (
    stream_rights,
    stream_targets,
    stream_words,
)
from rbacgraph.techniques.spec.technique import RuleEdge

EDGE = RuleEdge(
    id="exec",
    summary="run commands in running Pods",
    effort=3,  # a session in another's container
    certainty="conditional where the Pod may not be running, its node is not ready, or the"
    " Kubernetes version decides",
    rights=stream_rights("exec"),
    targets=stream_targets(),
    words=stream_words("run commands in"),
)
