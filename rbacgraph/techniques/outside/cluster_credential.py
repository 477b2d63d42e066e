"""Act on the cluster that a Secret holds a credential for.

Precondition
    - A Secret of Argo CD with a token, password or client key in its config;
    - or a Secret of Cluster API with a private key (tls.key), or a kubeconfig;
    - or a Secret with a key kubeconfig that holds a credential.
    Argo CD's label is argocd.argoproj.io/secret-type=cluster. Cluster API's type is
    cluster.x-k8s.io/secret, its names NAME-kubeconfig, NAME-ca, NAME-etcd, NAME-proxy or NAME-sa:
    these give an administrator of that cluster. For most only the host is known; rbacgraph does
    not analyse that cluster. The host kubernetes.default.svc is this cluster, as an identity that
    the Secret does not name.
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

import re
from collections.abc import Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If
from rbacgraph.model.kubernetes.core import Secret
from rbacgraph.model.kubernetes.secret_types import ARGO_CLUSTER, CLUSTER_TYPE, KUBECONFIG
from rbacgraph.model.node import CLUSTER, SECRET, Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge

_OF_CLUSTER_API = re.compile(r"(.+)-(kubeconfig|ca|etcd|proxy|sa)")
_KEY = {"kubeconfig": "value"}
"""By its purpose, the key of a Secret of Cluster API with the credential; else ``tls.key``."""


def _edges(world: Facts) -> Iterator[Edge]:
    for secret in world.snapshot.secrets:
        if _is_one(secret):
            node = SECRET, secret.metadata.namespace, secret.metadata.name
            for target, condition in _targets(secret):
                yield node, target, secret, condition


def _is_one(secret: Secret) -> bool:
    if secret.type == CLUSTER_TYPE or KUBECONFIG in (secret.keys or ()):
        return True
    return _argo(secret)


def _argo(secret: Secret) -> bool:
    labels = secret.metadata.labels
    return labels is not None and labels.argocd_type == ARGO_CLUSTER


def _targets(secret: Secret) -> Iterator[tuple[Node, Condition]]:
    namespace, name = secret.metadata.namespace, secret.metadata.name
    unseen = If.SECRET_IS_CREDENTIAL(namespace, name)
    if secret.type == CLUSTER_TYPE:
        found = _OF_CLUSTER_API.fullmatch(name)
        if found and (not secret.keys or _KEY.get(found[2], "tls.key") in secret.keys):
            yield (CLUSTER, namespace, found[1]), CERTAIN if secret.keys else unseen
    elif secret.hosts is not None:
        for host in secret.hosts:
            yield (CLUSTER, "", host), CERTAIN
    else:
        yield (CLUSTER, namespace, name), unseen


def _explain(world: Facts, _source: Node, target: Node, basis: object) -> Explanation:
    assert isinstance(basis, Secret)
    if basis.type == CLUSTER_TYPE:
        detail = f"type {CLUSTER_TYPE}"
    elif _argo(basis):
        detail = "labelled as a cluster of Argo CD"
    else:
        detail = f"key {KUBECONFIG}"
    name = f"{target[1]}/{target[2]}" if target[1] else target[2]
    return f"holds a credential of cluster {name}", (world.rbac.evidence(basis, "Secret", detail),)


EDGE = ObjectEdge(
    id="cluster-credential",
    summary="a Secret with a kubeconfig, or as good as one, gives its cluster",
    page=__doc__,
    effort=1,  # a kubeconfig, or something equal
    certainty="conditional where the input does not show whether there is a credential",
    edges=_edges,
    explain=_explain,
)
