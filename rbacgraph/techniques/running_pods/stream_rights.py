"""The common part of exec and attach: rights on a subresource of running Pods.

Source: AuthorizePodWebsocketUpgradeCreatePermission in kubernetes
``pkg/features/kube_features.go``, on by default since 1.35.
"""

from collections.abc import Callable, Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.techniques.spec.collections import RUNNING_PODS_OF
from rbacgraph.techniques.spec.technique import Match, Right, Target, listed

_CREATE_NEEDED_SINCE = (1, 35)


def stream_rights(subresource: str) -> tuple[Right, ...]:
    """Return rights on one subresource: create, or get as for a websocket."""
    return (Right(("create", "get"), "", "pods", subresource),)


def stream_targets(
    condition: Condition = CERTAIN,
) -> Callable[[Facts, str, Match], Iterator[Target]]:
    """Return a function that yields running Pods, with a condition of the technique."""

    def targets(world: Facts, scope: str, match: Match) -> Iterator[Target]:
        version = world.snapshot.kubernetes_version
        conditions = [condition]
        if "create" not in match.verbs:
            if version is None:
                conditions.append(If.SERVER_IS_OLDER(*_CREATE_NEEDED_SINCE))
            elif version >= _CREATE_NEEDED_SINCE:
                return
        for node, _ in RUNNING_PODS_OF.with_names(world, scope, match):
            yield node, both(*conditions)
        for runner in world.running.made_by_name(scope, match.exact_names):
            yield runner.node, both(*conditions, runner.running or CERTAIN)

    return targets


def stream_words(what: str) -> Callable[[str, Match], str]:
    """Return a function that describes what can be done to which Pods."""

    def words(scope: str, match: Match) -> str:
        right = f"{listed(match.verbs)} {listed(match.resources)}"
        return f"can {what} {RUNNING_PODS_OF.words(scope, match)} ({right})"

    return words
