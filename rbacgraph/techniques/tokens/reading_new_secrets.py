"""Finds readers of a Secret after it was written: a Pod that receives it, and its kubelet."""

from collections.abc import Callable, Iterable, Iterator

from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.secrets.secret_uses import container_words
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, If, both
from rbacgraph.model.kubernetes.pods import SecretUse
from rbacgraph.model.node import KUBELET
from rbacgraph.techniques.kubelet.node_reads_secret import readings
from rbacgraph.techniques.spec.compound_rights import Holder, Key

_KEY = "token"  # of a token Secret


def of_token_secrets(world: Facts) -> Iterator[tuple[Key, Holder]]:
    """Yield the readers of existing token Secrets, each by the Secret's name."""
    tokens = world.token_secrets
    if tokens:
        uses = (
            (runner, use) for runner, use, _ in world.uses if (runner.node[1], use.secret) in tokens
        )
        yield from _readers(world, uses)
        yield from _kubelets(world, tokens.__contains__)


def of_new_secrets(world: Facts) -> Iterator[tuple[Key, Holder]]:
    """Yield the readers of a missing Secret that is named, once it is created."""
    is_listed = world.snapshot.is_listed
    uses = ((one, use) for one, use in world.missed if is_listed("Secret", one.node[1]))
    yield from (((namespace, ""), holder) for (namespace, _), holder in _readers(world, uses))
    for (namespace, _), holder in _kubelets(world, lambda key: _is_missing(world, *key)):
        yield (namespace, ""), holder


def _is_missing(world: Facts, namespace: str, name: str) -> bool:
    there = world.secret_numbers.get(namespace, ())
    return name not in there and world.snapshot.is_listed("Secret", namespace)


def _readers(
    world: Facts, uses: Iterable[tuple[PodSource, SecretUse]]
) -> Iterator[tuple[Key, Holder]]:
    for runner, use in uses:
        key = runner.node[1], use.secret
        evidence = (world.rbac.evidence(runner.obj, runner.kind, container_words(use)),)
        if runner.on_node is not None and not runner.static:
            yield key, Holder((KUBELET, "", runner.spec.node_name), evidence, runner.on_node)
        delivered = not use.keys or _KEY in use.keys
        runs = None if use.starting else runner.stalled.get(use.container, CERTAIN)
        if delivered and runner.running is not None and runs is not None:
            again = CERTAIN if use.follows else If.CONTAINER_RESTARTS(use.container)
            yield key, Holder(runner.node, evidence, both(runner.running, again, runs))


def _kubelets(world: Facts, wanted: Callable[[Key], bool]) -> Iterator[tuple[Key, Holder]]:
    """Yield the kubelets whose Pods name a Secret only for them."""
    claims = bool(world.volumes.secrets)
    for runner in world.naming_more:
        spec = runner.spec
        more = not runner.live or (claims and spec.claims)
        if runner.on_node is None or runner.static:
            continue
        if not (more or any(wanted((runner.node[1], use.secret)) for use in spec.kubelet)):
            continue
        kubelet = KUBELET, "", spec.node_name
        known = {(runner.node[1], use.secret) for use in spec.secrets}
        for namespace, name, how, volume in readings(world, runner):
            if (namespace, name) not in known and wanted((namespace, name)):
                pod = world.rbac.evidence(runner.obj, runner.kind, how)
                named = (world.rbac.evidence(volume, "PersistentVolume", how),) if volume else ()
                yield (namespace, name), Holder(kubelet, (pod, *named), runner.on_node)
