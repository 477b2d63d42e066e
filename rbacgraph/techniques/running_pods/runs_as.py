"""Act as the ServiceAccount whose token a Pod holds."""

from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.tokens.mounted_tokens import best_token, holds_token
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, both
from rbacgraph.model.node import Node
from rbacgraph.techniques.spec.technique import EdgeBlock, Explanation, ObjectEdge


def _edges(world: Facts) -> EdgeBlock:
    doubts, creating = world.identities.account_doubts, world.identities.creating
    found = EdgeBlock(basis=(runners := list[PodSource]()))
    for runner, account in zip(
        world.running.runners, world.identities.accounts_of_runners, strict=True
    ):
        if account is None:  # tokens of a deleted ServiceAccount are refused
            continue
        certain = runner.live and not runner.stalled and holds_token(runner.spec)
        condition = CERTAIN if certain else _condition_of(world, runner)
        if condition is None:
            continue
        runs = runner.running == CERTAIN  # else its kubelet asks for a token
        closed = CERTAIN if runs or not creating else creating.get(runner.node[1], CERTAIN)
        if condition or account in doubts or closed:
            found.conditions[len(runners)] = both(condition, doubts.get(account, CERTAIN), closed)
        found.sources.append(runner.number)
        found.targets.append(account)
        runners.append(runner)
    return found


def _condition_of(world: Facts, runner: PodSource) -> Condition | None:
    best = best_token(world, runner)
    return None if best is None else best[1]


def _explain(world: Facts, _source: Node, target: Node, basis: object) -> Explanation:
    assert isinstance(basis, PodSource)
    best = best_token(world, basis)
    assert best is not None
    detail = f"container {best[0].container} mounts its token"
    return (
        f"holds a token of ServiceAccount {target[2]}",
        (world.rbac.evidence(basis.obj, basis.kind, detail),),
    )


EDGE = ObjectEdge(
    id="runs-as",
    summary="a Pod holds the token of its ServiceAccount",
    effort=1,  # the token is in the container
    certainty="conditional where only an init container, or one that does not run, or an explicit"
    " audience has the token",
    edges=_edges,
    explain=_explain,
)
