"""A cluster as it was read, in a few words and as a table for notebooks."""

from collections import Counter
from collections.abc import Iterable

from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.report.formats.html_table import SHOWN, plain_table
from rbacgraph.report.formats.rows import Cell
from rbacgraph.report.text.layout.text import count

_COLUMNS = ("namespace", "Secrets", "ServiceAccounts", "RoleBindings", "Pods and workloads")


def cluster_title(snapshot: Snapshot) -> str:
    """Return a cluster in a few words."""
    parts = (
        count(len(snapshot.secrets), "Secret"),
        count(len(snapshot.service_accounts), "ServiceAccount"),
        count(len(snapshot.role_bindings) + len(snapshot.cluster_role_bindings), "binding"),
    )
    return f"Cluster of {', '.join(parts)}"


def cluster_table(snapshot: Snapshot) -> str:
    """Return an HTML table of the namespaces, those with the most Secrets first."""
    counts = [
        _by_namespace(snapshot.secrets),
        _by_namespace(snapshot.service_accounts),
        _by_namespace(snapshot.role_bindings),
        _by_namespace([*snapshot.pods, *snapshot.workloads]),
    ]
    secrets = counts[0]
    names = sorted(snapshot.held_namespaces, key=lambda name: (-secrets[name], name))
    rows: list[list[Cell]] = [[name, *(each[name] for each in counts)] for name in names[:SHOWN]]
    below = []
    if len(names) > SHOWN:
        below.append(f"{count(len(names) - SHOWN, 'more namespace')}.")
    if bindings := len(snapshot.cluster_role_bindings):
        verb = "gives" if bindings == 1 else "give"
        below.append(f"{count(bindings, 'ClusterRoleBinding')} {verb} rights in every namespace.")
    if problems := len(snapshot.diagnostics):
        below.append(f"{count(problems, 'diagnostic')}: see .diagnostics.")
    return plain_table(_COLUMNS, rows, cluster_title(snapshot), " ".join(below))


def _by_namespace(objects: Iterable[Object]) -> Counter[str]:
    return Counter(found.metadata.namespace for found in objects)
