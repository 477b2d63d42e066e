"""Describes causes: their object, evidence, text, change and stable id."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from rbacgraph.advice.edits.editor import Editor
from rbacgraph.advice.risks.cause import RiskCause
from rbacgraph.authz.kubernetes_words import describe_rule
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.answers.risk.risk_text import RiskCode, RiskText
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.rbac import (
    AnyBinding,
    AnyRole,
    ClusterRole,
    ClusterRoleBinding,
    Role,
    RoleBinding,
)
from rbacgraph.model.node import format_node
from rbacgraph.techniques.catalogue import KINDS

_DIGITS = 10


class CauseDescriber:
    """Describes the causes in a graph.

    Parameters
    ----------
    graph:
        The graph.
    editor:
        The possible edits of its RBAC.
    """

    def __init__(self, graph: AccessGraph, editor: Editor) -> None:
        self._graph = graph
        self._editor = editor

    def _object(self, cause: RiskCause) -> AnyRole | AnyBinding | None:
        obj = self._editor.objects.get(cause.key)
        if isinstance(obj, Role | ClusterRole | RoleBinding | ClusterRoleBinding):
            return obj
        return None

    def evidence(self, cause: RiskCause) -> Iterable[Evidence]:
        """Yield what shows a cause."""
        world, obj = self._graph.world, self._object(cause)
        if isinstance(obj, Role | ClusterRole):
            for number in cause.rules:
                detail = describe_rule((obj.rules or ())[number])
                yield world.authorizer.evidence_of(obj, detail=detail, rule=number)
            yield from self._bindings(cause)
        elif obj is not None:
            yield from self._bindings(cause)
        else:
            found = (self._graph.explain(edge)[1] for edge in sorted(cause.starts))
            yield from dict.fromkeys(one for several in found for one in several)

    def _bindings(self, cause: RiskCause) -> Iterable[Evidence]:
        graph, found = self._graph, dict[Evidence, None]()
        for edge in sorted(cause.starts):
            if graph.kind_of[edge] == KINDS["bound-by"]:
                found.update(dict.fromkeys(graph.explain(edge)[1]))
        return found

    def place(self, cause: RiskCause, evidence: Sequence[Evidence]) -> tuple[str, int]:
        """Return the file and the line of the object to change."""
        obj = self._object(cause)
        if obj is not None:
            return self._graph.world.snapshot.where(obj)
        return (evidence[0].file, evidence[0].line) if evidence else ("", 0)

    def text(self, cause: RiskCause) -> RiskText:
        """Return what a cause is."""
        obj, graph = self._object(cause), self._graph
        if isinstance(obj, RoleBinding | ClusterRoleBinding):
            return RiskCode.BINDING_GIVES(*cause.key, obj.role_ref.kind, obj.role_ref.name)
        if obj is not None:
            bindings = tuple(dict.fromkeys(e.name for e in self._bindings(cause)))
            return RiskCode.ROLE_GIVES(*cause.key, bindings)
        if cause.kind == "token":
            return RiskCode.TOKEN_LASTS(*cause.key[1:], format_node(graph.nodes[cause.subjects[0]]))
        return RiskCode.POD_IS_NODE(*cause.key, len(cause.subjects))

    def change(self, cause: RiskCause) -> RiskText:
        """Return the change that closes a cause."""
        printed = tuple(format_node(self._graph.nodes[one]) for one in cause.subjects)
        if cause.kind == "binding":
            return RiskCode.REMOVES_SUBJECTS(*cause.key, printed)
        if cause.kind == "role":
            return RiskCode.NARROWS_ROLE(*cause.key, tuple(map(str, cause.rules)))
        if cause.kind == "token":
            return RiskCode.DELETES_SECRET(*cause.key[1:])
        return RiskCode.CHANGES_POD(*cause.key)

    def id_of(self, cause: RiskCause) -> str:
        """Return the id of what a cause is."""
        graph = self._graph
        subjects = sorted(format_node(graph.nodes[one]) for one in cause.subjects)
        if cause.kind == "pod":
            subjects = []  # names of Pods change
        rules: list[str] = []
        obj = self._object(cause)
        if isinstance(obj, Role | ClusterRole):
            rules = sorted(repr((obj.rules or ())[number]) for number in cause.rules)
        elif isinstance(obj, RoleBinding | ClusterRoleBinding):
            rules = [obj.role_ref.kind, obj.role_ref.name]
        text = "\0".join((cause.kind, *cause.key, "", *subjects, "", *rules))
        return sha256(text.encode()).hexdigest()[:_DIGITS]
