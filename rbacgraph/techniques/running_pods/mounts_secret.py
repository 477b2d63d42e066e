"""Read the Secrets that a Pod's containers receive."""

from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.secrets.secret_uses import container_words, is_delivered, read_condition
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition
from rbacgraph.model.node import Node
from rbacgraph.techniques.spec.technique import EdgeBlock, Explanation, ObjectEdge


def _edges(world: Facts) -> EdgeBlock:
    held, first = world.numbered_secrets, world.secret_block.start
    sources: list[int] = []
    targets: list[int] = []
    runners: list[PodSource] = []
    conditions: dict[int, Condition] = {}
    last, start = -1, 0
    for runner, use, number in world.uses:
        condition = CERTAIN
        if use.keys or use.starting or runner.stalled:
            doubt = read_condition(runner, held[number - first], use)
            if doubt is None:
                continue
            condition = doubt
        source = runner.number
        if source != last:
            last, start = source, len(targets)
        elif number in targets[start:]:
            _use_again(conditions, targets.index(number, start), condition)
            continue
        if condition:
            conditions[len(targets)] = condition
        sources.append(source)
        targets.append(number)
        runners.append(runner)
    return EdgeBlock(sources, targets, runners, conditions)


def _use_again(conditions: dict[int, Condition], place: int, condition: Condition) -> None:
    """Record another use of a Secret: either one is enough, and the last condition counts."""
    if condition == CERTAIN:
        conditions.pop(place, CERTAIN)
    elif place in conditions:
        conditions[place] = condition


def _explain(world: Facts, _source: Node, target: Node, basis: object) -> Explanation:
    assert isinstance(basis, PodSource)
    secret = world.secrets.get((target[1], target[2]))
    uses = [
        use
        for use in basis.spec.secrets
        if use.secret == target[2] and is_delivered(secret, use)
        if basis.stalled.get(use.container, CERTAIN) is not None
    ]
    ways = ", ".join(dict.fromkeys(use.by.value for use in uses))
    detail = "; ".join(dict.fromkeys(map(container_words, uses)))
    return (
        f"mounts Secret {target[2]} ({ways})",
        (world.rbac.evidence(basis.obj, basis.kind, detail),),
    )


EDGE = ObjectEdge(
    id="mounts-secret",
    summary="a Pod's containers read the Secrets they are given",
    effort=1,  # a file or a variable at hand
    certainty="conditional where only an init container reads it, or one that does not run, or"
    " only what is public of it",
    edges=_edges,
    explain=_explain,
)
