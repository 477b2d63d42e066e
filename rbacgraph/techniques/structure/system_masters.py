"""Members of group system:masters may do everything; the server asks no authorizer.

Precondition
    - A credential in group system:masters: a client certificate with that organization, or
      impersonation.
    The right is built into the API server; deleting the cluster-admin binding does not remove it.
Use
    Any request at all.
Close
    Issue no certificates with O=system:masters, and keep existing ones offline: they cannot be
    revoked, short of replacing the cluster's client CA.
References
    https://kubernetes.io/docs/concepts/security/rbac-good-practices/
    kubernetes pkg/kubeapiserver/authorizer/reload.go
    MITRE ATT&CK T1078 (valid accounts)
"""

from collections.abc import Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import EVERYTHING, MASTERS, MASTERS_GRANT, Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(_world: Facts) -> Iterator[Edge]:
    yield MASTERS_GRANT, EVERYTHING, None, CERTAIN


def _explain(_world: Facts, _source: Node, _target: Node, _basis: object) -> Explanation:
    detail = "built into the API server: no authorizer is asked about its members"
    return "can do everything", (Evidence("Group", "", MASTERS[2], detail=detail),)


EDGE = ObjectEdge(
    id="system-masters",
    summary="group system:masters controls the whole cluster",
    page=__doc__,
    effort=1,  # no right is checked
    edges=_edges,
    explain=_explain,
)
