"""Read and write the cluster's etcd with the client certificate that a Secret holds.

Precondition
    - The Secret holds a private key and its certificate, as its keys' names show.
    - They are for etcd, by the names listed below.
    - The attacker can reach etcd, which is the API server's and does not limit the certificate.
    Keys are named etcd-client.key and etcd-client.crt, or tls.key and tls.crt. They count as
    etcd's if kubeadm's names say so (healthcheck-client, apiserver-etcd-client); if the Secret is
    one of Calico, Cilium or Prometheus (calico-etcd-secrets, cilium-etcd-secrets, etcd-certs,
    etcd-client-cert); or if it is in kube-system or a namespace of OpenShift and its name or the
    key's name contains etcd. Secrets of other etcds do not count. Writing needs no API: encryption
    at rest protects Secrets that are read there, but not bindings that are written.
Use
    etcdctl --endpoints https://NODE:2379 --cert … --key … get /registry/secrets/ --prefix, or put
    a ClusterRoleBinding for the attacker
Close
    Give networking and monitoring no certificate of the API server's etcd: use a separate
    datastore, and the port for metrics; let only API servers connect to etcd.
References
    https://kubernetes.io/docs/tasks/administer-cluster/configure-upgrade-etcd/#limiting-access-of-etcd-clusters
    https://kubernetes.io/docs/setup/best-practices/certificates/
    https://docs.tigera.io/calico/latest/reference/etcd-rbac/
    MITRE ATT&CK T1552.004 (private keys)
"""

from collections.abc import Iterator

from rbacgraph.facts.cluster_secrets.etcd import etcd_key
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import If
from rbacgraph.model.node import EVERYTHING, SECRET, Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(world: Facts) -> Iterator[Edge]:
    for secret in world.snapshot.secrets:
        found = etcd_key(secret)
        if found is not None:
            namespace, name = secret.metadata.namespace, secret.metadata.name
            condition = If.ETCD_IS_REACHED(namespace, name)
            yield (SECRET, namespace, name), EVERYTHING, (secret, found), condition


def _explain(world: Facts, _source: Node, _target: Node, basis: object) -> Explanation:
    assert isinstance(basis, tuple)
    secret, key = basis
    return "holds a client certificate of etcd", (
        world.rbac.evidence(secret, "Secret", f"private key {key}"),
    )


EDGE = ObjectEdge(
    id="etcd-client",
    summary="a Secret with a client certificate of etcd gives all that is kept there",
    page=__doc__,
    effort=2,  # etcd is reached without the API server, and so without its log
    certainty="always conditional: whose etcd it is, and whether it can be reached, is not known",
    edges=_edges,
    explain=_explain,
)
