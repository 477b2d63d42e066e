"""Finds the causes that no change of RBAC closes.

These are settings of Pods, lasting tokens, members of system:masters, and AlwaysAllow.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from rbacgraph.advice.risks.cause import MASTERS_KEY, RiskCause
from rbacgraph.facts.operators.kubeadm import KUBE_PROXY
from rbacgraph.facts.operators.operators import Operators
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.pods.workload_owners import WorkloadOwners
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.changes.change import ObjectKey
from rbacgraph.model.kubernetes.pods import Workload
from rbacgraph.model.node import (
    MASTERS,
    POD,
    SECRET,
    SERVICE_ACCOUNT,
    named_node,
)
from rbacgraph.techniques.catalogue import KINDS

_TOKEN_OF, _MEMBER_OF = KINDS["token-of"], KINDS["member-of"]
_MAPPED, _ALWAYS_ALLOW = KINDS["mapped-by-aws-auth"], KINDS["always-allow"]
_OF_POD_SETTINGS = KINDS["escape-to-node"], KINDS["host-files"]
ENDED: Mapping[str, tuple[int, ...]] = {
    "pod": _OF_POD_SETTINGS,
    "membership": (_MAPPED,),
    "authorizer": (KINDS["grants"],),
}
"""The kinds of edges of its subjects that end with a cause, where no object of RBAC shows it."""
_AWS_AUTH: ObjectKey = ("ConfigMap", "kube-system", "aws-auth")


def causes_outside_rbac(graph: AccessGraph, leading: NDArray[np.bool_]) -> Iterator[RiskCause]:
    """Yield the causes that are no RBAC.

    ``leading``: for each edge, whether it is on a way to a Secret or to full control.
    """
    yield from _of_pods(graph, leading)
    yield from _of_tokens(graph, leading)
    yield from _of_masters(graph, leading)
    yield from _of_authorizers(graph, leading)


def _of_pods(graph: AccessGraph, leading: NDArray[np.bool_]) -> Iterator[RiskCause]:
    world = graph.world
    runners = {one.number: one for one in world.running.runners}
    owners = WorkloadOwners(world.snapshot.workloads)
    by_workload: dict[ObjectKey, list[int]] = defaultdict(list)
    runs: dict[ObjectKey, list[PodSource]] = defaultdict(list)
    for edge in np.flatnonzero(leading & np.isin(graph.kind, _OF_POD_SETTINGS)).tolist():
        runner = runners.get(graph.source_of[edge])
        if runner is None or runner.node[0] != POD or runner.static:
            continue  # a static Pod is part of its node
        obj = owners.of(runner.obj)
        kind = obj.kind if isinstance(obj, Workload) else "Pod"
        key = kind, runner.node[1], obj.metadata.name
        by_workload[key].append(edge)
        runs[key].append(runner)
    for key, edges in by_workload.items():
        pods = tuple(dict.fromkeys(graph.source_of[edge] for edge in edges))
        operators = {_operator_of(graph, runner) for runner in runs[key]}
        operator = operators.pop() if len(operators) == 1 else ""
        operator = "kubeadm" if key == KUBE_PROXY else operator
        shut = frozenset(edges)
        yield RiskCause("pod", key, (), pods, shut, shut, shut, operator=operator)


def _operator_of(graph: AccessGraph, runner: PodSource) -> str:
    """Return the operator whose Pod runs; ``""`` for none."""
    account = SERVICE_ACCOUNT, runner.node[1], runner.spec.service_account
    operator = graph.world.part(Operators).of(account)
    return operator.name if operator else ""


def _of_tokens(graph: AccessGraph, leading: NDArray[np.bool_]) -> Iterator[RiskCause]:
    for edge in np.flatnonzero(leading & (graph.kind == _TOKEN_OF)).tolist():
        number = graph.source_of[edge]
        node = graph.nodes[number]
        if node[0] != SECRET:
            continue
        around = frozenset(graph.incoming.of(number)) | frozenset(graph.outgoing.of(number))
        _, namespace, name = named_node(node)
        key = "Secret", namespace, name
        account = (graph.target_of[edge],)
        yield RiskCause("token", key, (), account, frozenset({edge}), around, around)


def _of_masters(graph: AccessGraph, leading: NDArray[np.bool_]) -> Iterator[RiskCause]:
    """Yield the members of system:masters that the input names, and who logs in as it."""
    masters = graph.index.get(MASTERS)
    edges = () if masters is None else graph.incoming.of(masters)
    entering = [edge for edge in edges if leading[edge]]
    members = frozenset(edge for edge in entering if graph.kind_of[edge] == _MEMBER_OF)
    if masters is not None and members:
        maybe = members.union(graph.outgoing.of(masters))
        yield RiskCause("membership", MASTERS_KEY, (), (masters,), members, members, maybe)
    mapped = frozenset(edge for edge in entering if graph.kind_of[edge] == _MAPPED)
    if mapped:
        outside = tuple(dict.fromkeys(graph.source_of[edge] for edge in sorted(mapped)))
        given = graph.outgoing.of_all(np.array(outside))
        shut = frozenset(given[graph.kind[given] == _MAPPED].tolist())
        yield RiskCause("membership", _AWS_AUTH, (), outside, mapped, shut, shut)


def _of_authorizers(graph: AccessGraph, leading: NDArray[np.bool_]) -> Iterator[RiskCause]:
    """Yield the API server that authorizes everybody by AlwaysAllow."""
    by_server: dict[ObjectKey, list[int]] = defaultdict(list)
    for edge in np.flatnonzero(leading & (graph.kind == _ALWAYS_ALLOW)).tolist():
        (server,) = graph.explain(edge)[1]
        by_server[server.kind, server.namespace, server.name].append(edge)
    for key, edges in by_server.items():
        starts = [one for edge in edges for one in graph.incoming.of(graph.source_of[edge])]
        groups = tuple(dict.fromkeys(graph.source_of[edge] for edge in starts))
        shut = frozenset((*starts, *edges))
        yield RiskCause("authorizer", key, (), groups, frozenset(starts), shut, shut)
