"""Finds what a cut has to do with operators: whom they let keep access, what it takes from them."""

from collections.abc import Collection, Iterator

from rbacgraph.advice.cut.question import CutQuestion
from rbacgraph.advice.edits.editor import Editor
from rbacgraph.advice.edits.edits import AUTOMOUNT, Edit
from rbacgraph.facts.operators.operators import Operators
from rbacgraph.facts.world import Facts
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.changes.change import ObjectKey, key_of
from rbacgraph.model.kubernetes.rbac import ClusterRole, Role
from rbacgraph.model.node import SERVICE_ACCOUNT, Node, format_node, named_node
from rbacgraph.query.access.by_design import operators_by_design


def reaching_operators(graph: AccessGraph, question: CutQuestion) -> tuple[Node, ...]:
    """Return the ServiceAccounts that reach the Secret and are operators by design."""
    reached = question.reaching(graph)
    found = (number for number in operators_by_design(graph) if number in reached)
    return tuple(sorted(named_node(graph.nodes[number]) for number in found))


def operator_of(graph: AccessGraph, node: Node) -> str:
    """Return the operator that a principal is by design; ``""`` for none."""
    operators = graph.world.part(Operators)
    operator = operators.of(node) if operators.is_by_design(node) else None
    return operator.name if operator else ""


class OperatorRights:
    """Finds the operators from which an edit takes what they need by design.

    ``editor``: the possible edits.
    """

    def __init__(self, editor: Editor, world: Facts) -> None:
        self._editor = editor
        self._world = world
        self._operators = world.part(Operators)

    def touched(self, edit: Edit, losers: Collection[str]) -> tuple[str, ...]:
        """Return the names of operators, by the printed principals that lose something."""
        found = dict[str, None]()
        for node in self._world.rbac.bindings_by_subject:
            if node[0] == SERVICE_ACCOUNT and format_node(node) in losers:
                operator = self._operators.of(node)
                if operator and any(self._is_by_design(key, node) for key in self._of(edit, node)):
                    found[operator.name] = None
        return tuple(sorted(found))

    def _is_by_design(self, binding: ObjectKey, node: Node) -> bool:
        return self._operators.by_design(binding, node)

    def _of(self, edit: Edit, node: Node) -> Iterator[ObjectKey]:
        """Yield the bindings by which an edit takes something from a ServiceAccount."""
        world = self._world
        edited = self._editor.objects[edit.key]
        for place in world.rbac.bindings_by_subject[node]:
            binding = world.rbac.bindings[place][0]
            if edit.sort == AUTOMOUNT or edit.key == key_of(binding):
                yield key_of(binding)
            elif isinstance(edited, Role | ClusterRole):
                roles = world.authorizer.roles_of(binding)
                sources = (one for role in roles for one in self._editor.whole_sources(role))
                if edit.key in map(key_of, sources):
                    yield key_of(binding)
