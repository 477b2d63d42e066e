"""Read the log files of a node through its kubelet: of containers, and of the control plane."""

from collections.abc import Iterator

from rbacgraph.facts.containers.log_contents import LogContents
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import Condition, If, both
from rbacgraph.techniques.running_pods.proxy_rights import without_port
from rbacgraph.techniques.spec.collections import LOGGED_OF, SECRETS_OF
from rbacgraph.techniques.spec.technique import Match, Right, RuleEdge, Target, listed

_PROXY = Right(("get",), "", "nodes", "proxy")
_LOG = Right(("get",), "", "nodes", "log")
_KUBELET_PORTS = frozenset({"", "10250"})


def _targets(world: Facts, _scope: str, match: Match) -> Iterator[Target]:
    by_proxy = _PROXY.full_resource in match.resources
    reached = If.KUBELET_SERVES_LOGS()
    if not by_proxy:
        reached &= If.KUBELET_IS_REACHED()
    audited = both(reached, If.AUDIT_LOG_HOLDS_SECRETS())
    if not match.names:
        yield LOGGED_OF.everything(""), reached
        if has_control_plane(world):
            yield SECRETS_OF.everything(""), audited
        return
    contents = world.part(LogContents)
    for name in without_port(match, _KUBELET_PORTS).exact_names:
        for runner in contents.on(name):
            yield from _with(contents.of(runner), reached)
        if name in world.hosts.control_plane:
            yield SECRETS_OF.everything(""), audited


def _with(targets: Iterator[Target], condition: Condition) -> Iterator[Target]:
    for target, own in targets:
        yield target, both(own, condition)


def has_control_plane(world: Facts) -> bool:
    """Whether the input shows a node of the control plane, or may lack one."""
    return bool(world.hosts.control_plane) or not world.snapshot.is_listed("Node")


def _words(_scope: str, match: Match) -> str:
    nodes = f"Nodes {listed(match.exact_names)}" if match.names else "every Node"
    return f"can read the log files of {nodes} (get {listed(match.resources)})"


EDGE = RuleEdge(
    id="node-log",
    summary="read the log files of a node through its kubelet",
    effort=7,  # the kubelet must be reached, and nothing may be logged
    certainty="always conditional: on what is logged, and on the kubelet",
    rights=(_LOG, _PROXY),
    targets=_targets,
    cluster_scoped=True,
    words=_words,
)
