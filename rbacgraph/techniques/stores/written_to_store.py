"""Know a secret of a store from the Secret of the cluster that is copied to it.

Precondition
    - A PushSecret or ClusterPushSecret of External Secrets names the Secret, or selects it.
    - The operator has written it: the status says so, or nothing is known. With updatePolicy
      IfNotExists, the store may have kept an older value.
    What others have written to the same path beside it stays unknown.
Use
    kubectl get secret NAME -o yaml
Close
    Treat the Secret as the store's value: who may read Secrets of the namespace may read that.
References
    https://external-secrets.io/latest/api/pushsecret/
    MITRE ATT&CK T1552.007 (container API)
"""

from collections.abc import Iterator

from rbacgraph.facts.external.external_secrets import ExternalSecrets, Pushed
from rbacgraph.facts.world import Facts
from rbacgraph.model.node import SECRET, Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge
from rbacgraph.techniques.stores.wording import resource_evidence


def _edges(world: Facts) -> Iterator[Edge]:
    for one in world.part(ExternalSecrets).pushes:
        if one.secret is not None and one.remote != (SECRET, *one.secret):
            yield (SECRET, *one.secret), one.remote, one, one.condition


def _explain(world: Facts, source: Node, target: Node, basis: object) -> Explanation:
    assert isinstance(basis, Pushed)
    detail = f"writes Secret {source[1]}/{source[2]} to {target[2]}"
    return "is what is written to the store", (resource_evidence(world, basis.push, detail),)


EDGE = ObjectEdge(
    id="written-to-store",
    summary="a Secret is what a PushSecret writes to a secret of a store",
    page=__doc__,
    effort=1,  # the value is at hand
    certainty="conditional where the input does not show that the operator wrote it",
    edges=_edges,
    explain=_explain,
)
