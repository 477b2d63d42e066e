"""Ask the metadata service of a Pod's node for the credential of its kubelet.

Precondition
    - A Pod on a node of EKS or GKE, which its kubelet's version shows, or of AKS, which its
      labels show.
    - Nothing stops the Pod's requests to 169.254.169.254.
    What stops them is mostly outside the cluster: a hop limit of 1 with IMDSv2 required (the
    default of Karpenter, and of managed node groups with Amazon Linux 2023), rules of the node's
    firewall, the restriction of AKS, which is a preview and off by default, or GKE's own metadata
    server, which the label iam.gke.io/gke-metadata-server-enabled of a node shows. Pods of Fargate
    have no such service. NetworkPolicies for egress count if the network plugin enforces them.
    Pods in their node's network are those of escape-to-node.
Variants
    - EKS: the role of the instance logs in as system:node:NAME, in group system:nodes.
    - GKE: the attribute kube-env holds a credential that requests a kubelet's certificate.
    - AKS: the service gives tokens of the node's managed identity (the kubelet's), and proofs of
      which machine asks. Where nodes start by secure TLS bootstrapping, both obtain a kubelet's
      certificate. Otherwise the identity pulls images, and does in the cluster what roles of Azure
      let it do: those of an administrator give all of it. The input holds neither. Nodes keep
      Pods from the WireServer (168.63.129.16, ports 80 and 32526), which is another service.
Use
    curl http://169.254.169.254/latest/meta-data/iam/security-credentials/ROLE, then
    aws eks get-token --cluster-name CLUSTER; on GKE
    curl -H 'Metadata-Flavor: Google' …/computeMetadata/v1/instance/attributes/kube-env; on AKS
    curl -H Metadata:true …/metadata/identity/oauth2/token?api-version=2018-02-01&resource=SERVER
Close
    On EKS require IMDSv2 with a hop limit of 1; on GKE use Workload Identity; on AKS enable the
    restriction (az aks update --enable-imds-restriction); deny egress to 169.254.169.254/32 by
    NetworkPolicies.
References
    https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html
    https://cloud.google.com/kubernetes-engine/docs/how-to/protecting-cluster-metadata
    https://learn.microsoft.com/azure/aks/imds-restriction
    Azure/aks-secure-tls-bootstrap client/internal/bootstrap/client.go
    Azure/AgentBaker parts/linux/cloud-init/artifacts/block_wireserver.sh
    MITRE ATT&CK T1552.005 (cloud instance metadata API)
"""

from collections.abc import Mapping

from rbacgraph.facts.entry.network_policies import NetworkPolicies
from rbacgraph.facts.nodes.metadata_services import metadata_conditions
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import Condition, If, both
from rbacgraph.model.node import KUBELET, Node
from rbacgraph.techniques.spec.collections import every_host
from rbacgraph.techniques.spec.technique import EdgeBlock, Explanation, ObjectEdge


def _edges(world: Facts) -> EdgeBlock:
    found = EdgeBlock(basis=(runners := list[PodSource]()))
    gives = metadata_conditions(world.snapshot, world.running.virtual_nodes)
    if not gives:
        return found
    policies, kubelets = world.part(NetworkPolicies), world.running.kubelet_numbers
    anywhere = _anywhere(world, gives)
    somewhere = world.index.number(every_host(world)[1]) if anywhere else 0
    for runner in world.running.runners:
        name = runner.spec.node_name
        answer = gives.get(name) if name else anywhere
        if answer is None or runner.running is None:
            continue
        if runner.spec.host is not None and runner.spec.host.network:
            continue
        allowed = policies.to_metadata(runner)
        if allowed is not None:
            found.conditions[len(runners)] = both(answer, runner.running, allowed)
            found.sources.append(runner.number)
            found.targets.append(kubelets[name] if name else somewhere)
            runners.append(runner)
    return found


def _anywhere(world: Facts, gives: Mapping[str, Condition]) -> Condition | None:
    """Return the condition for a Pod whose node is not known, if all nodes are of one cloud."""
    shared = set(world.running.nodes) - world.running.virtual_nodes.keys()
    if not shared or shared != gives.keys():
        return None
    return both(min(gives.values()), If.POD_IS_ON_SAME_NODE())


def _explain(world: Facts, _source: Node, target: Node, basis: object) -> Explanation:
    assert isinstance(basis, PodSource)
    whose = f"node {target[2]}" if target[0] == KUBELET else "its node"
    on = f"on {basis.spec.node_name}" if basis.spec.node_name else "on a node that is not known"
    evidence = world.rbac.evidence(basis.obj, basis.kind, f"runs {on}, outside its network")
    return f"may ask the metadata service for the credential of {whose}", (evidence,)


EDGE = ObjectEdge(
    id="node-metadata",
    summary="a Pod asks its node's metadata service for the kubelet's credential",
    page=__doc__,
    effort=7,  # a service outside the cluster must answer, and its log shows the credential's use
    certainty="always conditional: on what the cloud lets the node's metadata service give",
    edges=_edges,
    explain=_explain,
)
