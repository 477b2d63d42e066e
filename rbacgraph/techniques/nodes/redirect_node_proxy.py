"""Have the API server send requests for a node's kubelet to itself, as its own client.

Precondition
    - One rule on nodes/proxy with the verb of some HTTP method: get, create, update or patch.
    - A way to say where that node's kubelet is: update or patch on nodes/status of the node;
    - or create on nodes, for a new one that the first rule includes;
    - or the identity of the node's kubelet, which may write its own status.
    Each may be of another identity. The attacker writes the address of an API server into
    status.addresses, and its port into status.daemonEndpoints. The API server then takes itself
    for that kubelet, and shows the client certificate that it has for kubelets. A real kubelet
    writes its status again within minutes. NodeRestriction limits kubelets alone, and lets each
    write its own status.
    The API server must accept its own serving certificate for a kubelet's: it verifies none
    without --kubelet-certificate-authority. Its requests must reach itself, and no egress proxy
    lead them to nodes alone. Addresses of its own host, such as 127.0.0.1, are refused.
Variants
    - kubeadm: the client certificate is of group system:masters, since 1.29 of
      kubeadm:cluster-admins.
    - k3s and others bind its user to ClusterRole system:kubelet-api-admin alone.
    - A GET reads every Secret, and by a websocket runs commands in every Pod.
Use
    kubectl patch node NODE --subresource status --type merge -p '{"status":{"addresses":[{"type":
    "InternalIP","address":"API-SERVER"}],"daemonEndpoints":{"kubeletEndpoint":{"Port":6443}}}}',
    then kubectl get --raw /api/v1/nodes/NODE/proxy/api/v1/secrets
Close
    Keep nodes/proxy, nodes/status and create on nodes apart, and from people; give the API server
    a client certificate for kubelets that may do no more than system:kubelet-api-admin, and
    --kubelet-certificate-authority with a certificate authority of its own.
References
    https://github.com/kubernetes/kubernetes/issues/119270 (NCC-E003660-JAV)
    https://github.com/kubernetes/kubernetes/issues/113757 (CVE-2022-3294)
    https://kubernetes.io/docs/setup/best-practices/certificates/
    kubernetes pkg/registry/core/node/strategy.go (ResourceLocation)
    kubernetes pkg/kubelet/client/kubelet_client.go
    MITRE ATT&CK T1550 (use alternate authentication material)
"""

from collections.abc import Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import EVERYTHING, KUBELET, GraphNode
from rbacgraph.techniques.nodes.cluster_scoped_writes import changed, makes
from rbacgraph.techniques.running_pods.proxy_rights import without_port
from rbacgraph.techniques.spec.compound_rights import (
    CompoundRight,
    FoundRight,
    HeldCompoundRights,
    HeldRights,
    Holder,
    Key,
    cluster_wide,
    names_of,
)
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.rights_by_name import creates_by_name, uses_by_name
from rbacgraph.techniques.spec.rights_to_write import rights_to_write
from rbacgraph.techniques.spec.technique import Right

_PROXY = Right(("get", "create", "update", "patch"), "", "nodes", "proxy")
_STATUS = Right(("update", "patch"), "", "nodes", "status")
_CREATE = Right(("create",), "", "nodes")
_PATCH = Right(("patch",), "", "nodes")
_NEW = makes("new-node", "Node", "nodes", lambda world: world.running.node_numbers)
_WRITES = "kubelets write the status of their own nodes"


def _sends(_world: Facts, held: HeldRights) -> Iterator[FoundRight]:
    for holding in cluster_wide(held.get(_PROXY, ())):
        for name in names_of(without_port(holding.match)):
            yield FoundRight("", name, (holding,))


def _places_some(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
    others = not world.snapshot.is_listed("Node")
    yield from changed(held.get(_STATUS, ()), "Node", world.running.node_numbers, others=others)
    yield from _NEW.found(world, held)


def _kubelets(world: Facts) -> Iterator[tuple[Key, Holder]]:
    for node in world.running.kubelet_numbers:
        evidence = (Evidence("Node", "", node, detail=_WRITES),)
        yield ("", ""), Holder((KUBELET, "", node), evidence, CERTAIN)


SEND = CompoundRight(id="send-to-kubelet", rights=(_PROXY,), found=_sends, cluster_scoped=True)
PLACE = uses_by_name("place-kubelet", _STATUS, cluster_scoped=True)
PLACE_SOME = CompoundRight(
    id="place-some-kubelet",
    rights=(_STATUS, _CREATE, _PATCH),
    needs=(_STATUS, _CREATE),
    found=_places_some,
    joint=True,
    together=((_CREATE, _PATCH),),
    alone=(_STATUS, _CREATE),
    objects=_kubelets,
    cluster_scoped=True,
)
CREATE_NODE = creates_by_name("create-node", "", "nodes", cluster_scoped=True)


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    doubt = both(If.KUBELET_CLIENT_IS_ADMINISTRATOR(), If.SERVER_TAKES_ITSELF_FOR_KUBELET())
    for _, name in present.of(SEND):
        send, node = present.node(SEND, "", name), f"node {name}" if name else "a node"
        words = f"can have the API server send requests for the kubelet of {node} to itself"
        for number, (place, more) in enumerate(_tails(world, present, name)):
            assert send is not None, "its key is present"
            called, combined = (name, str(number)), both(doubt, more)
            yield Hyperarc((send, place), (EVERYTHING,), words, "", called, combined)


def _tails(
    world: Facts, present: HeldCompoundRights, name: str
) -> Iterator[tuple[GraphNode, Condition]]:
    """Yield what says where the kubelet of a node, or of some node, is."""
    if not name:
        place = present.node(PLACE_SOME, "")
        yield from ((place, CERTAIN),) if place else ()
        return
    there = name in world.running.node_numbers
    if there:
        yield (KUBELET, "", name), CERTAIN
    written = (PLACE, CREATE_NODE), ("Node", name)
    yield from rights_to_write(world, present, *written, there=there)


EDGE = Conjunction(
    id="redirect-node-proxy",
    summary="the API server sends requests for a kubelet to itself, as its own client",
    page=__doc__,
    effort=6,  # a Node is changed, which its kubelet mends, and the network must allow it
    certainty="always conditional: on the API server's certificates and network",
    abilities=(SEND, PLACE, PLACE_SOME, CREATE_NODE),
    joins=_joins,
)
