"""Finds the Pods whose packets reach a port of a running Pod."""

from collections.abc import Iterator

from rbacgraph.facts.entry.network_policies import NetworkPolicies, Port, Sender, Verdict
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both


def reaching(
    world: Facts, runner: PodSource, port: int, network: Condition
) -> Iterator[tuple[PodSource, Condition]]:
    """Yield the Pods whose packets reach a port of another one, each with the condition."""
    reached = both(network, runner.running or CERTAIN)
    policies = world.part(NetworkPolicies)
    isolated = bool(policies.isolating(runner))
    known: dict[tuple[str, str, bool], Condition | None] = {}
    for sender in world.running.runners:
        if sender.running is None or sender.node == runner.node:
            continue
        if not isolated:
            yield sender, both(reached, sender.running)
            continue
        key = sender.node[1], sender.obj.labels, _on_node(sender)
        if key not in known:
            known[key] = _let_in(policies, runner, sender, port)
        let_in = known[key]
        if let_in is not None:
            yield sender, both(reached, let_in, sender.running)


def _on_node(sender: PodSource) -> bool:
    return sender.spec.host is not None and sender.spec.host.network


def _let_in(
    policies: NetworkPolicies, runner: PodSource, sender: PodSource, port: int
) -> Condition | None:
    verdict = policies.judge(runner, (Port(port),), Sender(pods=(sender,))).verdict
    if verdict == Verdict.OPEN:
        return CERTAIN
    if verdict == Verdict.UNKNOWN:
        return If.NETWORK_POLICIES_LET_IN(*runner.node[1:])
    if policies.enforced:
        return None
    return If.NETWORK_POLICIES_ARE_IGNORED(*runner.node[1:])
