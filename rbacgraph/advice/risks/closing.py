"""Closes causes in a copy of a cluster, and builds the graph of what is left."""

from collections.abc import Iterable

from msgspec.structs import replace

from rbacgraph.advice.edits.apply_edits import Edited, apply, edited_role
from rbacgraph.advice.edits.describe_edit import EditStatements
from rbacgraph.advice.edits.editor import Editor
from rbacgraph.advice.risks.cause import MASTERS_KEY, RiskCause
from rbacgraph.advice.risks.causes_outside_rbac import ENDED
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.build import build
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.rbac import ClusterRole, PolicyRule, Role
from rbacgraph.model.node import MASTERS, named_node


class CauseCloser:
    """Closes causes of a cluster.

    ``graph``: the graph of the cluster.
    ``editor``: the possible edits of its RBAC.
    """

    def __init__(self, graph: AccessGraph, editor: Editor) -> None:
        self._graph = graph
        self._editor = editor

    def edited(self, causes: Iterable[RiskCause]) -> Edited:
        """Return the cluster with its RBAC after causes are closed."""
        edits = (edit for cause in causes for edit in cause.edits)
        return apply(self._editor, edits, EditStatements(self._editor).why)

    def lists_a_star(self, cause: RiskCause) -> bool:
        """Whether a list is left in place of a ``*``: it may open what the rule did not."""
        role = self._editor.objects.get(cause.key)
        if not isinstance(role, Role | ClusterRole):
            return False
        left = edited_role(self._editor, role, cause.edits)[0].rules or ()
        return not _words(left) <= _words(role.rules or ())

    def snapshot(self, causes: Iterable[RiskCause]) -> Snapshot:
        """Return the cluster after causes are closed."""
        causes = tuple(causes)
        snapshot = self.edited(causes).snapshot
        gone = {cause.key[1:] for cause in causes if cause.kind == "token"}
        if any(cause.key == MASTERS_KEY for cause in causes):
            groups = snapshot.groups.items()
            left = {user: [one for one in of if one != MASTERS[2]] for user, of in groups}
            snapshot = replace(snapshot, groups=left)
        if not gone:
            return snapshot
        secrets = (
            secret
            for secret in snapshot.secrets
            if (secret.metadata.namespace, secret.metadata.name) not in gone
        )
        return replace(snapshot, secrets=tuple(secrets))

    def shut_in(self, graph: AccessGraph, causes: Iterable[RiskCause]) -> frozenset[int]:
        """Return the edges of a graph that end with causes and that its objects still show."""
        found: set[int] = set()
        for cause in causes:
            ended = ENDED.get(cause.kind, ())
            for subject in cause.subjects if ended else ():
                number = graph.index.get(named_node(self._graph.nodes[subject]))
                edges = () if number is None else graph.outgoing.of(number)
                found.update(edge for edge in edges if graph.kind_of[edge] in ended)
        return frozenset(found)

    def graph(self, causes: Iterable[RiskCause]) -> AccessGraph:
        """Return the graph after causes are closed; all Secrets but deleted tokens stay known."""
        causes = tuple(causes)
        gone = {cause.key[1:] for cause in causes if cause.kind == "token"}
        secrets = (key for key in self._graph.world.secrets if key not in gone)
        return build(self.snapshot(causes), secrets)


def _words(rules: Iterable[PolicyRule]) -> set[str]:
    parts = (part for one in rules for part in (one.verbs, one.api_groups, one.resources))
    return {word for part in parts for word in part or ()}
