"""Control of a node is control of its kubelet's identity.

Precondition
    - Root on the node, which holds the kubelet's client certificate.
    The certificate's name is system:node:NAME, in group system:nodes. The reverse does not hold:
    the identity may read and write what its Pods need, but runs nothing.
Use
    kubectl --kubeconfig /etc/kubernetes/kubelet.conf …, or the certificate in
    /var/lib/kubelet/pki
Close
    Keep code off the host: no privileged Pods, no hostPath volumes, no shells.
References
    https://kubernetes.io/docs/reference/access-authn-authz/node/
    https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/
    MITRE ATT&CK T1552.001 (credentials in files)
"""

from collections.abc import Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(world: Facts) -> Iterator[Edge]:
    for name, kubelet in world.running.kubelet_numbers.items():
        yield world.running.node_numbers[name], kubelet, None, CERTAIN


def _explain(_world: Facts, source: Node, _target: Node, _basis: object) -> Explanation:
    detail = "holds the credential of its kubelet"
    return "has the kubelet's credential", (Evidence("Node", "", source[2], detail=detail),)


EDGE = ObjectEdge(
    id="kubelet-credential",
    summary="a node holds its kubelet's credential",
    page=__doc__,
    effort=1,  # a file on the node
    edges=_edges,
    explain=_explain,
)
