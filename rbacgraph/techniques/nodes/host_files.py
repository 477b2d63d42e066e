"""Read files of a Pod's node: its kubelet's key, other Pods' files, the cluster's keys."""

from collections.abc import Iterator

from rbacgraph.facts.pods.container_escapes import host_files
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, both
from rbacgraph.model.kubernetes.pods import HostAccess
from rbacgraph.model.node import Node
from rbacgraph.techniques.spec.compound_rights import HeldCompoundRights
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.node_files import Find, finds


def _joins(world: Facts, _present: HeldCompoundRights) -> Iterator[Hyperarc]:
    for runner in world.running.runners:
        if runner.spec.host is None or runner.running is None:
            continue
        host = world.hosts.access(runner)
        escape = world.hosts.best_escape(runner)
        if host is not None and (escape is None or escape.condition):
            yield from _of_runner(world, runner, host)


def _of_runner(world: Facts, runner: PodSource, host: HostAccess) -> Iterator[Hyperarc]:
    best: dict[Node, tuple[Find, str]] = {}
    virtual = world.running.virtual_nodes.get(runner.spec.node_name)
    lets = virtual.lets if virtual else CERTAIN
    for file in host_files(host, runner.stalled):
        for find in finds(world, runner.spec.node_name, file):
            condition = both(file.condition, find.condition, runner.running or CERTAIN, lets)
            known = best.get(find.target)
            if known is None or (known[0].condition and not condition):
                best[find.target] = find._replace(condition=condition), file.how
    for find, how in best.values():
        evidence = (world.rbac.evidence(runner.obj, runner.kind, how), *find.evidence)
        yield Hyperarc(
            (runner.node,),
            (find.target,),
            find.words,
            condition=find.condition,
            evidence=evidence,
        )


EDGE = Conjunction(
    id="host-files",
    summary="a Pod reads keys, tokens and Secrets that lie on its node",
    effort=3,  # files of the node are read, found and used elsewhere
    certainty="conditional where a user, encryption at rest or the way of delivery decides",
    abilities=(),
    joins=_joins,
)
