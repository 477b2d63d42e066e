"""Attach to the main process of a running Pod's containers."""

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
    effort=6,  # the process may neither read nor print
    certainty="always conditional: on what the process reads and prints",
    rights=stream_rights("attach"),
    targets=stream_targets(If.PROCESS_TAKES_COMMANDS()),
    words=stream_words("attach to"),
)
