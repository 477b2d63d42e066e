"""Have the API server send requests for a node's kubelet to itself, as its own client."""

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
    effort=6,  # a Node is changed, which its kubelet mends, and the network must allow it
    certainty="always conditional: on the API server's certificates and network",
    abilities=(SEND, PLACE, PLACE_SOME, CREATE_NODE),
    joins=_joins,
)
