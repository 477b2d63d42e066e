"""Pod Security levels: in which namespaces a Pod may have the node.

Source: kubernetes ``staging/src/k8s.io/pod-security-admission/api/helpers.go``: without a
label the level is what the API server was told, privileged by default; a level that is none
counts as restricted.
"""

from collections.abc import Mapping
from functools import cached_property

from rbacgraph.model.core import Namespace
from rbacgraph.model.snapshot import Snapshot

ENFORCE = "pod-security.kubernetes.io/enforce"
_PRIVILEGED = "privileged"
_BASELINE = "baseline"
_AS_ANOTHER = "groups of choice get a user other than root at a runtime's socket or the disk"
_SYSTEM = "kube-system"  # every cluster has it


class PodSecurity:
    """Where privileged Pods are let in, found when first asked for.

    Parameters
    ----------
    snapshot:
        The cluster.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    @cached_property
    def _namespaces(self) -> Mapping[str, Namespace]:
        return {namespace.metadata.name: namespace for namespace in self._snapshot.namespaces}

    def level(self, namespace: str) -> str | None:
        """Return what a namespace's label says; ``privileged`` for none.

        None where the input lacks the Namespace.
        """
        found = self._namespaces.get(namespace)
        if found is None:
            return None
        return (found.metadata.labels or {}).get(ENFORCE, _PRIVILEGED)

    def condition(self, namespace: str) -> str | None:
        """Condition under which a namespace lets privileged Pods in; None where it does not."""
        level = self.level(namespace)
        if level == _PRIVILEGED:
            return ""
        held = namespace in self._snapshot.held_namespaces
        if level is not None or (self._snapshot.is_listed("Namespace") and not held):
            return None
        return f"namespace {namespace} enforces no Pod Security level"

    def root(self, namespace: str) -> str:
        """Condition under which a Pod that is let in gets at all of a path of the node."""
        return "" if self.level(namespace) in {_PRIVILEGED, _BASELINE} else _AS_ANOTHER

    @cached_property
    def root_anywhere(self) -> str:
        """The least such condition of some namespace."""
        return min(map(self.root, (*self._snapshot.held_namespaces, _SYSTEM)))

    @cached_property
    def anywhere(self) -> str | None:
        """The least condition under which some namespace lets privileged Pods in."""
        names = {*self._snapshot.held_namespaces, _SYSTEM}
        conditions = [
            found for name in sorted(names) if (found := self.condition(name)) is not None
        ]
        return min(conditions, default=None)
