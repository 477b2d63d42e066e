"""Act on the cluster that a Secret holds a credential for.

Precondition
    - A Secret of a project that keeps credentials of clusters, by its type, label or name, with
      the key that holds one;
    - or a Secret with a key such as kubeconfig or admin.conf that holds a credential.
    The host kubernetes.default.svc is this cluster, as an identity that the Secret does not name.
    For others only a name or the host is known; rbacgraph does not analyse that cluster.
Variants
    - Cluster API (type cluster.x-k8s.io/secret): NAME-kubeconfig, NAME-ca, NAME-cca and NAME-proxy
      give an administrator; NAME-etcd and NAME-apiserver-etcd-client do so if etcd is reached,
      NAME-sa if uids of ServiceAccounts are known. Bootstrap data has a token that expires.
    - Argo CD (label argocd.argoproj.io/secret-type=cluster): a token, password or client key.
    - Rancher: NAME-kubeconfig beside its Cluster, with the token of an owner.
    - Rancher (types and labels of rke.cattle.io), Kamaji, Gardener, HyperShift, vcluster, Sveltos
      and Istio: by the table facts/cluster_secrets/rows.jsonl, which names the source of each.
Use
    kubectl --kubeconfig FILE get secrets -A
Close
    Let only the controllers that need such Secrets reach their namespace; give Argo CD accounts
    with the rights it needs, not cluster-admin.
References
    https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#clusters
    https://cluster-api.sigs.k8s.io/developer/core/controllers/cluster#secrets
    MITRE ATT&CK T1078.004 (cloud accounts)
"""

from collections.abc import Iterator

from rbacgraph.facts.cluster_secrets.credentials import ARGO, ClusterCredentials, FoundCredential
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import If, without
from rbacgraph.model.kubernetes.core import Secret
from rbacgraph.model.kubernetes.secret_types import KUBECONFIG
from rbacgraph.model.node import CLUSTER, SECRET, Node
from rbacgraph.techniques.spec.credential_evidence import shown_by
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(world: Facts) -> Iterator[Edge]:
    for obj, found in world.part(ClusterCredentials).found:
        if found.row.gives == "cluster" and isinstance(obj, Secret):
            yield from _of_secret(obj, found)


def _of_secret(secret: Secret, found: FoundCredential) -> Iterator[Edge]:
    namespace, name = secret.metadata.namespace, secret.metadata.name
    source, row = (SECRET, namespace, name), found.row
    logs_in = row.product == ARGO or (row.generic and KUBECONFIG in (secret.keys or ()))
    if logs_in and secret.hosts is not None:
        condition = without(found.condition, If.SECRET_IS_CREDENTIAL)
        for host in secret.hosts:
            yield source, (CLUSTER, "", host), (secret, found), condition
        return
    condition = found.condition
    if logs_in or row.generic:
        condition &= If.SECRET_IS_CREDENTIAL(namespace, name)
    yield source, (CLUSTER, namespace, found.cluster), (secret, found), condition


def _explain(world: Facts, _source: Node, target: Node, basis: object) -> Explanation:
    assert isinstance(basis, tuple)
    secret, found = basis
    name = f"{target[1]}/{target[2]}" if target[1] else target[2]
    evidence = shown_by(world, secret, found)
    return f"holds {found.row.holds}, for cluster {name}", (evidence,)


EDGE = ObjectEdge(
    id="cluster-credential",
    summary="a Secret with a kubeconfig, or as good as one, gives its cluster",
    page=__doc__,
    effort=1,  # a kubeconfig, or something equal
    certainty="conditional where the input does not show whether there is a credential",
    edges=_edges,
    explain=_explain,
)
