"""Finds the nodes that are full control of the cluster, and explains the ways to them.

Full control is every right on every resource: the API server's own comparison of rules
(:func:`rbacgraph.authz.coverage.covers_all`) finds that the rules of one role, bound in the whole
cluster, cover ``*`` on ``*``. That includes ``bind`` and ``escalate``, so its holder gives itself
the rest. An attacker who has group ``system:masters``, a node of the control plane, or etcd, has
the node of the whole cluster.
"""

from collections.abc import Sequence

from rbacgraph.authz.coverage import covers_all
from rbacgraph.authz.kubernetes_words import describe_rule
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.answers.paths import Admin
from rbacgraph.model.condition import CERTAIN, both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.rbac import AnyRole, PolicyRule
from rbacgraph.model.node import (
    EVERYTHING,
    GRANT,
    GROUP,
    SERVICE_ACCOUNT,
    USER,
    Node,
    format_node,
    named_node,
)
from rbacgraph.model.node_keys import RoleName
from rbacgraph.query.access.explain_path import PathExplainer, as_certain
from rbacgraph.query.arrays.costs import COSTS
from rbacgraph.query.search.tails import is_certain
from rbacgraph.techniques.catalogue import KINDS

EVERY_RIGHT = PolicyRule(verbs=("*",), api_groups=("*",), resources=("*",))
"""What a rule must cover to be full control."""

_OF_RIGHTS = frozenset(KINDS[one] for one in ("member-of", "bound-by", "grants"))


_PRINCIPALS = frozenset({USER, GROUP, SERVICE_ACCOUNT})


def full_control(graph: AccessGraph) -> Sequence[int]:
    """Return the nodes that are full control of the cluster, without a condition.

    These are the whole cluster itself, and each role that gives every right where it is bound in
    the whole cluster. A role counts only if it does so in each of its versions.
    """
    whole = [graph.index[EVERYTHING]] if EVERYTHING in graph.index else []
    grants = (number for number in graph.index.of_kinds({GRANT}) if full_rule(graph, number))
    return [*whole, *grants]


def full_control_holders(graph: AccessGraph) -> frozenset[Node]:
    """Return the principals that have full control by bindings, their own or a group's."""
    found = set(full_control(graph))
    todo = list(found)
    while todo:
        for edge in graph.incoming.of(todo.pop()):
            source, kind = graph.source_of[edge], graph.kind_of[edge]
            alone = not COSTS[kind] and kind != KINDS["needs"]
            if source not in found and alone and is_certain(graph, [edge]):
                found.add(source)
                todo.append(source)
    nodes = (graph.nodes[number] for number in found)
    return frozenset(named_node(node) for node in nodes if node[0] in _PRINCIPALS)


def full_rule(graph: AccessGraph, number: int) -> tuple[AnyRole, int] | None:
    """Return the role and the rule that make a grant full control, if one does."""
    _, scope, _ = graph.nodes[number]
    return None if scope else rule_on_everything(graph, number)


def rule_on_everything(graph: AccessGraph, number: int) -> tuple[AnyRole, int] | None:
    """Return the role and the rule that make a grant every right in its scope, if one does."""
    _, scope, name = graph.nodes[number]
    if not isinstance(name, RoleName):
        return None
    world = graph.world
    for role in world.authorizer.find_role(name.kind, scope * (name.kind == "Role"), name.name):
        for index, rule in enumerate(role.rules or ()):
            if covers_all((rule,), (EVERY_RIGHT,)) and not world.rbac.versions.of_rule(role, index):
                return role, index
    return None


class AdminExplainer:
    """Turns the edges of ways to full control into what ``admins`` shows of them."""

    def __init__(self, graph: AccessGraph) -> None:
        self._graph = graph
        self._paths = PathExplainer(graph)

    def explain(self, edges: Sequence[int], *, whichever: bool = False) -> Admin:
        """Return a way to full control.

        ``edges``: the edges; the first starts at the principal.
        ``whichever``: whether each other choice of versions opens another way, so that it is
            certain.
        """
        graph, end = self._graph, len(edges)
        while end and graph.kind_of[edges[end - 1]] in _OF_RIGHTS:
            end -= 1
        path = self._paths.path_of(edges[:end]) if end else None
        condition = CERTAIN if whichever else both(*map(graph.condition_at, edges[end:]))
        return Admin(
            principal=format_node(graph.nodes[graph.source_of[edges[0]]]),
            path=as_certain(path) if path and whichever else path,
            rights=self._rights(edges[end:], graph.target_of[edges[-1]]),
            condition=condition,
        )

    def _rights(self, edges: Sequence[int], end: int) -> tuple[Evidence, ...]:
        found = [one for edge in edges for one in self._paths.explain(edge)[1]]
        full = full_rule(self._graph, end)
        if full is not None:
            role, index = full
            detail = describe_rule((role.rules or ())[index])
            authorizer = self._graph.world.authorizer
            found.append(authorizer.evidence_of(role, detail=detail, rule=index))
        return tuple(found)
