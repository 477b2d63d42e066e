"""Describes causes: their object, evidence, text, change and stable id."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from rbacgraph.advice.edits.editor import Editor
from rbacgraph.advice.risks.cause import MASTERS_KEY, RiskCause
from rbacgraph.authz.kubernetes_words import describe_rule
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.answers.risk.risk_text import RiskCode, RiskText
from rbacgraph.model.changes.change import key_of
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

    ``editor``: the possible edits of its RBAC.
    """

    def __init__(self, graph: AccessGraph, editor: Editor) -> None:
        self._graph = graph
        self._editor = editor

    def _object(self, cause: RiskCause) -> AnyRole | AnyBinding | None:
        obj = self._editor.objects.get(cause.key)
        if obj is None and cause.kind == "binding":  # it is there twice
            bindings = self._graph.world.rbac.bindings
            return next(one for one, _ in bindings if key_of(one) == cause.key)
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
            edges = sorted(cause.sure if cause.kind == "authorizer" else cause.starts)
            found = (self._graph.explain(edge)[1] for edge in edges)
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
        obj = self._object(cause)
        if isinstance(obj, RoleBinding | ClusterRoleBinding):
            return RiskCode.BINDING_GIVES(*cause.key, obj.role_ref.kind, obj.role_ref.name)
        if obj is not None:
            bindings = tuple(dict.fromkeys(e.name for e in self._bindings(cause)))
            return RiskCode.ROLE_GIVES(*cause.key, bindings)
        return self._outside_rbac(cause)[0]

    def change(self, cause: RiskCause) -> RiskText:
        """Return the change that closes a cause."""
        if cause.kind == "binding":
            return RiskCode.REMOVES_SUBJECTS(*cause.key, self._printed(cause))
        if cause.kind == "role":
            return RiskCode.NARROWS_ROLE(*cause.key, tuple(map(str, cause.rules)))
        return self._outside_rbac(cause)[1]

    def _outside_rbac(self, cause: RiskCause) -> tuple[RiskText, RiskText]:
        """Return what a cause outside RBAC is, and the change that closes it."""
        key, subjects = cause.key, self._printed(cause)
        if cause.kind == "token":
            return RiskCode.TOKEN_LASTS(*key[1:], subjects[0]), RiskCode.DELETES_SECRET(*key[1:])
        if cause.kind == "authorizer":
            return RiskCode.ALWAYS_ALLOWS(*key), RiskCode.CHANGES_AUTHORIZERS()
        if key == MASTERS_KEY:
            members = self._members(cause)
            return RiskCode.MASTERS_ARE_NAMED(members), RiskCode.TAKES_MEMBERS_OUT(members)
        if cause.kind == "membership":
            return RiskCode.CLOUD_IS_MASTERS(*key), RiskCode.REMOVES_MAPPINGS(*key, subjects)
        return RiskCode.POD_IS_NODE(*key, len(subjects)), RiskCode.CHANGES_POD(*key)

    def _printed(self, cause: RiskCause) -> tuple[str, ...]:
        return tuple(format_node(self._graph.nodes[one]) for one in cause.subjects)

    def _members(self, cause: RiskCause) -> tuple[str, ...]:
        graph = self._graph
        return tuple(sorted(format_node(graph.nodes[graph.source_of[e]]) for e in cause.starts))

    def id_of(self, cause: RiskCause) -> str:
        """Return the id of what a cause is."""
        graph = self._graph
        subjects = sorted(format_node(graph.nodes[one]) for one in cause.subjects)
        if cause.kind == "pod":
            subjects = []  # names of Pods change
        elif cause.key == MASTERS_KEY:
            subjects = [*self._members(cause)]
        rules: list[str] = []
        obj = self._object(cause)
        if isinstance(obj, Role | ClusterRole):
            rules = sorted(repr((obj.rules or ())[number]) for number in cause.rules)
        elif isinstance(obj, RoleBinding | ClusterRoleBinding):
            rules = [obj.role_ref.kind, obj.role_ref.name]
        text = "\0".join((cause.kind, *cause.key, "", *subjects, "", *rules))
        return sha256(text.encode()).hexdigest()[:_DIGITS]
