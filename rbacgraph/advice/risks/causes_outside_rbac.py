"""Finds the causes that no change of RBAC closes: settings of Pods, and lasting tokens."""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from rbacgraph.advice.risks.cause import RiskCause
from rbacgraph.facts.operators.kubeadm import KUBE_PROXY
from rbacgraph.facts.operators.operators import Operators
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.pods.workload_owners import WorkloadOwners
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.changes.change import ObjectKey
from rbacgraph.model.kubernetes.pods import Workload
from rbacgraph.model.node import POD, SECRET, SERVICE_ACCOUNT, named_node
from rbacgraph.techniques.catalogue import KINDS

_TOKEN_OF = KINDS["token-of"]
OF_POD_SETTINGS = tuple(KINDS[one] for one in ("escape-to-node", "host-files"))
"""The kinds of edges that end with the host access of a Pod."""


def causes_outside_rbac(graph: AccessGraph, leading: NDArray[np.bool_]) -> Iterator[RiskCause]:
    """Yield the causes that are no RBAC.

    Parameters
    ----------
    graph:
        The graph.
    leading:
        For each edge, whether it is on a way to a Secret or to full control.
    """
    yield from _of_pods(graph, leading)
    yield from _of_tokens(graph, leading)


def _of_pods(graph: AccessGraph, leading: NDArray[np.bool_]) -> Iterator[RiskCause]:
    world = graph.world
    runners = {one.number: one for one in world.running.runners}
    owners = WorkloadOwners(world.snapshot.workloads)
    by_workload: dict[ObjectKey, list[int]] = defaultdict(list)
    runs: dict[ObjectKey, list[PodSource]] = defaultdict(list)
    for edge in np.flatnonzero(leading & np.isin(graph.kind, OF_POD_SETTINGS)).tolist():
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
