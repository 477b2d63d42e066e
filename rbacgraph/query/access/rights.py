"""Answers ``rights``: what a principal may do directly, and which techniques that opens."""

from collections.abc import Sequence

from msgspec.structs import replace

from rbacgraph.errors import UsageError
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.answers.rights import RightsResult
from rbacgraph.model.condition import If
from rbacgraph.model.did_you_mean import did_you_mean
from rbacgraph.model.node import (
    GROUP,
    KUBELET,
    NODE,
    POD,
    SERVICE_ACCOUNT,
    USER,
    Node,
    format_node,
    named_node,
)
from rbacgraph.query.arrays.path_filter import PathFilter
from rbacgraph.query.coverage.unjudged_rights import with_unjudged
from rbacgraph.query.rights.direct_rules import direct_rules
from rbacgraph.query.rights.opened_techniques import opened_techniques
from rbacgraph.query.subject.basis import basis_of
from rbacgraph.query.subject.source import as_written, find_source
from rbacgraph.techniques.catalogue import KINDS
from rbacgraph.techniques.structure.member_of import closure, given_groups

_UNKNOWN_GROUPS = (If.GROUP_MEMBERS_ARE_GIVEN(), If.GROUPS_ARE_DUMPED())
_HOLDERS = (USER, GROUP, SERVICE_ACCOUNT, KUBELET)


def rights(
    graph: AccessGraph, principal: str, *, namespace: str = "", groups: Sequence[str] | None = None
) -> RightsResult:
    """Return the rules that bindings give a principal, itself or by its groups.

    Each rule is listed with all bindings that give it, and with the techniques whose edges rest on
    it. A request is allowed exactly if one of the rules allows it in its scope, except for what
    the Node authorizer allows kubelets.

    ``principal``: a user, group, ServiceAccount or kubelet; a group stands for any of its members.
    ``namespace``: the namespace asked about; ``""`` for all. Rules that hold everywhere hold there
        too.
    ``groups``: the groups of a user, taken literally; None stands for those that authentication
        gives and those that the caller's list gives.
    Raises UsageError if the text is no principal, or it names something that holds no rights;
        NotFoundError if the input lacks such a ServiceAccount.
    """
    start = find_source(graph, principal)
    node = start.asked
    if node[0] not in _HOLDERS:
        raise UsageError(f"{start.printed} holds no rights itself", advice=_holder(graph, node))
    world = graph.world
    if groups is None:
        held = closure(world, node, given_groups(world))
    elif node[0] == GROUP:
        raise UsageError(f"{start.printed} is a group: groups are those of a user")
    else:
        held = [(GROUP, "", name) for name in groups]
    holders = list(dict.fromkeys((node, *held)))
    opened = opened_techniques(graph, holders)
    basis = basis_of(graph, PathFilter(), *(start.assumptions if groups is None else ()))
    if groups is not None or node[0] != USER:
        seen = tuple(lack for lack in basis.missing if lack not in _UNKNOWN_GROUPS)
        basis = replace(basis, missing=seen)
    return RightsResult(
        principal=start.printed,
        groups=tuple(format_node(one) for one in holders[1:]),
        namespace=namespace,
        rules=with_unjudged(world, direct_rules(world, holders, opened, namespace)),
        basis=replace(basis, notes=(start.note,)) if start.note else basis,
    )


def _holder(graph: AccessGraph, node: Node) -> str:
    """Return whom to ask about instead of a Pod or Node."""
    if node[0] == NODE:
        return did_you_mean([format_node((KUBELET, "", node[2]))])
    if node[0] == POD:
        edges = graph.outgoing.of(graph.index[node])
        accounts = [graph.target_of[e] for e in edges if graph.kind_of[e] == KINDS["runs-as"]]
        return did_you_mean([as_written(named_node(graph.nodes[one])) for one in accounts])
    return "write sa:NAMESPACE/NAME, user:NAME, group:NAME or kubelet:NODE"
