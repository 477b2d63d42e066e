"""Finds the causes of access: what one change to one object takes away.

A cause is the subjects of a binding, the rules of a role, the settings of a Pod, or a lasting
token. A role whose rules may be edited is one cause with its bindings; else each binding is one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rbacgraph.advice.changes.managers import manager_of
from rbacgraph.advice.edits.apply_edits import Edited, edited_role
from rbacgraph.advice.edits.editor import Editor
from rbacgraph.advice.edits.edits import PART, RULE, SUBJECT, Edit
from rbacgraph.advice.edits.edits_that_close import EditFinder
from rbacgraph.advice.edits.rule_edits import whole_rights
from rbacgraph.advice.risks.cause import RiskCause
from rbacgraph.advice.risks.causes_outside_rbac import causes_outside_rbac
from rbacgraph.advice.rules.fewest_rules import in_order
from rbacgraph.authz.coverage import covers_all
from rbacgraph.facts.operators import kubeadm
from rbacgraph.facts.operators.operators import Operators
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.changes.change import ObjectKey, key_of
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.rbac import AnyBinding, AnyRole, ClusterRole, PolicyRule, Role
from rbacgraph.model.node import format_node, named_node
from rbacgraph.model.node_keys import NamedRight, RoleName
from rbacgraph.query.access.full_control import EVERY_RIGHT
from rbacgraph.techniques.catalogue import EDGES, KINDS, Conjunction, RuleEdge
from rbacgraph.techniques.spec.compound_rights import CompoundRight, HeldRight, uses_of
from rbacgraph.techniques.spec.technique import Right

Booleans = NDArray[np.bool_]

_BOUND_BY, _GRANTS, _HOLDS = KINDS["bound-by"], KINDS["grants"], KINDS["holds"]
_NONE = frozenset[int]()
_COMPOUNDS: Mapping[str, CompoundRight] = {
    ability.id: ability
    for edge in EDGES
    if isinstance(edge, Conjunction)
    for ability in edge.abilities
}


class Holding(NamedTuple):
    """A subject that is bound: its node, the edge to the binding, the binding and its role."""

    subject: int
    edge: int
    binding: ObjectKey
    role: str


class _Touched(NamedTuple):
    """Edges by the rule of a role, and by a binding with one of its subjects."""

    rules: dict[tuple[ObjectKey, int], set[int]]
    subjects: dict[tuple[ObjectKey, str], set[int]]


class CauseFinder:
    """Finds the causes in a graph.

    Parameters
    ----------
    graph:
        The graph.
    useful:
        For each edge, whether some principal's path to a Secret or to full control may use it.
    leading:
        For each edge, whether it is on a way to a Secret or to full control.
    full:
        The nodes that are full control.
    """

    def __init__(
        self,
        graph: AccessGraph,
        useful: Booleans,
        leading: Booleans,
        full: Iterable[int],
    ) -> None:
        self._graph = graph
        self._useful = useful
        self._leading = leading
        self._full = frozenset(full)
        self._operators = graph.world.part(Operators)
        self.editor = Editor(graph.world, (), ())

    def causes(self) -> Iterator[RiskCause]:
        """Yield all causes."""
        yield from self._of_rbac()
        yield from causes_outside_rbac(self._graph, self._leading)

    # RBAC

    @cached_property
    def _touched(self) -> _Touched:
        """The useful edges that closing a rule, or removing a subject from a binding, may end."""
        graph = self._graph
        unchanged = Edited(graph.world.snapshot, (), {}, {})
        finder = EditFinder(self.editor, graph, unchanged, frozenset())
        found = _Touched(defaultdict(set), defaultdict(set))
        for edge in np.flatnonzero(self._useful).tolist():
            self._touch(found, edge, finder.of_named(graph.nodes[graph.target_of[edge]]))
            if isinstance(graph.kind_at(edge), RuleEdge):
                role, number, _ = graph.rule_of(edge)
                self._touch(found, edge, (), (role, number))
            elif graph.kind_of[edge] == _HOLDS:
                for use in uses_of(graph.basis_of(edge)):
                    if isinstance(use, HeldRight):
                        edits = self._of_binding_of(use.binding)
                        self._touch(found, edge, edits, (use.role, use.number))
                    elif not isinstance(use, Evidence):
                        self._touch(found, edge, self._of_binding_of(use))
            else:
                self._touch(found, edge, set[Edit]().union(*finder.of_edge(edge).several))
        return found

    def _of_binding_of(self, binding: AnyBinding | None) -> tuple[Edit, ...]:
        return () if binding is None else self.editor.of_binding(key_of(binding))

    def _touch(
        self,
        found: _Touched,
        edge: int,
        edits: Iterable[Edit],
        rule: tuple[AnyRole, int] | None = None,
    ) -> None:
        """Note what may end an edge: edits, and changes of a rule."""
        for edit in edits:
            if edit.sort == SUBJECT:
                found.subjects[edit.key, edit.what[0]].add(edge)
            elif edit.rule >= 0:
                found.rules[edit.key, edit.rule].add(edge)
        for role, number in self.editor.sources(*rule) if rule else ():
            if self.editor.objects.get(key_of(role)) is role and not manager_of(role):
                found.rules[key_of(role), number].add(edge)

    def _of_rbac(self) -> Iterator[RiskCause]:
        by_role: dict[tuple[ObjectKey, ...], list[Holding]] = defaultdict(list)
        by_binding: dict[ObjectKey, list[Holding]] = defaultdict(list)
        for holding, binding in self._holdings():
            sources = self._sources(holding, binding)
            if sources:
                by_role[sources].append(holding)
            else:
                by_binding[holding.binding].append(holding)
        for sources, holdings in by_role.items():
            operators = {self._operator_of(one) for one in holdings}
            if len(operators) == 1:
                for key in sources:
                    yield self._of_role(key, holdings, self._operator_of(holdings[0]))
            else:
                for one in holdings:
                    by_binding[one.binding].append(one)
        for key, holdings in by_binding.items():
            apart: dict[str, list[Holding]] = defaultdict(list)
            for one in holdings:
                apart[self._operator_of(one)].append(one)
            for operator, several in apart.items():
                yield self._of_binding(key, several, operator)

    def _operator_of(self, holding: Holding) -> str:
        """Return the operator that needs a binding by design; ``""`` for none."""
        node = named_node(self._graph.nodes[holding.subject])
        kind, _, name = holding.binding
        if kind == "ClusterRoleBinding" and (name, holding.role, node) in kubeadm.BINDINGS:
            return "kubeadm"
        operator = self._operators.of(node)
        by_design = operator and self._operators.by_design(holding.binding, node)
        return operator.name if operator and by_design else ""

    def _holdings(self) -> Iterator[tuple[Holding, AnyBinding]]:
        """Yield the bound subjects that a useful edge leads to a binding that may be edited."""
        graph = self._graph
        for edge in np.flatnonzero(self._useful & (graph.kind == _BOUND_BY)).tolist():
            basis = graph.basis_of(edge)
            for binding in basis if isinstance(basis, tuple) else (basis,):
                key = key_of(binding)
                subject = graph.source_of[edge]
                if (key, format_node(graph.nodes[subject])) in self._touched.subjects:
                    yield Holding(subject, edge, key, binding.role_ref.name), binding

    def _sources(self, holding: Holding, binding: AnyBinding) -> tuple[ObjectKey, ...]:
        """Return the roles whose edits close all that a binding opens; ``()`` if none do."""
        graph, found = self._graph, dict[ObjectKey, None]()
        for grant_edge in graph.outgoing.of(graph.target_of[holding.edge]):
            grant = graph.target_of[grant_edge]
            if grant in self._full:
                return ()
            edges = {e for e in graph.outgoing.of(grant) if self._useful[e]}
            for role in graph.world.authorizer.roles_of(binding):
                for number in range(len(role.rules or ())):
                    for source, place in self.editor.sources(role, number):
                        key = key_of(source)
                        if edges & self._touched.rules.get((key, place), _NONE):
                            if self._is_wide(source):
                                return ()
                            found[key] = None
                            edges -= self._touched.rules[key, place]
            if edges:
                return ()
        return tuple(sorted(found))

    @staticmethod
    def _is_wide(role: AnyRole) -> bool:
        """Whether a role is every right, so that nothing of it would be left."""
        return any(covers_all((rule,), (EVERY_RIGHT,)) for rule in role.rules or ())

    def _of_role(self, key: ObjectKey, holdings: Sequence[Holding], operator: str) -> RiskCause:
        graph = self._graph
        role = self.editor.objects[key]
        assert isinstance(role, Role | ClusterRole)
        narrowing = {
            number: edit
            for number in sorted(number for one, number in self._touched.rules if one == key)
            if (edit := self._narrowing(role, number))
        }
        numbers, edits = tuple(narrowing), tuple(narrowing.values())
        maybe = frozenset[int]().union(*(self._touched.rules[key, number] for number in numbers))
        left = {key: edited_role(self.editor, role, edits)[0].rules or ()}
        sure = frozenset(
            e
            for e in maybe
            if isinstance(graph.kind_at(e), RuleEdge) or self._ends_too(e, left, frozenset())
        )
        starts = frozenset(one.edge for one in holdings) | {
            edge
            for edge in maybe
            if graph.kind_of[edge] == _HOLDS
            and graph.source_of[edge] in {one.subject for one in holdings}
        }
        subjects = tuple(dict.fromkeys(one.subject for one in holdings))
        return RiskCause("role", key, edits, subjects, starts, sure, maybe, numbers, operator)

    def _ends_too(
        self,
        edge: int,
        left: Mapping[ObjectKey, tuple[PolicyRule, ...]],
        removed: frozenset[tuple[ObjectKey, int]],
    ) -> bool:
        """Whether no right of an edge to a compound right remains.

        Parameters
        ----------
        edge:
            The edge.
        left:
            What is left of the rules of roles.
        removed:
            Bindings, each with a subject that it binds no longer.
        """
        graph = self._graph
        if graph.kind_of[edge] != _HOLDS:
            return False
        key = graph.nodes[graph.target_of[edge]][2]
        compound = _COMPOUNDS.get(key.right) if isinstance(key, NamedRight) else None
        if compound is None:
            return False
        rules = self._rules_held(graph.source_of[edge], left, removed)
        return not any(right.verbs_in(rule) for rule in rules for right in compound.rights)

    def _rules_held(
        self,
        number: int,
        left: Mapping[ObjectKey, tuple[PolicyRule, ...]],
        removed: frozenset[tuple[ObjectKey, int]],
    ) -> Iterator[PolicyRule]:
        """Yield the rules of a grant, or of an identity with its groups, after changes."""
        graph = self._graph
        world, nodes = graph.world, graph.nodes
        roles: list[AnyRole] = []
        for one in (number, *graph.membership.groups_of(number)):
            node = nodes[one]
            if isinstance(node[2], RoleName):
                place = "" if node[2].kind == "ClusterRole" else str(node[1])
                roles += world.authorizer.find_role(node[2].kind, place, node[2].name)
                continue
            subject = named_node(node)
            plain = subject[0].removeprefix("impersonated-"), *subject[1:]
            for number_of in world.rbac.bindings_by_subject.get(plain, ()):
                binding = world.rbac.bindings[number_of][0]
                if (key_of(binding), one) not in removed:
                    roles += world.authorizer.roles_of(binding)
        for role in roles:
            yield from left.get(key_of(role), role.rules or ())

    def _narrowing(self, role: AnyRole, number: int) -> Edit | None:
        """Return the edit that takes from a rule every right that a useful edge rests on."""
        key, rule = key_of(role), (role.rules or ())[number]
        taken: dict[Right, dict[str, None]] = defaultdict(dict)
        for edge in sorted(self._touched.rules[key, number]):
            for right in self._rights(edge):
                for one in whole_rights(right):
                    taken[one._replace(verbs=())].update(dict.fromkeys(one.verbs_in(rule)))
        rights = [one._replace(verbs=in_order(verbs)) for one, verbs in taken.items() if verbs]
        if not rights:
            return None
        edit = Edit(key, PART, number, rights=tuple(rights))
        left = self.editor.narrowed(role, number, [edit])
        return edit if left else Edit(key, RULE, number)

    def _rights(self, edge: int) -> Iterator[Right]:
        graph = self._graph
        kind = graph.kind_at(edge)
        if isinstance(kind, RuleEdge):
            yield from kind.rights
        elif graph.kind_of[edge] == _HOLDS:
            # Another right of the same compound may do as well as the one that is noted.
            key = graph.nodes[graph.target_of[edge]][2]
            if isinstance(key, NamedRight) and key.right in _COMPOUNDS:
                yield from _COMPOUNDS[key.right].rights

    def _of_binding(self, key: ObjectKey, holdings: Sequence[Holding], operator: str) -> RiskCause:
        graph = self._graph
        subjects = tuple(dict.fromkeys(one.subject for one in holdings))
        printed = [format_node(graph.nodes[subject]) for subject in subjects]
        maybe = frozenset[int]().union(*(self._touched.subjects[key, one] for one in printed))
        removed = frozenset((key, subject) for subject in subjects)
        sure = frozenset(
            one.edge for one in holdings if not isinstance(graph.basis_of(one.edge), tuple)
        ) | {edge for edge in maybe if self._ends_too(edge, {}, removed)}
        starts = frozenset(one.edge for one in holdings) | {
            edge
            for edge in maybe
            if graph.kind_of[edge] == _HOLDS and graph.source_of[edge] in subjects
        }
        edits = tuple(Edit(key, SUBJECT, what=(one,)) for one in printed)
        return RiskCause("binding", key, edits, subjects, starts, sure, maybe, (), operator)
