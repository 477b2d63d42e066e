"""The Secrets that Pods have in variables: what the state of a container runtime shows of them.

Source: containerd/containerd ``core/runtime/v2/bundle.go`` (``NewBundle``: the specification of a
container lies in its folder of the state, with its variables), ``core/metadata/containers.go``
(``writeContainer``: and in ``meta.db`` of the root); opencontainers/runtime-spec ``config.md``.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.secrets.secret_uses import read_condition
from rbacgraph.facts.world import WorldPart
from rbacgraph.model.condition import Condition, both
from rbacgraph.model.kubernetes.pods import Delivery, SecretUse
from rbacgraph.model.node import SECRET, Node

_VARIABLES = frozenset({Delivery.ENV, Delivery.ENV_FROM})


class InVariables(NamedTuple):
    """A Secret that a container has in variables, while it runs."""

    secret: Node
    runner: PodSource
    use: SecretUse
    condition: Condition


class PodVariables(WorldPart):
    """Finds the Secrets that Pods have in variables, each with the weakest condition."""

    def on(self, node: str) -> Iterable[InVariables]:
        """Return what Pods that are bound to a node have."""
        return self._by_node.get(node, {}).values()

    def on_machines(self, *, windows: bool) -> Iterable[InVariables]:
        """Return what Pods have on any node of a system but those that give each Pod a machine."""
        return (self._on_windows if windows else self._on_linux).values()

    @cached_property
    def _on_linux(self) -> Mapping[Node, InVariables]:
        return self._but_on(self._world.running.windows_nodes)

    @cached_property
    def _on_windows(self) -> Mapping[Node, InVariables]:
        nodes = frozenset(node.metadata.name for node in self._world.snapshot.nodes)
        return self._but_on(nodes - self._world.running.windows_nodes)

    def _but_on(self, others: frozenset[str]) -> Mapping[Node, InVariables]:
        odd, found = self._world.running.virtual_nodes.keys() | others, dict[Node, InVariables]()
        for one in self._all():
            if one.runner.spec.node_name not in odd:
                _keep(found, one)
        return found

    @cached_property
    def _by_node(self) -> Mapping[str, Mapping[Node, InVariables]]:
        found: dict[str, dict[Node, InVariables]] = {}
        for one in self._all():
            if one.runner.spec.node_name:
                _keep(found.setdefault(one.runner.spec.node_name, {}), one)
        return found

    def _all(self) -> Iterator[InVariables]:
        secrets = self._world.secrets
        for runner, use, _ in self._world.uses:
            if use.by not in _VARIABLES or runner.running is None:
                continue
            key = runner.node[1], use.secret
            reads = read_condition(runner, secrets.get(key), use)
            if reads is not None:
                condition = both(reads, runner.running, runner.doubt)
                yield InVariables((SECRET, *key), runner, use, condition)


def _keep(found: dict[Node, InVariables], one: InVariables) -> None:
    known = found.get(one.secret)
    if known is None or one.condition < known.condition:
        found[one.secret] = one
