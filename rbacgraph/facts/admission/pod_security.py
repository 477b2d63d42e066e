"""Pod Security: in which namespaces a Pod may have the node, by their level and the platform.

Source: kubernetes ``staging/src/k8s.io/pod-security-admission/api/helpers.go``: without a
label the level is what the API server was told, privileged by default; a level that is none
counts as restricted.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from rbacgraph.authz.versions.namespace_versions import (
    namespaces_of_versions,
    whichever_holds,
    with_each_version,
)
from rbacgraph.facts.admission.pod_policies import Policies
from rbacgraph.facts.admission.security_context_constraints import Constraints
from rbacgraph.facts.condition import both
from rbacgraph.facts.pods.pod_security_levels import BASELINE, ENFORCE, PRIVILEGED, Levels
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.pods import PodSpec

_AS_ANOTHER = "groups of choice get a user other than root at a runtime's socket or the disk"
_AUTOPILOT = "gk3-"  # begins the names of its nodes
_ALLOWLISTED = "GKE Autopilot lets it, by an allowlist"
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
        creating: Mapping[str, str],
        making: Mapping[str, str],
    ) -> None:
        self._snapshot = snapshot
        self._creating, self._making = creating, making
        self._constraints = constraints
        self._levels = levels
        self._policies = Policies(snapshot, self._levels)
        plugins = {one for _, flags in snapshot.api_servers for one in flags.refusing}
        refusing = f"{' and '.join(sorted(plugins))} of the API server lets it" if plugins else ""
        allowlisted = _ALLOWLISTED if any(map(_is_on_autopilot, nodes)) else ""
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

    def lets_be(self, namespace: str, name: str, spec: PodSpec) -> str | None:
        """Condition under which a Pod is let in as it is; None where it is not."""
        if self._constraints.left_out(namespace):
            return ""
        return self._levels.lets_be(namespace, name, spec)

    def condition(self, namespace: str) -> str | None:
        """Condition under which a namespace lets new privileged Pods in; None where it does not."""
        return _all(self.by_level(namespace), self._constraints.condition(namespace))

    def of_pod(self, namespace: str, account: str) -> str | None:
        """The same of a container added to a Pod that there is, which runs as a ServiceAccount."""
        return _all(
            self.by_level(namespace, added=True), self._constraints.of_account(namespace, account)
        )

    def by_level(self, namespace: str, *, added: bool = False) -> str | None:
        """Condition under which a namespace's level does, and policies; None where it does not.

        Where ``added``, of a container that is added to a Pod that runs.
        """
        if namespace in self._versions:
            each = [one.by_level(namespace, added=added) for one in self._versions[namespace]]
            found = whichever_holds(self._snapshot, namespace, each)
            return None if found is None else both(*found)
        level, policies = self.level(namespace), self._policies.condition(namespace, added=added)
        created = "" if added else self._creating.get(namespace, "")
        if level == PRIVILEGED:
            return both(self._by_default(namespace), self.allowed, policies, created)
        held = namespace in self._snapshot.held_namespaces
        if level is not None or (self._snapshot.is_listed("Namespace") and not held):
            return None
        unknown = f"namespace {namespace} enforces no Pod Security level"
        return both(unknown, self.allowed, policies, created)

    @cached_property
    def _versions(self) -> Mapping[str, Sequence["PodSecurity"]]:
        """For each namespace of several versions, the same if the server holds one of them."""
        return {
            name: [self._of(one) for one in with_each_version(self._snapshot, name)]
            for name in namespaces_of_versions(self._snapshot)
        }

    def _of(self, snapshot: Snapshot) -> "PodSecurity":
        nodes = [_AUTOPILOT] if _ALLOWLISTED in self.allowed else []
        return PodSecurity(
            snapshot,
            Levels(snapshot),
            self._constraints,
            nodes,
            creating=self._creating,
            making=self._making,
        )

    def relabelled(self, namespace: str, *, added: bool = False) -> str:
        """The same once the namespace has the labels of one's choice; ``""`` for a new one."""
        policies = self._policies.condition(namespace, added=added, relabelled=True)
        created = "" if added else self._creating.get(namespace, "")
        return both(self.allowed, policies, created)

    @cached_property
    def relabelled_anywhere(self) -> str:
        """The least such condition of a new Pod in some namespace."""
        return min(both(self.relabelled(one), self._made(one)) for one in self._somewhere)

    def _by_default(self, namespace: str) -> str:
        """Condition under which a namespace without a label enforces nothing."""
        if not self._configs or ENFORCE in self.labels(namespace):
            return ""
        if self._levels.disabled or self._constraints.left_out(namespace):
            return ""
        return f"{' and '.join(self._configs)} of the API server sets no Pod Security level"

    @cached_property
    def _configs(self) -> Sequence[str]:
        """Files of API servers that may say what holds where no label does."""
        found = {flags.admission for _, flags in self._snapshot.api_servers}
        return sorted(found - {""})

    def root(self, namespace: str, account: str | None = None) -> str:
        """Condition under which a Pod that is let in gets at all of a path of the node.

        That runs as a ServiceAccount, or as any that does.
        """
        if namespace in self._versions:
            each = [one.root(namespace, account) for one in self._versions[namespace]]
            return both(*(whichever_holds(self._snapshot, namespace, each) or ()))
        lax = self.level(namespace) in {PRIVILEGED, BASELINE}
        by_level = self._by_default(namespace) if lax else _AS_ANOTHER
        if account is None:
            constraints = self._constraints.condition(namespace)
        else:
            constraints = self._constraints.of_account(namespace, account)
        if constraints is None:  # other users than root may get at some of it
            constraints = self._constraints.otherwise(namespace)
        return both(by_level, self.allowed, constraints)

    @cached_property
    def root_anywhere(self) -> str:
        """The least such condition of a new Pod in some namespace."""
        return min(both(self.root(one), self._made(one)) for one in self._somewhere)

    @cached_property
    def easiest(self) -> str:
        """The namespace that lets new privileged Pods in under the least condition."""

        def rank(namespace: str) -> tuple[bool, str]:
            condition = self._new(namespace)
            return condition is None, condition or ""

        return min(self._somewhere, key=rank)

    @property
    def anywhere(self) -> str | None:
        """The condition under which that one does."""
        return self._new(self.easiest)

    @cached_property
    def anywhere_by_level(self) -> str | None:
        """The least condition under which the level of some namespace does."""
        conditions = (_all(self.by_level(one), self._made(one)) for one in self._somewhere)
        return min((found for found in conditions if found is not None), default=None)

    def _new(self, namespace: str) -> str | None:
        """Condition under which a namespace lets a new privileged Pod in; None for never."""
        return _all(self.condition(namespace), self._made(namespace))

    def _made(self, namespace: str) -> str:
        """Condition under which a Pod is created there at all."""
        return self._making.get(namespace, "")

    @cached_property
    def _somewhere(self) -> tuple[str, ...]:
        held = self._snapshot.held_namespaces
        there = held if held and self._snapshot.is_listed("Namespace") else {*held, _SYSTEM}
        return tuple(sorted(there))


def _all(*conditions: str | None) -> str | None:
    """Join conditions, of which None says never."""
    found = [condition for condition in conditions if condition is not None]
    return both(*found) if len(found) == len(conditions) else None


def _is_on_autopilot(node: str) -> bool:
    return node.startswith(_AUTOPILOT)
