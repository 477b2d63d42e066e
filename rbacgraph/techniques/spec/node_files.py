"""What a path of a node holds: kubelets' and cluster keys, Pods' files, etcd's data."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from rbacgraph.facts.containers.pod_variables import InVariables, PodVariables
from rbacgraph.facts.host_paths.paths import covers, real_path
from rbacgraph.facts.host_paths.row import Gives
from rbacgraph.facts.nodes.distributions import Kept, Setup, kept, rows_kept
from rbacgraph.facts.pods.container_escapes import HostFile
from rbacgraph.facts.secrets.secret_uses import container_words
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import EVERYTHING, KUBELET, SECRET, SERVICE_ACCOUNT, Node
from rbacgraph.techniques.spec.collections import (
    PODS_ON_NODES_OF,
    SECRETS_OF,
    every_host,
    every_kubelet,
)


class Find(NamedTuple):
    """What a file gives, with the evidence that it is there."""

    target: Node
    words: str
    condition: Condition
    evidence: tuple[Evidence, ...] = ()


def finds(world: Facts, node: str | None, file: HostFile) -> Iterator[Find]:
    """Yield what a file gives on a node: ``""`` for an unknown node, None for a chosen one."""
    setups = _setups(world, node)
    keys = kept(file, "kubelet-key", setups)
    files = kept(file, "pod-files", setups) if keys != CERTAIN else None
    if keys is not None:
        yield _kubelet(world, node, keys)
    if files is not None:
        words = "reads the files of the Pods on its node"
        yield _pods(world, node, words, both(If.POD_HAS_FILES(), files))
    if keys != CERTAIN:
        yield from _variables(world, node, file, setups)
    logs = kept(file, "pod-logs", setups) if keys != CERTAIN else None
    if logs is not None:
        yield _pods(world, node, "reads the logs of the Pods on its node", logs)
    if not file.windows and covers(real_path(file.path), "/proc"):
        words = "sees the processes on its node"
        yield _pods(world, node, words, If.PROCESSES_HAVE_SAME_USER())
    yield from _of_cluster(world, node, file)
    yield from _named(world, file, setups)


def _audited(world: Facts, node: str | None, file: HostFile) -> Iterator[Find]:
    """Yield what an audit log holds of Secrets."""
    audited = _kept_on(world, node, file, "audit-log")
    if audited is not None:
        words = "reads an audit log on its node"
        yield Find(SECRETS_OF.everything(""), words, audited)


def _of_cluster(world: Facts, node: str | None, file: HostFile) -> Iterator[Find]:
    """Yield what gives the whole cluster, or every Secret."""
    cluster = _kept_on(world, node, file, "cluster-keys")
    if cluster is not None:
        yield Find(EVERYTHING, "reads the keys of the whole cluster on its node", cluster)
    left = kept(file, "admin-config", _setups(world, node)) if cluster != CERTAIN else None
    if left is not None:
        yield Find(EVERYTHING, "reads an administrator's kubeconfig on its node", left)
    data = _kept_on(world, node, file, "etcd")
    if data is not None:
        plain = both(data, world.hosts.unencrypted)
        yield Find(SECRETS_OF.everything(""), "reads the data of etcd on its node", plain)
    if data is None:
        yield from _audited(world, node, file)


def _named(world: Facts, file: HostFile, setups: Iterable[Setup]) -> Iterator[Find]:
    """Yield the identities and Secrets that files of the table hold."""
    for one in rows_kept(file, "account", setups):
        accounts = ((SERVICE_ACCOUNT, *_parts(name)) for name in one.row.objects)
        for node in (n for n in accounts if n[1:] in world.identities.service_accounts):
            yield Find(node, f"reads the token of {node[1]}/{node[2]} on its node", _if(one))
    for one in rows_kept(file, "secret", setups):
        secrets = ((SECRET, *_parts(name)) for name in one.row.objects)
        for node in (n for n in secrets if n[1:] in world.secrets):
            yield Find(node, f"reads what Secret {node[1]}/{node[2]} holds on its node", _if(one))


def _parts(name: str) -> tuple[str, str]:
    namespace, _, own = name.partition("/")
    return namespace, own


def _if(one: Kept) -> Condition:
    return both(one.condition, If.NODE_IS_SET_UP_BY(*sorted(one.by)) if one.by else CERTAIN)


def _setups(world: Facts, node: str | None) -> frozenset[Setup]:
    set_up = world.hosts.distributions
    return set_up.of((node,)) if node else set_up.everywhere


def _kept_on(world: Facts, node: str | None, file: HostFile, gives: Gives) -> Condition | None:
    """Return the condition on which a node's path holds cluster keys, or etcd's data."""
    data = gives == "etcd"
    nodes = world.hosts.etcd if data else world.hosts.control_plane
    unknown = If.POD_IS_ON_ETCD_NODE() if data else If.POD_IS_ON_CONTROL_PLANE()
    there = _on(world, node, nodes, unknown)
    if there is None:
        return None
    condition = kept(file, gives, world.hosts.distributions.of((node,) if node else nodes))
    return None if condition is None else both(there, condition)


def _kubelet(world: Facts, node: str | None, condition: Condition) -> Find:
    words = "reads the key of its node's kubelet"
    if node is None:
        return Find(every_kubelet(world), words, condition)
    if node:
        return Find((KUBELET, "", node), words, condition)
    return _pods(world, node, words, condition)


def _pods(world: Facts, node: str | None, words: str, condition: Condition) -> Find:
    if node:
        return Find(PODS_ON_NODES_OF.named("", node), words, condition)
    same = CERTAIN if node is None else If.POD_IS_ON_SAME_NODE()
    return Find(every_host(world)[1], words, both(condition, same))


def _variables(
    world: Facts, node: str | None, file: HostFile, setups: Iterable[Setup]
) -> Iterator[Find]:
    """Yield the Secrets that Pods on a node have in variables: the runtime keeps nothing else.

    Its records hold those of containers that have ended too, its state those of running ones alone.
    """
    records = kept(file, "container-records", setups)
    there = kept(file, "pod-variables", setups) if records is None else records
    if there is None:
        return
    held, ended = world.part(PodVariables), records is not None
    anywhere = held.on_machines(windows=file.windows, ended=ended) if not node else ()
    same = If.POD_IS_ON_SAME_NODE() if node == "" else CERTAIN
    for one in held.on(node, ended=ended) if node else anywhere:
        evidence = world.rbac.evidence(one.runner.obj, one.runner.kind, container_words(one.use))
        words = f"reads the variables of {_called(one)}, which the runtime keeps on its node"
        yield Find(one.secret, words, both(one.condition, there, same), (evidence,))


def _called(one: InVariables) -> str:
    kind, namespace, name = one.runner.kind, *one.runner.node[1:]
    return f"{kind} {namespace}/{name}"


def _on(
    world: Facts, node: str | None, nodes: Mapping[str, object], unknown: Condition
) -> Condition | None:
    """Return the condition on which a Pod's node is one of some; None if it is another."""
    if not (node or (node is None and nodes)):
        return unknown
    if node is None:
        return min(map(world.running.host_doubt, nodes))
    return CERTAIN if node in nodes else None
