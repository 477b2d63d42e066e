"""What exec and attach share: rights on a subresource of running Pods.

Source: AuthorizePodWebsocketUpgradeCreatePermission in kubernetes
``pkg/features/kube_features.go``, on by default since 1.35.
"""

from collections.abc import Callable, Iterator

from rbacgraph.facts.world import World
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.techniques.spec.collections import RUNNING_PODS_OF
from rbacgraph.techniques.spec.technique import Match, Right, Target, listed

_CREATE_NEEDED_SINCE = (1, 35)


def stream_rights(subresource: str) -> tuple[Right, ...]:
    """Rights on one subresource: create, or get as a websocket has it."""
    return (Right(("create", "get"), "", "pods", subresource),)


def stream_targets(
    condition: Condition = CERTAIN,
) -> Callable[[World, str, Match], Iterator[Target]]:
    """Lead to running Pods, under a condition of the technique's own."""

    def targets(world: World, scope: str, match: Match) -> Iterator[Target]:
        version = world.snapshot.kubernetes_version
        conditions = [condition]
        if "create" not in match.verbs:
            if version is None:
                conditions.append(If.SERVER_IS_OLDER(*_CREATE_NEEDED_SINCE))
            elif version >= _CREATE_NEEDED_SINCE:
                return
        for node, _ in RUNNING_PODS_OF.with_names(world, scope, match):
            yield node, both(*conditions)
        for runner in world.made_by_name(scope, match.exact_names):
            yield runner.node, both(*conditions, runner.running or CERTAIN)

    return targets


def stream_words(what: str) -> Callable[[str, Match], str]:
    """Say what can be done to which Pods, in words."""

    def words(scope: str, match: Match) -> str:
        right = f"{listed(match.verbs)} {listed(match.resources)}"
        return f"can {what} {RUNNING_PODS_OF.words(scope, match)} ({right})"

    return words
