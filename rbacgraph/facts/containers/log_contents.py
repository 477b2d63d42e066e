"""The Secrets and tokens that logs of containers may hold: what their Pods were given."""

from collections.abc import Container, Iterator, Mapping, Sequence
from functools import cached_property

from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.secrets.secret_uses import is_delivered, keys_condition
from rbacgraph.facts.tokens.mounted_tokens import admitted_tokens, audience_condition
from rbacgraph.facts.world import WorldPart
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes.pods import Pod, TokenUse
from rbacgraph.model.node import SECRET, SERVICE_ACCOUNT, Node

_ENDED = frozenset({"Succeeded", "Failed"})


def has_ended(runner: PodSource) -> bool:
    """Whether a Pod exists whose containers have ended for good."""
    return isinstance(runner.obj, Pod) and runner.obj.phase in _ENDED


class LogContents(WorldPart):
    """Finds what the logs of Pods may hold, each thing on the condition that it is printed.

    The log of a container stays readable while its Pod exists, whether it runs or has ended.
    """

    @cached_property
    def everything(self) -> Mapping[Node, Condition]:
        """All that some log may hold, with the first of the conditions of fewest doubts."""
        found: dict[Node, Condition] = {}
        settled: set[Node] = set()
        for runner in self._world.running.runners:
            for node, condition in self.of(runner, settled):
                if node not in found or len(condition.doubts) < len(found[node].doubts):
                    found[node] = condition
                if len(condition.doubts) == 1:
                    settled.add(node)
        return found

    def of(
        self, runner: PodSource, settled: Container[Node] = ()
    ) -> Iterator[tuple[Node, Condition]]:
        """Yield what the logs of a Pod may hold, but for what is settled."""
        spec, namespace = runner.spec, runner.node[1]
        exists = CERTAIN if has_ended(runner) else runner.running
        if exists is None:
            return
        if spec.secrets:
            secrets = self._world.secret_numbers.get(namespace, {})
            for use in spec.secrets:
                node = SECRET, namespace, use.secret
                if use.secret in secrets and node not in settled:
                    secret = self._world.secrets[namespace, use.secret]
                    if is_delivered(secret, use):
                        yield node, both(self._printed(runner, exists), keys_condition(secret, use))
        account = SERVICE_ACCOUNT, namespace, spec.service_account
        if account not in settled:
            there = self._world.identities.service_accounts.get(account[1:])
            accepted = None if there is None else _accepted(admitted_tokens(self._world, runner))
            if there is not None and accepted is not None:
                yield account, both(self._printed(runner, exists), accepted, there)

    def called(self, scope: str, name: str) -> Sequence[PodSource]:
        """Return the Pods of a name in a namespace, or in all for no scope."""
        found = self._by_name.get(name, ())
        return [one for one in found if scope in {"", one.node[1]}]

    def on(self, node: str) -> Sequence[PodSource]:
        """Return the Pods that are bound to a node."""
        return self._by_node.get(node, ())

    @cached_property
    def _by_name(self) -> Mapping[str, list[PodSource]]:
        return _grouped((one.name, one) for one in self._world.running.pods)

    @cached_property
    def _by_node(self) -> Mapping[str, list[PodSource]]:
        return _grouped((one.spec.node_name, one) for one in self._world.running.runners)

    def _printed(self, runner: PodSource, exists: Condition) -> Condition:
        _, namespace, name = runner.node
        return both(If.CONTAINER_PRINTS_IT(runner.kind, namespace, name), exists, runner.doubt)


def _grouped(pairs: Iterator[tuple[str, PodSource]]) -> Mapping[str, list[PodSource]]:
    found: dict[str, list[PodSource]] = {}
    for key, runner in pairs:
        found.setdefault(key, []).append(runner)
    return found


def _accepted(tokens: Sequence[TokenUse]) -> Condition | None:
    """Return the condition on which the API server accepts one of some tokens; or None."""
    conditions = [audience_condition(use.audience) for use in tokens]
    if CERTAIN in conditions:
        return CERTAIN
    return next((one for one in conditions if one is not None), None)
