"""Log in at a container registry with a pull Secret."""

from collections.abc import Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN
from rbacgraph.model.kubernetes.core import Secret
from rbacgraph.model.kubernetes.secret_types import REGISTRY_TYPES
from rbacgraph.model.node import REGISTRY, SECRET, Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(world: Facts) -> Iterator[Edge]:
    for secret in world.snapshot.secrets:
        if secret.hosts and secret.type in REGISTRY_TYPES:
            node = SECRET, secret.metadata.namespace, secret.metadata.name
            for host in secret.hosts:
                yield node, (REGISTRY, "", host), secret, CERTAIN


def _explain(world: Facts, _source: Node, target: Node, basis: object) -> Explanation:
    assert isinstance(basis, Secret)
    detail = f"type {basis.type}, with a credential for {target[2]}"
    return f"logs in at registry {target[2]}", (world.rbac.evidence(basis, "Secret", detail),)


EDGE = ObjectEdge(
    id="registry-login",
    summary="a pull Secret logs in at its registries",
    effort=1,  # name and password are known
    edges=_edges,
    explain=_explain,
)
