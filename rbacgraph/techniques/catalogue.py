"""The catalogue of edges, discovered: one file per kind, in folders by what they give.

To add a technique, write its file: a page as the module's docstring, and an ``EDGE``. No list needs
an entry.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules

from rbacgraph.model.answers.paths import EdgePage
from rbacgraph.techniques.spec.conjunction import JointEdge
from rbacgraph.techniques.spec.technique import EdgeKind, ObjectEdge, RuleEdge

FOLDERS = (
    "read",
    "running_pods",
    "new_pods",
    "tokens",
    "impersonation",
    "rbac_writes",
    "nodes",
    "kubelet",
    "operators",
    "admission",
    "outside",
    "structure",
)
"""The groups, in the order of the documentation; each one's docstring is its title."""


def _discovered() -> Iterator[tuple[str, ObjectEdge | RuleEdge | JointEdge]]:
    """Yield every edge kind with its group's title: by group, then effort, then id."""
    for folder in FOLDERS:
        package = import_module(f"rbacgraph.techniques.{folder}")
        names = [module.name for module in iter_modules(package.__path__)]
        modules = [import_module(f"{package.__name__}.{name}") for name in names]
        edges = [module.EDGE for module in modules if hasattr(module, "EDGE")]
        title = (package.__doc__ or "").strip().removesuffix(".")
        yield from (
            (title, edge) for edge in sorted(edges, key=lambda edge: (edge.effort, edge.id))
        )


_GROUPED = tuple(_discovered())

_TIES = (
    "member-of",
    "bound-by",
    "grants",
    "contains",
    "holds",
    "needs",
    "system-masters",
    "always-allow",
    "read-secret",
    "patch-secret",
    "delete-secret",
    "delete-secrets",
    "mounts-secret",
    "node-reads-secret",
    "token-of",
    "bootstrap-token-of",
    "read-configmap",
    "helm-release",
    "unseal",
    "etcd-client",
    "cluster-credential",
    "cloud-identity",
    "mapped-by-aws-auth",
    "registry-login",
    "runs-as",
    "hosts-pod",
    "escape-to-node",
    "host-files",
    "control-plane-host",
    "kubelet-credential",
    "node-requests-token",
    "request-token",
    "annotate-token-secret",
    "impersonate-serviceaccount",
    "impersonate-user",
    "impersonate-group",
    "impersonate-constrained",
    "exec",
    "attach",
    "node-proxy",
    "ephemeral-container",
    "patch-pod",
    "port-forward",
    "pod-proxy",
    "service-proxy",
    "bind-pod",
    "volume-secret",
    "add-pull-secret",
    "automount-token",
    "create-pod",
    "create-workload",
    "apply-workload",
    "create-privileged-pod",
    "relabel-namespace",
    "create-persistentvolume",
    "mount-persistentvolume",
    "create-token-secret",
    "update-token-secret",
    "write-bootstrap-token",
    "approve-csr",
    "node-client-csr",
    "bind-role",
    "escalate-role",
    "aggregate-role",
    "revive-binding",
    "revive-serviceaccount",
    "edit-aws-auth",
    "join-group",
    "update-workload",
    "create-custom-workload",
    "update-custom-workload",
    "operator-deputy",
    "operator-sends-secret",
    "policy-parameters",
    "mutating-admission-policy",
    "mutating-webhook",
    "validating-webhook",
    "webhook-backend",
    "mutate-binding",
)
"""Among equally good paths the search keeps the one with the earlier kind: this order keeps answers
stable. Other kinds come after these, by effort and id."""

_PLACES = {name: place for place, name in enumerate(_TIES)}

EDGES: tuple[ObjectEdge | RuleEdge | JointEdge, ...] = tuple(
    sorted(
        (edge for _, edge in _GROUPED),
        key=lambda edge: (_PLACES.get(edge.id, len(_TIES)), edge.effort, edge.id),
    )
)

KINDS: Mapping[str, int] = {edge.id: number for number, edge in enumerate(EDGES)}
"""Number of each edge kind in the catalogue."""


def pages() -> tuple[EdgePage, ...]:
    """Return every edge kind's page, in the catalogue's order.

    Examples
    --------
    >>> pages()[2].id
    'read-secret'
    """
    return tuple(
        EdgePage(edge.id, edge.summary, edge.effort, edge.certainty, edge.page, title)
        for title, edge in _GROUPED
    )


__all__ = ["EDGES", "FOLDERS", "KINDS", "EdgeKind", "JointEdge", "ObjectEdge", "RuleEdge", "pages"]
