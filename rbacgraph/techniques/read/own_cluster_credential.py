"""Use a credential of this cluster that a Secret holds: a kubeconfig, a certificate, a signing key.

Precondition
    - A Secret of the project that set the cluster up, by namespace and name, with the key that
      holds the credential;
    - or one with a key sa.key or service-account.key, if the API server takes what it signs;
    - or a Secret of Cluster API for the cluster that the Nodes' annotations say they are in.
    What it gives: a client certificate or kubeconfig is the identity that it names; the key of an
    authority for client certificates, or of the front proxy, names any identity, so that it gives
    everything. A key that signs tokens gives any ServiceAccount whose uid the attacker knows, as
    the API server compares it: a token, or get of the ServiceAccount, shows it.
Variants
    - kubeadm: kube-system/kubeadm-certs, encrypted with the certificate key that kubeadm init
      prints.
    - OpenShift: node-kubeconfigs, aggregator-client, kubelet-client and
      bound-service-account-signing-key in openshift-kube-apiserver; node-system-admin-client and
      the signers in openshift-kube-apiserver-operator; csr-signer and service-account-private-key
      in openshift-kube-controller-manager.
    - RKE: kube-system/full-cluster-state, a Secret; before, a ConfigMap that role view reads.
    - k3s and RKE2: a Secret of type etcd.k3s.cattle.io/s3-config-secret opens the snapshots of
      etcd. k3s-serving is the API server's own certificate, and NODE.node-password.k3s a hash:
      neither logs in.
    - Rancher: fleet-local/local-kubeconfig, whose token owns its own cluster;
      cattle-system/bootstrap-secret, while the password is the first one.
    - Talos: Secrets that a serviceaccounts.talos.dev owns, if their roles allow enough.
    - EKS, GKE and AKS keep no such Secret.
    The whole list is the table facts/cluster_secrets/rows.jsonl, each row with its source.
Use
    kubectl --kubeconfig FILE auth whoami; openssl x509 -req … -subj /O=system:masters/CN=x; or sign
    a JWT with sub system:serviceaccount:NAMESPACE:NAME
Close
    Let no one but the control plane read Secrets of its namespaces; rotate what was read. Delete
    kubeadm-certs, RKE's old ConfigMap and Rancher's bootstrap-secret once they have served.
References
    https://kubernetes.io/docs/setup/best-practices/certificates/
    https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/high-availability/
    https://docs.openshift.com/container-platform/latest/security/certificate_types_descriptions/control-plane-certificates.html
    rancher pkg/provisioningv2/kubeconfig/manager.go; pkg/controllers/provisioningv2/cluster
    kubernetes pkg/serviceaccount/claims.go (the uid of a ServiceAccount is compared)
    MITRE ATT&CK T1552.004 (private keys)
"""

from collections.abc import Iterator

from rbacgraph.facts.cluster_secrets.credentials import ClusterCredentials, FoundCredential
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes.core import Secret
from rbacgraph.model.node import CONFIG_MAP, EVERYTHING, GROUP, SECRET, Node, user_node
from rbacgraph.techniques.spec.collections import SECRETS_OF, STANDING_ACCOUNTS_OF
from rbacgraph.techniques.spec.credential_evidence import shown_by
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(world: Facts) -> Iterator[Edge]:
    own = _own_clusters(world)
    for obj, found in world.part(ClusterCredentials).found:
        place = obj.metadata.namespace, obj.metadata.name
        source = (SECRET if isinstance(obj, Secret) else CONFIG_MAP, *place)
        for target, condition in _targets(world, place, found, own):
            yield source, target, (obj, found), both(found.condition, condition)


def _targets(
    world: Facts, place: tuple[str, str], found: FoundCredential, own: frozenset[tuple[str, str]]
) -> Iterator[tuple[Node, Condition]]:
    row = found.row
    if row.gives == "everything":
        yield EVERYTHING, CERTAIN
    elif row.gives == "accounts":
        yield STANDING_ACCOUNTS_OF.everything(""), If.ACCOUNT_IDS_ARE_KNOWN(*place)
    elif row.gives == "secrets":
        yield SECRETS_OF.everything(""), world.hosts.unencrypted
    elif row.gives == "identity":
        named = {user_node(row.user), *((GROUP, "", group) for group in row.groups)}
        known = {*world.identities.known_users, *world.identities.known_groups}
        yield from ((node, CERTAIN) for node in sorted(named & known))
    elif row.product == "Cluster API" and (place[0], found.cluster) in own:
        yield EVERYTHING, If.CLUSTER_IS_THIS_ONE(place[0], found.cluster)


def _own_clusters(world: Facts) -> frozenset[tuple[str, str]]:
    """Return the clusters of Cluster API that Nodes say they are in, by namespace and name."""
    marks = (node.metadata.annotations for node in world.snapshot.nodes)
    named = ((one.cluster_namespace, one.cluster_name) for one in marks if one is not None)
    return frozenset(
        (namespace, name)
        for namespace, name in named
        if isinstance(namespace, str) and isinstance(name, str)
    )


def _explain(world: Facts, _source: Node, _target: Node, basis: object) -> Explanation:
    assert isinstance(basis, tuple)
    obj, found = basis
    return f"holds {found.row.holds}", (shown_by(world, obj, found),)


EDGE = ObjectEdge(
    id="own-cluster-credential",
    summary="a Secret that holds a credential of this cluster gives what it is for",
    page=__doc__,
    effort=1,  # a client certificate or a key, used as it is
    certainty="conditional where the input does not show whose it is, or more is needed",
    edges=_edges,
    explain=_explain,
)
