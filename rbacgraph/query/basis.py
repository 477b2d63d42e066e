"""What an answer was concluded from: versions, edge kinds, assumptions, what was missing."""

from collections.abc import Iterator

from rbacgraph.edges import EDGES
from rbacgraph.graph.access import AccessGraph
from rbacgraph.model.results import Basis
from rbacgraph.model.snapshot import Snapshot
from rbacgraph.query.search import Limits

NEWEST = (1, 36)
_KINDS = (
    ("Role", "roles", "roles"),
    ("RoleBinding", "role_bindings", "rolebindings"),
    ("ClusterRole", "cluster_roles", "clusterroles"),
    ("ClusterRoleBinding", "cluster_role_bindings", "clusterrolebindings"),
    ("ServiceAccount", "service_accounts", "serviceaccounts"),
    ("Pod", "pods", "pods"),
)


def basis_of(graph: AccessGraph, limits: Limits, *more: str) -> Basis:
    """Say what an answer from this graph, within these limits, rests on.

    ``more`` are the question's own assumptions, in sentences.
    """
    snapshot = graph.world.snapshot
    techniques = [(number, edge.id) for number, edge in enumerate(EDGES) if not edge.structural]
    version = snapshot.kubernetes_version
    return Basis(
        kubernetes_version=".".join(map(str, version or NEWEST)),
        edges=tuple(name for number, name in techniques if number not in limits.without),
        excluded=tuple(name for number, name in techniques if number in limits.without),
        assumptions=(*_assumptions(snapshot, limits), *filter(None, more)),
        missing=tuple(_missing(snapshot)),
        diagnostics=len(snapshot.diagnostics),
    )


def _assumptions(snapshot: Snapshot, limits: Limits) -> Iterator[str]:
    if snapshot.kubernetes_version is None:
        yield f"Kubernetes {NEWEST[0]}.{NEWEST[1]}: the input does not say which version"
    roles = sum(r.assumed for r in snapshot.cluster_roles)
    roles += sum(r.assumed for r in snapshot.roles)
    bound = sum(b.assumed for b in snapshot.cluster_role_bindings)
    bound += sum(b.assumed for b in snapshot.role_bindings)
    if roles or bound:
        yield (
            f"{roles} roles and {bound} bindings that every API server creates and the input lacks"
        )
    yield "the authorizers Node and RBAC alone, and no admission policy beyond the built-in ones"
    if limits.certain:
        yield "conditional edges are left out"
    if limits.max_hops is not None:
        yield f"paths of at most {limits.max_hops} techniques"


def _missing(snapshot: Snapshot) -> Iterator[str]:
    if not snapshot.groups:
        yield "who is in which group: Kubernetes does not keep it (give a mapping of users)"
    if not snapshot.is_listed("Secret"):
        yield "a complete list of Secrets"
    absent = [words for kind, field, words in _KINDS if not getattr(snapshot, field)]
    if absent:
        yield f"any {', '.join(absent)}"
