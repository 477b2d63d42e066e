"""Send the admission webhook of ingress-nginx a review of the attacker's own: CVE-2025-1974.

Precondition
    - A Pod of ingress-nginx runs with --validating-webhook, in a version before 1.11.5, or in
      1.12.0.
    - Packets from the attacker's Pod reach that port. No right in Kubernetes is needed: the webhook
      asks nobody for a login.
    - No NetworkPolicy shuts the controller against the Pod; policies for egress, which rbacgraph
      does not read, may do so too.
    The image's tag shows the version, or, where it has none, the labels app.kubernetes.io/version
    and helm.sh/chart. In the image controller-chroot, NGINX does not see the controller's token.
Use
    POST an AdmissionReview with an Ingress whose annotations inject ssl_engine, to port 8443
Close
    Leave ingress-nginx; until then run 1.15.1. Turn the webhook off, or let a NetworkPolicy admit
    only the API server to its port.
References
    https://github.com/kubernetes/kubernetes/issues/131009
    https://kubernetes.io/blog/2025/03/24/ingress-nginx-cve-2025-1974/
    MITRE ATT&CK T1210 (exploitation of remote services)
"""

from collections.abc import Iterator

from rbacgraph.facts.entry.network_policies import NetworkPolicies, Port, Sender, Verdict
from rbacgraph.facts.ingress.proxies import IngressProxies, IngressProxy
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.node import Node
from rbacgraph.techniques.ingress.wording import shown_by
from rbacgraph.techniques.spec.technique import EdgeBlock, Explanation, ObjectEdge


def _edges(world: Facts) -> EdgeBlock:
    proxies = world.part(IngressProxies)
    found = EdgeBlock()
    for proxy in proxies.all:
        takes = proxies.takes_packets(proxy)
        if takes is None:
            continue
        for sender, condition in _reaching(world, proxy):
            found.conditions[len(found.sources)] = both(takes, condition)
            found.sources.append(sender.number)
            found.targets.append(proxy.runner.number)
    return found


def _reaching(world: Facts, proxy: IngressProxy) -> Iterator[tuple[PodSource, Condition]]:
    """Yield the Pods whose packets reach a proxy's webhook, each with the condition."""
    runner, port = proxy.runner, proxy.flags.webhook
    runs = runner.running or CERTAIN
    reached = both(If.PROXY_IS_REACHED(runner.kind, *runner.node[1:], port), runs)
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


def _explain(world: Facts, _source: Node, target: Node, _basis: object) -> Explanation:
    evidence = tuple(shown_by(world, target))
    return f"can send reviews to the webhook of {target[1]}/{target[2]}", evidence


EDGE = ObjectEdge(
    id="ingress-admission",
    summary="a Pod that reaches the admission webhook of an old ingress-nginx runs code in it",
    page=__doc__,
    effort=5,  # no right is needed and nothing remains, but the upload must be caught in time
    certainty="always conditional: on the version, and on the network",
    edges=_edges,
    explain=_explain,
)
