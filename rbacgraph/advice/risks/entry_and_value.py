"""Says who can start at a principal, and what a Secret is worth."""

from collections.abc import Mapping
from functools import cached_property

from rbacgraph.facts.world import Facts
from rbacgraph.model.answers.risk_text import RiskCode
from rbacgraph.model.answers.risks import RISK_ENTRIES, RiskEntry, RiskFactor, RiskValue
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.core import token_account
from rbacgraph.model.node import (
    ANONYMOUS,
    AUTHENTICATED,
    EVERY_SERVICE_ACCOUNT,
    GROUP,
    POD,
    SERVICE_ACCOUNT,
    UNAUTHENTICATED,
    GraphNode,
    format_node,
)

_HIGH = frozenset({"bootstrap.kubernetes.io/token"})


class EntriesAndValues:
    """Looks up entries and values in a cluster.

    Parameters
    ----------
    world:
        The cluster.
    """

    def __init__(self, world: Facts) -> None:
        self._world = world

    def entry_of(self, node: GraphNode) -> RiskFactor:
        """Return the easiest way in which somebody can start at a principal or Pod."""
        level, code, evidence = self._entry(node)
        text = code(format_node(node))
        return RiskFactor(factor="entry", level=level, text=text, evidence=evidence)

    def _entry(self, node: GraphNode) -> tuple[RiskEntry, RiskCode, tuple[Evidence, ...]]:
        if node in {ANONYMOUS, UNAUTHENTICATED}:
            return "anyone", RiskCode.ANYBODY_STARTS, ()
        if node in {AUTHENTICATED, EVERY_SERVICE_ACCOUNT}:
            return "every-identity", RiskCode.EVERYBODY_STARTS, ()
        kind, namespace, name = node
        if kind == POD:
            return "inside", RiskCode.WORKLOAD_STARTS, ()
        if kind == GROUP and str(name).startswith(f"{EVERY_SERVICE_ACCOUNT[2]}:"):
            return "inside", RiskCode.ACCOUNTS_START, ()
        if kind != SERVICE_ACCOUNT:
            return "person", RiskCode.PERSON_STARTS, ()
        key = namespace, str(name)
        if key in self._tokens:
            return "credential", RiskCode.TOKEN_STARTS, (self._tokens[key],)
        if key in self._running:
            return "inside", RiskCode.WORKLOAD_STARTS, (self._running[key],)
        return "unused", RiskCode.UNUSED_STARTS, ()

    @cached_property
    def _tokens(self) -> Mapping[tuple[str, str], Evidence]:
        """A lasting token of each ServiceAccount."""
        found: dict[tuple[str, str], Evidence] = {}
        for secret in self._world.token_secrets.values():
            key = secret.metadata.namespace, token_account(secret)
            found.setdefault(key, self._world.rbac.evidence(secret, "Secret", ""))
        return found

    @cached_property
    def _running(self) -> Mapping[tuple[str, str], Evidence]:
        """A Pod or workload that runs as each ServiceAccount."""
        found: dict[tuple[str, str], Evidence] = {}
        for runner in self._world.running.runners:
            key = runner.node[1], runner.spec.service_account
            if key not in found:
                found[key] = self._world.rbac.evidence(runner.obj, runner.kind, "")
        return found

    def value_of(self, node: GraphNode) -> RiskValue:
        """Return what a Secret is worth."""
        secret = self._world.secrets.get((node[1], str(node[2])))
        if secret is not None and secret.type in _HIGH:
            return "high"
        return "medium"


def easiest(factors: "list[RiskFactor]") -> RiskFactor:
    """Return the easiest of some entries."""
    order = {level: place for place, level in enumerate(RISK_ENTRIES)}
    return min(factors, key=lambda one: order[one.level])  # type: ignore[index]
