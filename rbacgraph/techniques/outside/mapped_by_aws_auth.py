"""Log in to an EKS cluster as the user and groups that an IAM identity is mapped to."""

from collections.abc import Iterator

from rbacgraph.facts.external.stores import Stores
from rbacgraph.facts.identities.cloud_identities import mapped
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import If
from rbacgraph.model.node import AWS, Node, format_node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(world: Facts) -> Iterator[Edge]:
    if world.part(Stores).get(AWS) is not None:  # store-entry leads there
        return
    for identity, mapping in world.identities.clouds.aws_logins.items():
        for node in dict.fromkeys(mapped(mapping)):
            yield identity, node, mapping.arn, If.CLUSTER_USES_AWS_AUTH()


def _explain(world: Facts, _source: Node, target: Node, basis: object) -> Explanation:
    assert world.identities.clouds.aws_auth is not None
    detail = f"maps {basis} to {target[0]} {target[2]}"
    return (
        f"logs in as {format_node(target)}",
        (world.rbac.evidence(world.identities.clouds.aws_auth, "ConfigMap", detail),),
    )


EDGE = ObjectEdge(
    id="mapped-by-aws-auth",
    summary="an IAM identity is the user and in the groups that aws-auth maps it to",
    effort=1,  # a usual login
    certainty="always conditional: on how the cluster authenticates",
    edges=_edges,
    explain=_explain,
)
