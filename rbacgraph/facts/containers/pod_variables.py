"""The Secrets that Pods have in variables: what the state of a container runtime shows of them.

Source: containerd/containerd ``core/runtime/v2/bundle.go`` (``NewBundle``: the specification of a
container lies in its folder of the state, with its variables), ``core/metadata/containers.go``
(``writeContainer``: and in ``meta.db`` of the root); opencontainers/runtime-spec ``config.md``.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.containers.log_contents import has_ended
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.secrets.secret_uses import is_delivered, keys_condition, read_condition
from rbacgraph.facts.world import Facts, WorldPart
from rbacgraph.model.condition import CERTAIN, Condition, both
from rbacgraph.model.kubernetes.pods import Delivery, SecretUse
from rbacgraph.model.node import SECRET, Node

_VARIABLES = frozenset({Delivery.ENV, Delivery.ENV_FROM})


class InVariables(NamedTuple):
    """A Secret that a container has, or had, in variables."""

    secret: Node
    runner: PodSource
    use: SecretUse
    condition: Condition


class PodVariables(WorldPart):
    """Finds the Secrets that Pods have in variables, each with the weakest condition.

    While a Pod exists, a runtime keeps records of its containers that have ended too.
    """

    def __init__(self, world: Facts) -> None:
        super().__init__(world)
        self._by_node: dict[bool, Mapping[str, Mapping[Node, InVariables]]] = {}
        self._anywhere: dict[tuple[bool, bool], Mapping[Node, InVariables]] = {}

    def on(self, node: str, *, ended: bool) -> Iterable[InVariables]:
        """Return what Pods that are bound to a node have, or had in containers that ended."""
        if ended not in self._by_node:
            found: dict[str, dict[Node, InVariables]] = {}
            for one in self._all(ended=ended):
                if one.runner.spec.node_name:
                    _keep(found.setdefault(one.runner.spec.node_name, {}), one)
            self._by_node[ended] = found
        return self._by_node[ended].get(node, {}).values()

    def on_machines(self, *, windows: bool, ended: bool) -> Iterable[InVariables]:
        """Return the same of any node of a system but those that give each Pod a machine."""
        if (windows, ended) not in self._anywhere:
            running, found = self._world.running, dict[Node, InVariables]()
            nodes = frozenset(node.metadata.name for node in self._world.snapshot.nodes)
            others = nodes - running.windows_nodes if windows else running.windows_nodes
            odd = running.virtual_nodes.keys() | others
            for one in self._all(ended=ended):
                if one.runner.spec.node_name not in odd:
                    _keep(found, one)
            self._anywhere[windows, ended] = found
        return self._anywhere[windows, ended].values()

    def _all(self, *, ended: bool) -> Iterator[InVariables]:
        for runner, use, _ in self._world.uses:
            if use.by in _VARIABLES:
                key = runner.node[1], use.secret
                condition = self._has(runner, key, use, ended=ended)
                if condition is not None:
                    yield InVariables((SECRET, *key), runner, use, both(condition, runner.doubt))

    def _has(self, runner: PodSource, key: Key, use: SecretUse, *, ended: bool) -> Condition | None:
        """Return the condition on which the runtime shows a variable of a container."""
        secret = self._world.secrets.get(key)
        over = use.starting or has_ended(runner)
        if ended and over and runner.on_node is not None and is_delivered(secret, use):
            return both(keys_condition(secret, use), runner.on_node)
        reads = None if runner.running is None else read_condition(runner, secret, use)
        return None if reads is None else both(reads, runner.running or CERTAIN)


def _keep(found: dict[Node, InVariables], one: InVariables) -> None:
    known = found.get(one.secret)
    if known is None or one.condition < known.condition:
        found[one.secret] = one
