"""Recognises operators and controllers by their names and labels, or by what they write.

They read and write Secrets through the API that none of their Pods names, so their Pods do not show
what they need.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from rbacgraph.advice.changes.changeable_grants import ChangeableGrants
from rbacgraph.facts.operators.known_names import known_by_name
from rbacgraph.facts.operators.marks import shown_by_images
from rbacgraph.model.changes.change import ObjectKey, key_of
from rbacgraph.model.changes.statement import NOTHING, Say, Statement
from rbacgraph.model.kubernetes.pods import Pod, Workload, labels_of_pack
from rbacgraph.model.kubernetes.rbac import AnyRole, ClusterRole, PolicyRule
from rbacgraph.model.node import SERVICE_ACCOUNT, Node

_CONTROLLER, _A_DRIVER = "a controller", "a CSI driver"
_DRIVER = "csi"
"""The part of a name, between dashes, that marks drivers of the Container Storage Interface."""

_KEYS = ("app.kubernetes.io/name", "app.kubernetes.io/part-of", "app", "k8s-app")
_CHART = "helm.sh/chart"
_VERSION = re.compile(r"-v?\d.*")
_OLM = ("olm.owner", "an operator that OLM installed")
_ROLES = {
    "control-plane": "",
    "app.kubernetes.io/component": "operator controller controller-manager",
}
"""Labels by which Pods show that they are controllers: with any value, or one of these."""

_AGGREGATE = "rbac.authorization.k8s.io/aggregate-to-"
_WRITES = frozenset({"update", "patch"})
_PARTS = ("/status", "/finalizers")
"""Parts of objects that only their controller writes."""


class OperatorSign(NamedTuple):
    """The name of an operator, and the sign by which it is known."""

    name: str = ""
    sign: Statement = NOTHING


class OperatorSigns:
    """Finds the ServiceAccounts of operators and controllers, by the slightest sign.

    ``grants``: the grants of the cluster. Signs are labels of Pods, of templates, and of bindings
        that charts ship, and images; names count only for ServiceAccounts.
    """

    def __init__(self, grants: ChangeableGrants) -> None:
        self._grants = grants
        self._found: dict[Node, OperatorSign | None] = {}

    def of(self, node: Node) -> OperatorSign | None:
        """Return the operator of a ServiceAccount; None if nothing shows one.

        Labels and names come before what its roles let it write.
        """
        if node not in self._found:
            self._found[node] = next(self._signs(node), None)
        return self._found[node]

    def _signs(self, node: Node) -> Iterator[OperatorSign]:
        if node[0] != SERVICE_ACCOUNT:
            return
        runners = self._runners.get(node, ())
        for runner in runners:
            yield from _named(labels_of_pack(runner.labels), _runner(runner))
        bindings = [self._grants.bindings[g.binding] for g in self._grants.by_node.get(node, ())]
        for binding in bindings:
            labels = binding.metadata.labels or {}
            yield from _named(labels, key_of(binding))
        if known := _known(node[2]):
            yield OperatorSign(known, Say.BY_ITS_NAME())
        yield from _by_images(runners)
        for binding in bindings:
            key, what = _OLM
            if key in (binding.metadata.labels or {}):
                yield OperatorSign(what, Say.BY_A_LABEL(key, key_of(binding)))
        for runner in runners:
            yield from _controlling(labels_of_pack(runner.labels), _runner(runner))
        for grant in self._grants.by_node.get(node, ()):
            part = _written(self._grants.rules[grant.role])
            if part and not _is_for_people(self._grants.roles[grant.role]):
                yield OperatorSign(_CONTROLLER, Say.BY_WHAT_IT_WRITES(grant.role, part))

    @cached_property
    def _runners(self) -> Mapping[Node, list[Pod | Workload]]:
        """Workloads and Pods of each ServiceAccount, the first of each set of labels and images."""
        found: dict[Node, dict[object, Pod | Workload]] = defaultdict(dict)
        snapshot = self._grants.authorizer.snapshot
        runners: tuple[Pod | Workload, ...] = (*snapshot.workloads, *snapshot.pods)
        for one in runners:
            node = (SERVICE_ACCOUNT, one.metadata.namespace, one.spec.service_account)
            found[node].setdefault((one.labels, one.spec.images), one)
        return {node: list(own.values()) for node, own in found.items()}


def _known(name: str) -> str:
    """Return the project whose charts give a name; ``""`` for none."""
    return known_by_name(name) or (_A_DRIVER if _DRIVER in name.split("-") else "")


def _named(labels: Mapping[str, object], of: ObjectKey) -> Iterator[OperatorSign]:
    for key in (*_KEYS, _CHART):
        value = labels.get(key)
        if isinstance(value, str):
            known = _known(_VERSION.sub("", value, count=1) if key == _CHART else value)
            if known:
                yield OperatorSign(known, Say.BY_A_LABEL(f"{key}={value}", of))


def _by_images(runners: Iterable[Pod | Workload]) -> Iterator[OperatorSign]:
    for runner in runners:
        for image in runner.spec.images:
            for operator in shown_by_images((image,)):
                yield OperatorSign(operator.name, Say.BY_AN_IMAGE(image, _runner(runner)))


def _controlling(labels: Mapping[str, object], of: ObjectKey) -> Iterator[OperatorSign]:
    for key, values in _ROLES.items():
        value = labels.get(key)
        if isinstance(value, str) and (not values or value in values.split()):
            yield OperatorSign(_CONTROLLER, Say.BY_A_LABEL(f"{key}={value}", of))


def _is_for_people(role: AnyRole) -> bool:
    """Whether a role is one that charts create for admins and editors, or add to them."""
    aggregated = isinstance(role, ClusterRole) and role.aggregation_rule is not None
    return aggregated or any(key.startswith(_AGGREGATE) for key in role.metadata.labels or {})


def _written(rules: Iterable[PolicyRule]) -> str:
    """Return the first status or finalizers that rules let a principal write; ``""`` for none."""
    for rule in rules:
        if _WRITES.intersection(rule.verbs or ()):
            for resource in rule.resources or ():
                if resource.endswith(_PARTS) and not resource.startswith("*"):
                    groups = [group for group in rule.api_groups or () if group]
                    return f"{resource}.{groups[0]}" if groups else resource
    return ""


def _runner(runner: Pod | Workload) -> ObjectKey:
    kind = runner.kind if isinstance(runner, Workload) else "Pod"
    return kind, runner.metadata.namespace, runner.metadata.name
