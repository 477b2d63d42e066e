"""Read files of a Pod's node: its kubelet's key, other Pods' files, the cluster's keys.

Precondition
    - A container mounts /var/lib/kubelet or a folder above it, even read-only: the kubelet's key,
      or its pods folder: the Secrets and tokens of all Pods on the node, as files;
    - or, on a control-plane node, a folder with keys of the cluster, such as /etc/kubernetes/pki;
    - or, on a node with etcd, /var/lib/etcd: every Secret;
    - or the container sees the node's processes (hostPID): /proc shows variables and files;
    - or, conditionally, one of the folders listed below.
    Those are what the runtime keeps of containers on the node: of running ones config.json in
    /run/containerd/io.containerd.runtime.v2.task, of ended ones too meta.db in /var/lib/containerd/
    io.containerd.metadata.v1.bolt and /var/lib/docker/containers (their variables, and so the
    Secrets in env and envFrom, not those in volumes), /var/log/pods
    (what they print), the audit logs of a control-plane node, /root/.kube and
    /home (a kubeconfig that an administrator left there), and the kubeconfigs of the network
    plugins Calico and Multus in /etc/cni/net.d (their accounts).
    Other files with keys of the cluster are admin.conf, controller-manager.conf, k3s.yaml,
    rke2.yaml, and the server folder of k3s and RKE2 with its join tokens. Data that is encrypted at
    rest needs the keys too. /proc shows only processes of the same user without further
    capabilities. A user other than root makes it conditional. Pods that certainly escape are not
    listed again.
Variants
    - k0s, MicroK8s, minikube, RKE, kOps, OpenShift and Kubespray keep these files elsewhere; the
      kubelet's version or a label of the Node shows the distribution, which decides what a folder
      such as /var/lib holds.
    - EKS kubelets have no key.
    - OpenShift: /var/lib/kubelet/config.json is Secret openshift-config/pull-secret, and
      /etc/kubernetes/kubeconfig the token of node-bootstrapper.
    - Windows: the same below C:, and in the folder k on AKS, if the container's account is an
      administrator.
Use
    cat /host/var/lib/kubelet/pki/kubelet-client-current.pem; find /host/var/lib/kubelet/pods;
    etcdutl or strings on a copy of /host/var/lib/etcd/member; cat /proc/*/environ
Close
    Mount single files and folders instead of /, /etc and /var; enforce Pod Security baseline,
    which refuses hostPath; encrypt Secrets at rest with keys kept elsewhere (KMS).
References
    https://kubernetes.io/docs/concepts/storage/volumes/#hostpath
    https://kubernetes.io/docs/setup/best-practices/certificates/
    MITRE ATT&CK T1552.001 (credentials in files), T1552.004 (private keys)
"""

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
    page=__doc__,
    effort=3,  # files of the node are read, found and used elsewhere
    certainty="conditional where a user, encryption at rest or the way of delivery decides",
    abilities=(),
    joins=_joins,
)
