"""Send the admission webhook of ingress-nginx a review of the attacker's own: CVE-2025-1974."""

from rbacgraph.facts.ingress.proxies import IngressProxies
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import If, both
from rbacgraph.model.node import Node
from rbacgraph.techniques.ingress.wording import shown_by
from rbacgraph.techniques.spec.reaching_pods import reaching
from rbacgraph.techniques.spec.technique import EdgeBlock, Explanation, ObjectEdge


def _edges(world: Facts) -> EdgeBlock:
    proxies = world.part(IngressProxies)
    found = EdgeBlock()
    for proxy in proxies.all:
        takes = proxies.takes_packets(proxy)
        if takes is None:
            continue
        port = proxy.flags.webhook
        reached = If.PROXY_IS_REACHED(proxy.runner.kind, *proxy.runner.node[1:], port)
        for sender, condition in reaching(world, proxy.runner, port, reached):
            found.conditions[len(found.sources)] = both(takes, condition)
            found.sources.append(sender.number)
            found.targets.append(proxy.runner.number)
    return found


def _explain(world: Facts, _source: Node, target: Node, _basis: object) -> Explanation:
    evidence = tuple(shown_by(world, target))
    return f"can send reviews to the webhook of {target[1]}/{target[2]}", evidence


EDGE = ObjectEdge(
    id="ingress-admission",
    summary="a Pod that reaches the admission webhook of an old ingress-nginx runs code in it",
    effort=5,  # no right is needed and nothing remains, but the upload must be caught in time
    certainty="always conditional: on the version, and on the network",
    edges=_edges,
    explain=_explain,
)
