"""Finds the causes of access: what one change to one object takes away.

A cause is the subjects of a binding, the rules of a role, the settings of a Pod, or a lasting
token. A role whose rules may be edited is one cause with its bindings; else each binding is one.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
from rbacgraph.authz.subjects import subject_node
from rbacgraph.facts.operators import kubeadm
from rbacgraph.facts.operators.operators import Operators
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.changes.change import ObjectKey, key_of
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.rbac import AnyBinding, AnyRole, ClusterRole, PolicyRule, Role
from rbacgraph.model.node import PRINCIPALS, format_node, named_node
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
    """A subject of a binding with an edge that the binding gives: to it, or to a compound right.

    ``by_hand`` says that no edit of the binding is known: it is shipped, or there twice.
    """

    subject: int
    edge: int
    binding: ObjectKey
    role: str
    by_hand: bool


class _Touched(NamedTuple):
    """Edges by the rule of a role, and by a binding with one of its subjects."""

    rules: dict[tuple[ObjectKey, int], set[int]]
    subjects: dict[tuple[ObjectKey, str], set[int]]


class CauseFinder:
    """Finds the causes in a graph.

    ``useful``: for each edge, whether some principal's path to a Secret or to full control may use
        it.
    ``leading``: for each edge, whether it is on a way to a Secret or to full control.
    ``full``: the nodes that are full control.
    ``starts``: the edges at which the principals' own paths start.
    """

    def __init__(
        self,
        graph: AccessGraph,
        useful: Booleans,
        leading: Booleans,
        full: Iterable[int],
        starts: Iterable[int],
    ) -> None:
        self._graph = graph
        self._useful = useful
        self._leading = leading
        self._full = frozenset(full)
        self._starts = frozenset(starts)
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
        by_role: dict[ObjectKey, list[Holding]] = defaultdict(list)
        by_binding: dict[ObjectKey, list[Holding]] = defaultdict(list)
        narrowable = {
            holding: self._sources(holding, binding) for holding, binding in self._holdings()
        }
        for holding, sources in narrowable.items():
            for key in sources:
                by_role[key].append(holding)
        one_operator = {
            key
            for key, several in by_role.items()
            if len(set(map(self._operator_of, several))) == 1
        }
        for holding, sources in narrowable.items():
            if not sources or not one_operator.issuperset(sources):
                by_binding[holding.binding].append(holding)
        for key in sorted(one_operator):
            several = [one for one in by_role[key] if one_operator.issuperset(narrowable[one])]
            if several:
                yield self._of_role(key, several, self._operator_of(several[0]))
        for key, holdings in by_binding.items():
            apart: dict[tuple[str, bool], list[Holding]] = defaultdict(list)
            for one in holdings:
                apart[self._operator_of(one), one.by_hand].append(one)
            for (operator, _), several in apart.items():
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
        """Yield the subjects whose binding a useful edge rests on."""
        graph, subjects = self._graph, self._touched.subjects
        known = set[tuple[ObjectKey, int]]()
        for edge in np.flatnonzero(self._useful & (graph.kind == _BOUND_BY)).tolist():
            basis, subject = graph.basis_of(edge), graph.source_of[edge]
            for binding in basis if isinstance(basis, tuple) else (basis,):
                key = key_of(binding)
                by_hand = (key, format_node(graph.nodes[subject])) not in subjects
                if not by_hand or edge in self._starts:
                    known.add((key, subject))
                    yield Holding(subject, edge, key, binding.role_ref.name, by_hand), binding
        for edge in np.flatnonzero(self._useful & (graph.kind == _HOLDS)).tolist():
            for held, subject in self._bound(edge):
                key, printed = key_of(held), format_node(graph.nodes[subject])
                if (key, subject) not in known and (key, printed) in subjects:
                    yield Holding(subject, edge, key, held.role_ref.name, by_hand=False), held

    def _bound(self, edge: int) -> Iterator[tuple[AnyBinding, int]]:
        """Yield the bindings by which a principal holds a compound right, with their subjects.

        The subjects are the principal or its groups, if any is: else it may be in one of them.
        """
        graph = self._graph
        holder = graph.source_of[edge]
        if graph.nodes[holder][0] not in PRINCIPALS:
            return
        own = {holder, *graph.membership.groups_of(holder)}
        for use in uses_of(graph.basis_of(edge)):
            held = use.binding if isinstance(use, HeldRight) else use
            if held is None or isinstance(held, Evidence):
                continue
            scope = held.metadata.namespace
            nodes = (subject_node(subject, scope) for subject in held.subjects or ())
            numbers = [graph.index[one] for one in nodes if one is not None and one in graph.index]
            for number in [one for one in numbers if one in own] or numbers:
                yield held, number

    def _sources(self, holding: Holding, binding: AnyBinding) -> tuple[ObjectKey, ...]:
        """Return the roles whose edits close all that a binding opens; ``()`` if none do."""
        graph, found = self._graph, dict[ObjectKey, None]()
        if holding.by_hand:
            return ()
        several = [{holding.edge}]
        if graph.kind_of[holding.edge] == _BOUND_BY:
            given = graph.outgoing.of(graph.target_of[holding.edge])
            grants = [graph.target_of[edge] for edge in given]
            if not self._full.isdisjoint(grants):
                return ()
            several = [{e for e in graph.outgoing.of(one) if self._useful[e]} for one in grants]
        for edges in several:
            left = set(edges)
            for source, number in self._places(binding):
                key = key_of(source)
                if left & self._touched.rules.get((key, number), _NONE):
                    if self._is_wide(source):
                        return ()
                    found[key] = None
                    left -= self._touched.rules[key, number]
            if left:
                return ()
        return tuple(sorted(found))

    def _places(self, binding: AnyBinding) -> Iterator[tuple[AnyRole, int]]:
        """Yield the rules of a binding's roles, each in the role that it is written in."""
        for role in self._graph.world.authorizer.roles_of(binding):
            for number in range(len(role.rules or ())):
                yield from self.editor.sources(role, number)

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
        subjects = tuple(dict.fromkeys(one.subject for one in holdings))
        starts = frozenset(one.edge for one in holdings).union(self._held(maybe, subjects))
        return RiskCause("role", key, edits, subjects, starts, sure, maybe, numbers, operator)

    def _ends_too(
        self,
        edge: int,
        left: Mapping[ObjectKey, tuple[PolicyRule, ...]],
        removed: frozenset[tuple[ObjectKey, int]],
    ) -> bool:
        """Whether no right of an edge to a compound right remains.

        ``removed``: bindings, each with a subject that it binds no longer.
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
        own = frozenset(one.edge for one in holdings)
        if holdings[0].by_hand:
            return RiskCause("binding", key, (), subjects, own, own, own, (), operator)
        printed = [format_node(graph.nodes[subject]) for subject in subjects]
        maybe = frozenset[int]().union(*(self._touched.subjects[key, one] for one in printed))
        removed = frozenset((key, subject) for subject in subjects)
        bound = (edge for edge in own if graph.kind_of[edge] == _BOUND_BY)
        sure = frozenset(edge for edge in bound if not isinstance(graph.basis_of(edge), tuple)) | {
            edge for edge in maybe if self._ends_too(edge, {}, removed)
        }
        starts = own.union(self._held(maybe, subjects))
        edits = tuple(Edit(key, SUBJECT, what=(one,)) for one in printed)
        return RiskCause("binding", key, edits, subjects, starts, sure, maybe, (), operator)

    def _held(self, edges: Iterable[int], subjects: Collection[int]) -> Iterator[int]:
        """Yield the edges to compound rights that principals hold as subjects, or as members."""
        for edge in edges:
            held = self._graph.kind_of[edge] == _HOLDS
            if held and any(number in subjects for _, number in self._bound(edge)):
                yield edge
