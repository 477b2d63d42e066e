"""Run the attacker's image in a running Pod by changing a container's image."""

from collections.abc import Iterator

from rbacgraph.facts.pods.container_escapes import host_files
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.secrets.secret_uses import read_condition
from rbacgraph.facts.tokens.mounted_tokens import best_token
from rbacgraph.facts.world import Facts
from rbacgraph.facts.writable_objects import change_condition
from rbacgraph.model.condition import CERTAIN, both
from rbacgraph.model.kubernetes.pods import Pod
from rbacgraph.model.node import NODE, SECRET, SERVICE_ACCOUNT, STANDING_SERVICE_ACCOUNT
from rbacgraph.techniques.spec.collections import RUNNING_PODS_OF, changeable_pods
from rbacgraph.techniques.spec.compound_rights import names_of
from rbacgraph.techniques.spec.node_files import finds
from rbacgraph.techniques.spec.technique import Match, Right, RuleEdge, Target, listed

_BY_IMAGE = frozenset(
    {
        *("CrashLoopBackOff", "ErrImageNeverPull", "ErrImagePull", "ImageInspectError"),
        *("ImagePullBackOff", "InvalidImageName", "RunContainerError"),
    }
)
"""Reasons for which a container waits, and with which another image may run."""


def _targets(world: Facts, scope: str, match: Match) -> Iterator[Target]:
    yield from changeable_pods(world, scope, match)
    names = names_of(match)
    for runner in world.running.stalled_pods:
        if scope in {"", runner.node[1]} and (names == ("",) or runner.name in names):
            change = change_condition(world, runner)
            for target, condition in by_images(world, runner) if change is not None else ():
                yield target, both(runner.running or CERTAIN, change or CERTAIN, condition)


def by_images(world: Facts, runner: PodSource) -> Iterator[Target]:
    """Yield what the containers of a Pod have that run once they have other images."""
    return _held(world, _restarted(runner))


def _restarted(runner: PodSource) -> PodSource:
    """Return a Pod as it is after its containers got another image."""
    assert isinstance(runner.obj, Pod)
    stays = {
        one.container: runner.stalled[one.container]
        for one in runner.obj.stalled or ()
        if one.over or (one.state != "terminated" and one.reason not in _BY_IMAGE)
    }
    return runner._replace(stalled=stays)


def _held(world: Facts, runner: PodSource) -> Iterator[Target]:
    """Yield what the containers of a Pod have."""
    namespace, spec = runner.node[1], runner.spec
    for use in spec.secrets:
        key = namespace, use.secret
        condition = read_condition(runner, world.secrets.get(key), use)
        if key in world.secrets and condition is not None:
            yield (SECRET, *key), condition
    account, token = (namespace, spec.service_account), best_token(world, runner)
    if token is not None and account in world.identities.service_accounts:
        there = runner.running == CERTAIN  # else its kubelet asks for a token
        kind = STANDING_SERVICE_ACCOUNT if there else SERVICE_ACCOUNT
        yield (kind, *account), both(token[1], world.identities.service_accounts[account])
    yield from _of_host(world, runner)


def _of_host(world: Facts, runner: PodSource) -> Iterator[Target]:
    """Yield what they have of their node."""
    node, host = runner.spec.node_name, world.hosts.access(runner)
    if host is None or not node:
        return
    virtual = world.running.virtual_nodes.get(node)
    lets = virtual.lets if virtual else CERTAIN
    escape = world.hosts.best_escape(runner)
    if escape is not None:
        yield (NODE, "", node), both(escape.condition, lets)
    for file in host_files(host, runner.stalled):
        for find in finds(world, node, file):
            yield find.target, both(file.condition, find.condition, lets)


def _words(scope: str, match: Match) -> str:
    pods = RUNNING_PODS_OF.words(scope, match)
    return f"can change the images of {pods} ({listed(match.verbs)} pods)"


EDGE = RuleEdge(
    id="patch-pod",
    summary="run another image in the containers of running Pods",
    effort=5,  # the container restarts with an image that does other work
    certainty="conditional where the Pod may not be running, or its node is not ready",
    rights=(Right(("patch", "update"), "", "pods"),),
    targets=_targets,
    words=_words,
)
