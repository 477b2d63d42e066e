"""Get a node's client certificate signed without any approval."""

from collections.abc import Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.techniques.spec.compound_rights import (
    CompoundRight,
    FoundRight,
    HeldCompoundRights,
    HeldRights,
    cluster_wide,
    used_by_name,
)
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.technique import Right
from rbacgraph.techniques.tokens.approve_csr import (
    API_GROUP,
    CREATE_CSR,
    KUBELET_TARGETS,
    REQUESTS,
    both_named,
    signing,
)

_NODE_CLIENT = Right(("create",), API_GROUP, REQUESTS, "nodeclient")
_READ = Right(("get", "list", "watch", "update", "patch", "delete"), API_GROUP, REQUESTS)
_READ_APPROVAL = Right(("get",), API_GROUP, REQUESTS, "approval")
_READ_STATUS = Right(("get", "patch"), API_GROUP, REQUESTS, "status")
"""An update states the certificate, and needs the verb sign for another one."""
_READ_ALL = Right(("list", "watch", "deletecollection"), API_GROUP, REQUESTS)
_READING = (_READ, _READ_APPROVAL, _READ_STATUS)


def _requests(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
    for allowed in cluster_wide(held.get(_NODE_CLIENT, ())):
        if allowed.match.nameless:
            for one in CREATE_CSR.found(world, held):
                yield one._replace(uses=(*one.uses, allowed))


def _reads(_world: Facts, held: HeldRights) -> Iterator[FoundRight]:
    for holding in cluster_wide(held.get(_READ_ALL, ())):
        if holding.match.nameless:
            yield FoundRight("", "", (holding,))
    for right in _READING:
        yield from used_by_name(cluster_wide(held.get(right, ())))


NODE_CLIENT = CompoundRight(
    id="node-client-csr",
    rights=(*CREATE_CSR.rights, _NODE_CLIENT),
    found=_requests,
    joint=True,
    together=((_NODE_CLIENT, *CREATE_CSR.alone), (_NODE_CLIENT, *CREATE_CSR.rights)),
    cluster_scoped=True,
)
READ_CSR = CompoundRight(
    id="read-csr", rights=(*_READING, _READ_ALL), found=_reads, cluster_scoped=True
)


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    for name in both_named(world, present, NODE_CLIENT, READ_CSR):
        request, read = present.node(NODE_CLIENT, "", name), present.node(READ_CSR, "", name)
        assert request is not None
        assert read is not None
        words = "can request a client certificate of any node, which is approved by itself"
        yield Hyperarc((request, read), KUBELET_TARGETS, words, "", (name,), signing(world))


EDGE = Conjunction(
    id="node-client-csr",
    summary="request a node's client certificate, which is approved by itself",
    effort=3,  # a request is created, approved and signed by controllers, and read
    certainty="conditional on EKS, which signs no client certificates",
    abilities=(NODE_CLIENT, READ_CSR),
    joins=_joins,
)
