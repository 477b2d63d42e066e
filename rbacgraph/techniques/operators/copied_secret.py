"""Read a Secret in a copy of it that an operator made in another namespace.

Precondition
    - The marks of a Secret name the one that it copies: an operator writes them;
    - or a rule copies a Secret to where one of that name is.
    Only the way from the copy to the source is an edge: who knows the source knows its copies too.
Variants
    - Reflector: the annotation reflects, with reflected-version once the Secret was filled; an
      automatic copy where the source's annotations choose the namespace.
    - kubernetes-replicator: the annotation replicate-from, with replicated-from-version; or a
      Secret of the name of one whose annotations replicate-to or replicate-to-matching choose the
      namespace, which is written over.
    - Config Syncer (kubed): the labels origin.namespace and origin.name; or a Secret of the name of
      one whose annotation sync chooses the namespace.
    - secretgen-controller: a Secret of the name and namespace of a SecretImport.
    - Kyverno: the labels of generate.kyverno.io, with the source's namespace and uid.
    A copy without synchronization keeps what the source held when it was made.
Use
    kubectl get secret COPY -o yaml
Close
    Copy no Secret into namespaces whose Secrets others may read; change what was copied.
References
    https://github.com/emberstack/kubernetes-reflector#usage
    https://github.com/mittwald/kubernetes-replicator#usage
    https://github.com/config-syncer/config-syncer
    https://kyverno.io/docs/policy-types/cluster-policy/generate/#clone-source
    MITRE ATT&CK T1552.007 (container API)
"""

from collections.abc import Iterator

from rbacgraph.facts.copies.existing_copies import ExistingCopies, ExistingCopy, SaidBy
from rbacgraph.facts.world import Facts
from rbacgraph.model.node import Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge

_WORDS = {
    SaidBy.REFLECTS: "reflects {}",
    SaidBy.REPLICATE_FROM: "is replicated from {}",
    SaidBy.ORIGIN_LABELS: "has {} as its origin",
    SaidBy.KYVERNO_LABELS: "is generated, with {} as its source",
    SaidBy.RULE: "copies {}",
}


def _edges(world: Facts) -> Iterator[Edge]:
    for one in world.part(ExistingCopies).copies.values():
        yield one.copy, one.source, one, one.condition


def _explain(world: Facts, source: Node, target: Node, basis: object) -> Explanation:
    assert isinstance(basis, ExistingCopy)
    held = world.secrets.get((source[1], str(source[2])))
    copy = () if held is None else (world.rbac.evidence(held, "Secret", "is the copy"),)
    detail = _WORDS[basis.said_by].format(f"{target[1]}/{target[2]}")
    said = world.rbac.evidence(basis.obj, basis.kind, detail)
    return "is a copy of that", (said,) if basis.obj is held else (*copy, said)


EDGE = ObjectEdge(
    id="copied-secret",
    summary="a Secret is a copy of another one, made by an operator",
    page=__doc__,
    effort=1,  # the value is at hand
    certainty="always conditional: on the operator, or on what the copy still holds",
    edges=_edges,
    explain=_explain,
)
