"""Pod Security: in which namespaces a Pod may have the node, by their level and the platform.

Source: kubernetes ``staging/src/k8s.io/pod-security-admission/api/helpers.go``: without a
label the level is what the API server was told, privileged by default; a level that is none
counts as restricted.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from rbacgraph.facts.admission.pod_policies import Policies
from rbacgraph.facts.admission.security_context_constraints import Constraints
from rbacgraph.facts.pods.pod_security_levels import BASELINE, ENFORCE, PRIVILEGED, Levels
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.pods import PodSpec

_AUTOPILOT = "gk3-"  # begins the names of its nodes
_SYSTEM = "kube-system"  # every cluster has it


class PodSecurity:
    """Where privileged Pods are let in, found when first asked for.

    Parameters
    ----------
    snapshot:
        The cluster.
    levels:
        Labels of its namespaces.
    constraints:
        What OpenShift demands beside the level.
    nodes:
        Names of the nodes.
    creating, making:
        Namespaces in which anything, and in which Pods are created under a condition alone, each
        with that.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        levels: Levels,
        constraints: Constraints,
        nodes: Iterable[str],
        *,
        creating: Mapping[str, Condition],
        making: Mapping[str, Condition],
    ) -> None:
        self._snapshot = snapshot
        self._creating, self._making = creating, making
        self._constraints = constraints
        self._levels = levels
        self._policies = Policies(snapshot, self._levels)
        plugins = {one for _, flags in snapshot.api_servers for one in flags.refusing}
        refusing = If.PLUGINS_ALLOW(*sorted(plugins)) if plugins else CERTAIN
        on_autopilot = any(map(_is_on_autopilot, nodes))
        allowlisted = If.AUTOPILOT_ALLOWS() if on_autopilot else CERTAIN
        self.allowed = both(allowlisted, refusing)
        """Condition under which privileged Pods are let in, whatever labels a namespace has."""

    def level(self, namespace: str) -> str | None:
        """Return what a namespace's label says; ``privileged`` for none.

        None where the input lacks the Namespace.
        """
        if namespace not in self._levels.namespaces:
            return None
        if self._levels.disabled or self._constraints.left_out(namespace):
            return PRIVILEGED
        return self.labels(namespace).get(ENFORCE, PRIVILEGED)

    def labels(self, namespace: str) -> Mapping[str, str]:
        """Return the labels of a namespace, as far as the input holds it."""
        return self._levels.labels(namespace)

    @property
    def enforcing(self) -> frozenset[str]:
        """Namespaces with a level that is not privileged."""
        return self._levels.enforcing

    def lets_be(self, namespace: str, name: str, spec: PodSpec) -> Condition | None:
        """Condition under which a Pod is let in as it is; None where it is not."""
        if self._constraints.left_out(namespace):
            return CERTAIN
        return self._levels.lets_be(namespace, name, spec)

    def condition(self, namespace: str) -> Condition | None:
        """Condition under which a namespace lets new privileged Pods in; None where it does not."""
        return _all(self.by_level(namespace), self._constraints.condition(namespace))

    def of_pod(self, namespace: str, account: str) -> Condition | None:
        """The same of a container added to a Pod that there is, which runs as a ServiceAccount."""
        return _all(
            self.by_level(namespace, added=True), self._constraints.of_account(namespace, account)
        )

    def by_level(self, namespace: str, *, added: bool = False) -> Condition | None:
        """Condition under which a namespace's level does, and policies; None where it does not.

        Where ``added``, of a container that is added to a Pod that runs.
        """
        level, policies = self.level(namespace), self._policies.condition(namespace, added=added)
        created = CERTAIN if added else self._creating.get(namespace, CERTAIN)
        if level == PRIVILEGED:
            return both(self._by_default(namespace), self.allowed, policies, created)
        held = namespace in self._snapshot.held_namespaces
        if level is not None or (self._snapshot.is_listed("Namespace") and not held):
            return None
        unknown = If.NO_LEVEL_IS_ENFORCED(namespace)
        return both(unknown, self.allowed, policies, created)

    def relabelled(self, namespace: str, *, added: bool = False) -> Condition:
        """The same once the namespace has the labels of one's choice; ``""`` for a new one."""
        policies = self._policies.condition(namespace, added=added, relabelled=True)
        created = CERTAIN if added else self._creating.get(namespace, CERTAIN)
        return both(self.allowed, policies, created)

    @cached_property
    def relabelled_anywhere(self) -> Condition:
        """The least such condition of a new Pod in some namespace."""
        return min(both(self.relabelled(one), self._made(one)) for one in self._somewhere)

    def _by_default(self, namespace: str) -> Condition:
        """Condition under which a namespace without a label enforces nothing."""
        if not self._configs or ENFORCE in self.labels(namespace):
            return CERTAIN
        if self._levels.disabled or self._constraints.left_out(namespace):
            return CERTAIN
        return If.CONFIGURATION_SETS_NO_LEVEL(*self._configs)

    @cached_property
    def _configs(self) -> Sequence[str]:
        """Files of API servers that may say what holds where no label does."""
        found = {flags.admission for _, flags in self._snapshot.api_servers}
        return sorted(found - {""})

    def root(self, namespace: str, account: str | None = None) -> Condition:
        """Condition under which a Pod that is let in gets at all of a path of the node.

        That runs as a ServiceAccount, or as any that does.
        """
        lax = self.level(namespace) in {PRIVILEGED, BASELINE}
        by_level = self._by_default(namespace) if lax else If.GROUPS_GET_USER()
        if account is None:
            constraints = self._constraints.condition(namespace)
        else:
            constraints = self._constraints.of_account(namespace, account)
        if constraints is None:  # other users than root may get at some of it
            constraints = self._constraints.otherwise(namespace)
        return both(by_level, self.allowed, constraints)

    @cached_property
    def root_anywhere(self) -> Condition:
        """The least such condition of a new Pod in some namespace."""
        return min(both(self.root(one), self._made(one)) for one in self._somewhere)

    @cached_property
    def easiest(self) -> str:
        """The namespace that lets new privileged Pods in under the least condition."""

        def rank(namespace: str) -> tuple[bool, Condition]:
            condition = self._new(namespace)
            return condition is None, condition or CERTAIN

        return min(self._somewhere, key=rank)

    @property
    def anywhere(self) -> Condition | None:
        """The condition under which that one does."""
        return self._new(self.easiest)

    @cached_property
    def anywhere_by_level(self) -> Condition | None:
        """The least condition under which the level of some namespace does."""
        conditions = (_all(self.by_level(one), self._made(one)) for one in self._somewhere)
        return min((found for found in conditions if found is not None), default=None)

    def _new(self, namespace: str) -> Condition | None:
        """Condition under which a namespace lets a new privileged Pod in; None for never."""
        return _all(self.condition(namespace), self._made(namespace))

    def _made(self, namespace: str) -> Condition:
        """Condition under which a Pod is created there at all."""
        return self._making.get(namespace, CERTAIN)

    @cached_property
    def _somewhere(self) -> tuple[str, ...]:
        held = self._snapshot.held_namespaces
        there = held if held and self._snapshot.is_listed("Namespace") else {*held, _SYSTEM}
        return tuple(sorted(there))


def _all(*conditions: Condition | None) -> Condition | None:
    """Join conditions, of which None says never."""
    found = [condition for condition in conditions if condition is not None]
    return both(*found) if len(found) == len(conditions) else None


def _is_on_autopilot(node: str) -> bool:
    return node.startswith(_AUTOPILOT)
