"""What paths of a node of the control plane hold, by the node's distribution."""

import io
import json

import pytest

from rbacgraph.facts.pods.container_escapes import HostFile
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN as NOTHING_MORE
from rbacgraph.model.node import EACH_NAMESPACE, EVERY, EVERYTHING, KUBELET, PODS_ON_NODES, SECRETS
from rbacgraph.sources.load import load
from rbacgraph.techniques.nodes.host_files import finds

CERTAIN, CONDITIONAL, NOTHING = "certain", "conditional", "nothing"
CONTROL_PLANE = {"node-role.kubernetes.io/control-plane": ""}
PLAIN, K3S, RKE2, K0S = "v1.35.1", "v1.35.1+k3s1", "v1.35.1+rke2r1", "v1.35.1+k0s"
MINIKUBE = {"minikube.k8s.io/name": "minikube"}
MICROK8S = {"microk8s.io/cluster": "true"}


@pytest.mark.parametrize(
    ("path", "version", "labels", "keys", "data"),
    [
        # A folder above holds what its node's distribution keeps below.
        ("/etc", PLAIN, {}, CERTAIN, NOTHING),
        ("/var", PLAIN, {}, NOTHING, CONDITIONAL),
        ("/var/lib", PLAIN, {}, NOTHING, CONDITIONAL),
        ("/var/lib", K3S, {}, CERTAIN, CONDITIONAL),
        ("/var/lib", RKE2, {}, CERTAIN, CONDITIONAL),
        ("/var/lib", K0S, {}, CERTAIN, CONDITIONAL),
        ("/var/lib", PLAIN, MINIKUBE, CERTAIN, CONDITIONAL),
        ("/var/lib", PLAIN, MICROK8S, NOTHING, NOTHING),
        ("/var/snap", PLAIN, MICROK8S, CERTAIN, CONDITIONAL),
        ("/var/snap", PLAIN, {}, NOTHING, NOTHING),
        ("/var/lib", "", {}, CONDITIONAL, CONDITIONAL),
        ("/etc/ssl", PLAIN, {}, CONDITIONAL, NOTHING),
        ("/etc/ssl", K3S, {}, NOTHING, NOTHING),
        # A folder of one's own is taken at its word, but for a node of another distribution.
        ("/etc/kubernetes", PLAIN, {}, CERTAIN, NOTHING),
        ("/etc/kubernetes", K3S, {}, NOTHING, NOTHING),
        ("/etc/kubernetes/pki", "", {}, CERTAIN, NOTHING),
        ("/etc/kubernetes/ssl", PLAIN, {}, CERTAIN, NOTHING),
        ("/etc/ssl/etcd", PLAIN, {}, CERTAIN, NOTHING),
        ("/etc/rancher", RKE2, {}, CERTAIN, NOTHING),
        ("/etc/rancher", PLAIN, {}, NOTHING, NOTHING),
        ("/etc/rancher/k3s/k3s.yaml", "", {}, CERTAIN, NOTHING),
        ("/var/lib/etcd", PLAIN, {}, NOTHING, CONDITIONAL),
        ("/var/lib/etcd", K3S, {}, NOTHING, NOTHING),
        # Below, etcd's data are any of its files, the keys those of their names.
        ("/var/lib/etcd/member/snap", PLAIN, {}, NOTHING, CONDITIONAL),
        ("/etc/kubernetes/pki/ca.key", PLAIN, {}, CERTAIN, NOTHING),
        ("/etc/kubernetes/pki/ca.crt", PLAIN, {}, NOTHING, NOTHING),
        ("/etc/kubernetes/manifests", PLAIN, {}, NOTHING, NOTHING),
        ("/var/lib/etcdish", PLAIN, {}, NOTHING, NOTHING),
    ],
)
def test_what_a_path_of_the_control_plane_holds(path, version, labels, keys, data):
    status = {"nodeInfo": {"kubeletVersion": version}} if version else {}
    node = {"name": "n1", "labels": {**CONTROL_PLANE, **labels}}
    text = {"apiVersion": "v1", "kind": "Node", "metadata": node, "status": status}
    world = Facts(load(io.StringIO(json.dumps(text))))
    found = {
        find.target: CONDITIONAL if find.condition else CERTAIN
        for find in finds(world, "n1", HostFile(path, "", NOTHING_MORE))
    }
    assert found.get(EVERYTHING, NOTHING) == keys
    assert found.get((SECRETS, "", EVERY), NOTHING) == data


@pytest.mark.parametrize("own", [True, False])
def test_kubelets_of_eks_have_no_key_unless_it_is_run_by_oneself(own):
    info = {"nodeInfo": {"kubeletVersion": "v1.35.1-eks-1a2b3c4"}}
    nodes = [
        {"apiVersion": "v1", "kind": "Node", "metadata": metadata, "status": info}
        for metadata in ({"name": "n1"}, {"name": "n2", "labels": CONTROL_PLANE if own else {}})
    ]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": nodes})
    world = Facts(load(io.StringIO(text)))
    for path in ("/var/lib/kubelet", "/var/lib", "/var/lib/kubelet/pki"):
        file = HostFile(path, "", NOTHING_MORE)
        told = {find.target: find.condition for find in finds(world, "n1", file)}
        assert told.get((KUBELET, "", "n1")) == (NOTHING_MORE if own else None)
        pods = path != "/var/lib/kubelet/pki" and not own
        assert ((PODS_ON_NODES, EACH_NAMESPACE, "n1") in told) is pods
