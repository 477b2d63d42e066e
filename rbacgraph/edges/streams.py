"""What exec and attach share: rights on a subresource of running Pods.

Sources: AuthorizePodWebsocketUpgradeCreatePermission in kubernetes
``pkg/features/kube_features.go``, on by default since 1.35; ``getPodName`` in
``pkg/controller/statefulset/stateful_set_utils.go``.
"""

import re
from collections.abc import Callable, Iterator

from rbacgraph.edges.base import CERTAIN, Match, Right, Target, listed
from rbacgraph.edges.collections import RUNNING_PODS_OF
from rbacgraph.edges.world import World

_CREATE_NEEDED_SINCE = (1, 35)
_WITH_ORDINAL = re.compile(r"(.+)-(0|[1-9][0-9]{0,8})")
_BEFORE = "the API server is older than Kubernetes 1.35"


def stream_rights(subresource: str) -> tuple[Right, ...]:
    """Rights on one subresource: create, or get as a websocket has it."""
    return (Right(("create", "get"), "", "pods", subresource),)


def stream_targets(condition: str = CERTAIN) -> Callable[[World, str, Match], Iterator[Target]]:
    """Lead to running Pods, under a condition of the technique's own."""

    def targets(world: World, scope: str, match: Match) -> Iterator[Target]:
        version = world.snapshot.kubernetes_version
        conditions = [condition] if condition else []
        if "create" not in match.verbs:
            if version is None:
                conditions.append(_BEFORE)
            elif version >= _CREATE_NEEDED_SINCE:
                return
        for node, _ in RUNNING_PODS_OF.with_names(world, scope, match):
            yield node, " and ".join(conditions)
        for name in match.exact_names:
            for node, running in _of_stateful_sets(world, scope, name):
                yield node, " and ".join(filter(None, (*conditions, running)))

    return targets


def _of_stateful_sets(world: World, scope: str, pod: str) -> Iterator[Target]:
    """Lead to the StatefulSets, told from their template, that make a Pod of this name."""
    parts = _WITH_ORDINAL.fullmatch(pod)
    if parts:
        for runner, count in world.stateful_sets.get(parts[1], ()):
            if scope in {"", runner.node[1]} and int(parts[2]) < count:
                assert runner.running is not None
                yield runner.node, runner.running


def stream_words(what: str) -> Callable[[str, Match], str]:
    """Say what can be done to which Pods, in words."""

    def words(scope: str, match: Match) -> str:
        right = f"{listed(match.verbs)} {listed(match.resources)}"
        return f"can {what} {RUNNING_PODS_OF.words(scope, match)} ({right})"

    return words
