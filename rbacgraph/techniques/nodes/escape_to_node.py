"""Break out of a running Pod's container to its node.

Precondition
    - A container of the Pod is privileged, or a HostProcess container;
    - or it can write to files that root runs (hostPath /, /usr/bin, /opt/cni/bin, …);
    - or it reaches the socket of a container runtime, even one mounted read-only;
    - or, conditionally, it has another host path, disk, capability or host namespace listed below.
    - The container runs.
    Conditional are: folders whose content root runs at an event (/etc/cron.*, /etc/ld.so.conf.d,
    rules of udev and polkit, units of systemd, /etc/fstab, settings of package managers and shells,
    hooks and plugins of runtimes, …), or containerd starts programs from (/opt/containerd, by
    default); the sockets of NRI, BuildKit, LXD, Incus, libvirt, snapd and Bottlerocket; disks in
    /dev, and local PersistentVolumes that are a disk; the capabilities ALL, SYS_ADMIN,
    DAC_READ_SEARCH, SYS_RAWIO, BPF, SYS_MODULE or, with hostPID, SYS_PTRACE, which AppArmor or
    SELinux may prevent; procMount Unmasked; hostNetwork and hostIPC alone, if the node has
    something to give. A container that must not run as root, or has its own user namespace, makes
    it conditional too. A container counts as root if its image and spec do not say otherwise. A
    claim counts as the path of its PersistentVolume (hostPath, local). For a template, and for a
    Pod that names no node, the node is not known. Links such as /var/run and /lib are followed. The
    kubelet's sockets of device plugins and pod-resources alone give nothing.
Variants
    - RuntimeClasses other than those of runc, crun and NVIDIA make everything conditional except
      host paths.
    - Windows: only HostProcess containers count, certainly where runAsUserName is the system, and,
      conditionally, the pipes of runtimes, of csi-proxy and of Rancher's wins, and folders that
      Windows, the kubelet or the runtime use.
    - MicroK8s: its sockets lie below /var/snap/microk8s; whether a node is one of a distribution,
      its kubelet's version or a label shows.
    - Virtual nodes: an escape depends on the service behind the node; Fargate and Azure Container
      Instances say that they run no such Pods.
Use
    nsenter --target 1 --all; or mount the node's disk and chroot; or start a container by the
    runtime's socket; or debugfs -w on a raw disk
Close
    Enforce the Pod Security level baseline or restricted; mount no host paths, above all no
    sockets; hostUsers: false.
References
    https://kubernetes.io/docs/concepts/security/pod-security-standards/
    https://kubernetes.io/docs/concepts/storage/volumes/#hostpath
    https://kubernetes.io/docs/concepts/windows/intro/#api
    containerd/containerd docs/NRI.md, docs/managed-opt.md
    MITRE ATT&CK T1611 (escape to host)
"""

from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, If, both
from rbacgraph.model.node import NODE, Node
from rbacgraph.techniques.spec.collections import every_host
from rbacgraph.techniques.spec.technique import EdgeBlock, Explanation, ObjectEdge

_SOMEWHERE = If.POD_IS_ON_THAT_NODE(), If.POD_IS_ON_SAME_NODE()


def _edges(world: Facts) -> EdgeBlock:
    nodes, found = world.running.node_numbers, EdgeBlock(basis=(runners := list[PodSource]()))
    for runner in world.running.runners:
        if runner.spec.host is None or runner.running is None:
            continue
        escape = world.hosts.best_escape(runner)
        if escape is None:
            continue
        if runner.spec.node_name:
            virtual = world.running.virtual_nodes.get(runner.spec.node_name)
            ends = [(nodes[runner.spec.node_name], virtual.lets if virtual else CERTAIN)]
        else:
            hosts = [world.index.number(node) for node in every_host(world)]
            ends = [*zip(hosts, _SOMEWHERE, strict=True)]
        for end, place in ends:
            condition = both(escape.condition, runner.running, place)
            if condition:
                found.conditions[len(runners)] = condition
            found.sources.append(runner.number)
            found.targets.append(end)
            runners.append(runner)
    return found


def _explain(world: Facts, _source: Node, target: Node, basis: object) -> Explanation:
    assert isinstance(basis, PodSource)
    escape = world.hosts.best_escape(basis)
    assert escape is not None
    node = f"node {target[2]}" if target[0] == NODE else "its node"
    evidence = world.rbac.evidence(basis.obj, basis.kind, escape.how)
    return f"can break out to {node}", (evidence,)


EDGE = ObjectEdge(
    id="escape-to-node",
    summary="a Pod's container breaks out to its node",
    page=__doc__,
    effort=3,  # a known recipe, and a shell on the node
    certainty="conditional where a policy, the node or its user decides, or the node is unknown",
    edges=_edges,
    explain=_explain,
)
