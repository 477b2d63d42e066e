"""Ask the API server for a token of the ServiceAccount of a Pod on the node."""

from collections.abc import Iterator

from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.tokens.kubelet_tokens import KubeletTokens, TokenReason
from rbacgraph.facts.tokens.mounted_tokens import (
    admitted_tokens,
    audience_condition,
    holds_token,
)
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.storage import CSIDriver
from rbacgraph.model.node import Node
from rbacgraph.techniques.spec.technique import EdgeBlock, Explanation, ObjectEdge

_VOLUME_NEEDED_SINCE = (1, 33)
_BITS = 32  # more than a ServiceAccount's number has


def _edges(world: Facts) -> EdgeBlock:
    kubelets, doubts = world.running.kubelet_numbers, world.identities.account_doubts
    places: dict[int, int] = {}
    found = EdgeBlock(basis=(runners := list[PodSource]()))
    for runner, account in zip(
        world.running.runners, world.identities.accounts_of_runners, strict=True
    ):
        bound = runner.on_node
        if bound is None or account is None or runner.static:
            continue
        condition = token_condition(world, runner)
        if condition is None:
            continue
        if bound or condition or account in doubts:
            condition = both(bound, condition, doubts.get(account, CERTAIN))
        kubelet = kubelets[runner.spec.node_name]
        place = places.setdefault(kubelet << _BITS | account, len(runners))
        if place == len(runners):
            found.sources.append(kubelet)
            found.targets.append(account)
            runners.append(runner)
            if condition:
                found.conditions[place] = condition
        elif not condition and found.conditions.pop(place, CERTAIN):
            runners[place] = runner
    return found


def token_condition(world: Facts, runner: PodSource) -> Condition | None:
    """Return the condition of a token request if the Pod were on the node; None if refused."""
    closed = world.identities.creating.get(runner.node[1], CERTAIN)
    if runner.live and holds_token(runner.spec):
        return closed
    condition = _asks(world, runner)
    return None if condition is None else both(condition, closed)


def _asks(world: Facts, runner: PodSource) -> Condition | None:
    """Return the same, apart from the condition for creating in the Pod's namespace."""
    version = world.snapshot.kubernetes_version
    conditions = [audience_condition(audience) for audience in _audiences(world, runner)]
    if version is not None and version < _VOLUME_NEEDED_SINCE:
        conditions.append(CERTAIN)
    elif version is None:
        conditions.append(If.SERVER_IS_OLDER(*_VOLUME_NEEDED_SINCE))
    if CERTAIN not in conditions and (reason := world.part(KubeletTokens).reason(runner)):
        conditions.append(reason.condition)
    if CERTAIN in conditions:
        return CERTAIN
    return next((found for found in conditions if found is not None), None)


def _audiences(world: Facts, runner: PodSource) -> Iterator[str]:
    """Yield the audiences of a Pod's volumes, mounted or not."""
    yield from (use.audience for use in admitted_tokens(world, runner))
    yield from runner.spec.idle_tokens


def _explain(world: Facts, source: Node, target: Node, basis: object) -> Explanation:
    assert isinstance(basis, PodSource)
    volume = any(audience_condition(one) == CERTAIN for one in _audiences(world, basis))
    has = ", and has a token volume" if volume else ""
    reason = None if volume else world.part(KubeletTokens).reason(basis)
    detail = f"on node {source[2]}, runs as ServiceAccount {target[2]}{has}"
    return (
        f"its kubelet can create tokens of ServiceAccount {target[1]}/{target[2]}",
        (
            world.rbac.evidence(basis.obj, basis.kind, detail),
            *(_evidence(world, reason) if reason else ()),
        ),
    )


def _evidence(world: Facts, reason: TokenReason) -> tuple[Evidence, ...]:
    because = reason.because
    if isinstance(because, CSIDriver):
        return (world.rbac.evidence(because, "CSIDriver", "asks for tokens for the API server"),)
    return world.authorizer.evidence(because) if because else ()


EDGE = ObjectEdge(
    id="node-requests-token",
    summary="a node's kubelet creates tokens of its Pods' ServiceAccounts",
    effort=2,  # one request, with the credential on the node
    certainty="conditional where the Kubernetes version, an explicit audience or a CSIDriver that"
    " the input lacks decides, or the namespace is being deleted",
    edges=_edges,
    explain=_explain,
)
