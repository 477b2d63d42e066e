"""Act on the cluster that a Secret holds a credential for."""

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
    effort=1,  # a kubeconfig, or something equal
    certainty="conditional where the input does not show whether there is a credential",
    edges=_edges,
    explain=_explain,
)
