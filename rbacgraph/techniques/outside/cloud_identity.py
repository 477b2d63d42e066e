"""Act in a cloud as the identity that a ServiceAccount is annotated with."""

from collections.abc import Collection, Iterator

from rbacgraph.facts.external.stores import Stores
from rbacgraph.facts.identities.cloud_identities import CloudIdentity
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.tokens.kubelet_tokens import KubeletTokens
from rbacgraph.facts.tokens.mounted_tokens import best_token
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, both
from rbacgraph.model.node import KUBELET, SERVICE_ACCOUNT, Node, format_node
from rbacgraph.techniques.kubelet.node_requests_token import token_condition
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(world: Facts) -> Iterator[Edge]:
    identities = world.identities.clouds.identities
    if not identities:
        return
    stores = tuple(world.part(Stores))
    for account, found in identities.items():
        for identity in found:
            # store-identity leads where a dump decides
            if not any(store.decides(identity.node) for store in stores):
                yield account, identity.node, identity, identity.condition
    for runner in world.running.runners:
        account = SERVICE_ACCOUNT, runner.node[1], runner.spec.service_account
        if account in identities and runner.running is not None:
            yield from _of_pod(world, runner, account)
        if account in identities and runner.on_node is not None and not runner.static:
            yield from _of_kubelet(world, runner, account)


def _of_pod(world: Facts, runner: PodSource, account: Node) -> Iterator[Edge]:
    """Yield the cloud identity of a Pod with a token for a cloud but none for the API server."""
    held = best_token(world, runner)
    if held is not None and held[1] == CERTAIN:
        return  # the Pod leads to its ServiceAccount
    audiences = {use.audience for use in runner.spec.tokens}
    for identity in world.identities.clouds.identities[account]:
        if not runner.live or not identity.audience or identity.audience in audiences:
            combined = both(runner.running or CERTAIN, identity.condition)
            yield runner.number, identity.node, identity, combined


def _of_kubelet(world: Facts, runner: PodSource, account: Node) -> Iterator[Edge]:
    """Yield the cloud identity of a kubelet that may create only tokens for a cloud."""
    if token_condition(world, runner) == CERTAIN:
        return  # the kubelet leads to the ServiceAccount
    audiences = {*runner.spec.idle_tokens, *(use.audience for use in runner.spec.tokens)}
    for identity in world.identities.clouds.identities[account]:
        asks = _asks(world, runner, identity.audience, audiences) if identity.audience else None
        if asks is not None:
            combined = both(runner.on_node or CERTAIN, identity.condition, asks)
            yield (KUBELET, "", runner.spec.node_name), identity.node, identity, combined


def _asks(
    world: Facts, runner: PodSource, audience: str, audiences: Collection[str]
) -> Condition | None:
    """Return the condition on which a kubelet gets a token for an audience; None if refused."""
    if audience in audiences:
        return CERTAIN
    reason = world.part(KubeletTokens).reason(runner, audience)
    return reason.condition if reason else None


def _explain(world: Facts, _source: Node, target: Node, basis: object) -> Explanation:
    assert isinstance(basis, CloudIdentity)
    account = world.snapshot.service_account_index[basis.account]
    detail = f"annotated {basis.annotation}: {target[2]}"
    return (
        f"is {format_node(target)} in its cloud",
        (world.rbac.evidence(account, "ServiceAccount", detail),),
    )


EDGE = ObjectEdge(
    id="cloud-identity",
    summary="a ServiceAccount is an identity in a cloud",
    effort=2,  # a token is exchanged, which the cloud's log shows
    certainty="always conditional: on whom the cloud trusts",
    edges=_edges,
    explain=_explain,
)
