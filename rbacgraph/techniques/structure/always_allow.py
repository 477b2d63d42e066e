"""An API server with the authorizer AlwaysAllow lets every authenticated user do everything.

Precondition
    - The flags of an API server in the input name AlwaysAllow in --authorization-mode;
    - or they have neither --authorization-mode nor --authorization-config, which means
      AlwaysAllow.
    One of several API servers is enough. Other authorizers before it change nothing, except a
    webhook, which may deny: then it is conditional. It is also conditional if the Pod mirrors no
    static Pod. AlwaysAllow turns off requests without credentials, except those that an
    AuthenticationConfiguration allows: with one, it is conditional for them.
Use
    Any request at all, with any credential: a ServiceAccount's token, a client certificate.
Close
    Start each API server with --authorization-mode=Node,RBAC.
References
    https://kubernetes.io/docs/reference/access-authn-authz/authorization/
    kubernetes pkg/kubeapiserver/options/authorization.go
    kubernetes staging/src/k8s.io/apiserver/pkg/authorization/union/union.go
    MITRE ATT&CK T1078 (valid accounts)
"""

from collections.abc import Iterator

from rbacgraph.authz.always_allow import Opening, opening
from rbacgraph.facts.world import Facts
from rbacgraph.model.node import AUTHENTICATED, EVERYTHING, GRANT, UNAUTHENTICATED, Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge

GRANTS: dict[Node, Node] = {
    AUTHENTICATED: (GRANT, "", "AlwaysAllow"),
    UNAUTHENTICATED: (GRANT, "", "AlwaysAllow without credentials"),
}
"""The grant of each group."""


def openings(world: Facts) -> Iterator[tuple[Node, Opening]]:
    """Yield the groups that may do everything, each with an API server that allows it."""
    for group in GRANTS:
        found = opening(world.snapshot, anonymous=group == UNAUTHENTICATED)
        if found is not None:
            yield group, found


def _edges(world: Facts) -> Iterator[Edge]:
    for group, found in openings(world):
        yield GRANTS[group], EVERYTHING, found, found.condition


def _explain(world: Facts, _source: Node, _target: Node, basis: object) -> Explanation:
    assert isinstance(basis, Opening)
    return "can do everything", (basis.evidence(world.snapshot),)


EDGE = ObjectEdge(
    id="always-allow",
    summary="an API server that authorizes by AlwaysAllow lets everybody do everything",
    page=__doc__,
    effort=1,  # no right is checked
    certainty="conditional behind a webhook, or where the Pod mirrors no static Pod",
    edges=_edges,
    explain=_explain,
)
