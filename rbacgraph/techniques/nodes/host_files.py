"""Read what lies on a Pod's node: its kubelet's key, other Pods' files, the cluster's keys.

Precondition
    A container mounts a path of the node, be it read-only, or sees its processes (hostPID):
    /var/lib/kubelet holds the kubelet's key, but on EKS, and below pods the Secrets and tokens
    of the Pods on the node, as files; /etc/kubernetes/pki, admin.conf and
    controller-manager.conf, or k3s.yaml, rke2.yaml and the server folder of k3s and RKE2, the
    keys of the cluster, on a node of its control plane; /var/lib/etcd every Secret, where etcd
    runs there. k0s, MicroK8s, minikube and Kubespray have the same elsewhere; what a folder
    above holds of it, as /var/lib does, is up to the distribution, which the kubelet's version
    or a label of the Node tells. What is encrypted at rest needs the keys as well.
    /proc shows variables and files of processes that run as the same user with no more
    capabilities. A user other than root makes it conditional. A Pod that breaks out for
    certain is not told again.
Use
    cat /host/var/lib/kubelet/pki/kubelet-client-current.pem; find /host/var/lib/kubelet/pods;
    etcdutl or strings on a copy of /host/var/lib/etcd/member; cat /proc/*/environ
Close
    Mount single files and folders instead of /, /etc and /var; enforce Pod Security baseline,
    which lets no hostPath in; encrypt Secrets at rest with keys that lie elsewhere (KMS).
References
    https://kubernetes.io/docs/concepts/storage/volumes/#hostpath
    https://kubernetes.io/docs/setup/best-practices/certificates/
    MITRE ATT&CK T1552.001 (credentials in files), T1552.004 (private keys)
"""

from collections.abc import Iterator

from rbacgraph.facts.pods.container_escapes import best_escape, host_files
from rbacgraph.facts.pods.pod_sources import Runner
from rbacgraph.facts.world import World
from rbacgraph.model.condition import CERTAIN, both
from rbacgraph.model.kubernetes.pods import HostAccess
from rbacgraph.model.node import Node
from rbacgraph.techniques.spec.compound_rights import Present
from rbacgraph.techniques.spec.conjunction import Join, JointEdge
from rbacgraph.techniques.spec.node_files import Find, finds


def _joins(world: World, _present: Present) -> Iterator[Join]:
    for runner in world.runners:
        if runner.spec.host is None or runner.running is None:
            continue
        host = world.hosts.access(runner)
        escape = best_escape(host, runner.stalled)
        if host is not None and (escape is None or escape.condition):
            yield from _of_runner(world, runner, host)


def _of_runner(world: World, runner: Runner, host: HostAccess) -> Iterator[Join]:
    best: dict[Node, tuple[Find, str]] = {}
    virtual = world.virtual_nodes.get(runner.spec.node_name)
    lets = virtual.lets if virtual else CERTAIN
    for file in host_files(host, runner.stalled):
        for find in finds(world, runner.spec.node_name, file):
            condition = both(file.condition, find.condition, runner.running or CERTAIN, lets)
            known = best.get(find.target)
            if known is None or (known[0].condition and not condition):
                best[find.target] = find._replace(condition=condition), file.how
    for find, how in best.values():
        evidence = (world.evidence(runner.obj, runner.kind, how),)
        yield Join(
            (runner.node,),
            (find.target,),
            find.words,
            condition=find.condition,
            evidence=evidence,
        )


EDGE = JointEdge(
    id="host-files",
    summary="a Pod reads keys, tokens and Secrets that lie on its node",
    page=__doc__,
    effort=3,  # files of the node are read, found and used elsewhere
    certainty="conditional where a user, encryption at rest or the way of delivery decides",
    abilities=(),
    joins=_joins,
)
