"""Log in to an EKS cluster as the user and groups that an IAM identity is mapped to.

Precondition
    - ConfigMap kube-system/aws-auth maps the IAM role or user to a username and groups.
    - The cluster's authentication mode is CONFIG_MAP or API_AND_CONFIG_MAP.
    ARNs are compared without case, a role's without its path: a mapping of an ARN with a path maps
    no one. Of several mappings of an ARN the last one counts, those of roles first. The input
    shows neither access entries, which EKS stores itself, nor whole accounts (mapAccounts), nor
    names with a template, such as those of nodes.
Use
    aws eks update-kubeconfig --name CLUSTER --role-arn ARN
Close
    Remove the mapping; use access entries, whose change needs rights in AWS.
References
    https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html
    kubernetes-sigs/aws-iam-authenticator pkg/mapper/configmap, pkg/arn/arn.go
    MITRE ATT&CK T1078.004 (cloud accounts)
"""

from collections.abc import Iterator

from rbacgraph.facts.identities.cloud_identities import mapped
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import If
from rbacgraph.model.node import Node, format_node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(world: Facts) -> Iterator[Edge]:
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
    page=__doc__,
    effort=1,  # a usual login
    certainty="always conditional: on how the cluster authenticates",
    edges=_edges,
    explain=_explain,
)
