"""Pod Security levels: in which namespaces a Pod may have the node, or be as it is.

Sources: kubernetes ``staging/src/k8s.io/pod-security-admission/api/helpers.go``: without a
label the level is what the API server was told, privileged by default; a level that is none
counts as restricted. ``admission/admission.go`` there (``isSignificantPodUpdate``): a Pod whose
images change, or that gets an ephemeral container, is looked at as a whole, as a new one is.
"""

from collections.abc import Mapping
from functools import cached_property

from rbacgraph.model.core import Namespace
from rbacgraph.model.pods import PodSpec
from rbacgraph.model.snapshot import Snapshot

ENFORCE = "pod-security.kubernetes.io/enforce"
_VERSION = f"{ENFORCE}-version"
_LATEST = "latest"
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

    @cached_property
    def enforcing(self) -> frozenset[str]:
        """Namespaces with a level that is not privileged."""
        return frozenset(name for name in self._namespaces if self.level(name) != _PRIVILEGED)

    def lets_be(self, namespace: str, name: str, spec: PodSpec) -> str | None:
        """Condition under which a Pod is let in as it is; None where it is not."""
        if namespace not in self.enforcing:
            return ""
        if spec.violates is None:
            return f"Pod Security lets {name} of {namespace} be as it is"
        level = self.level(namespace)
        labels = self._namespaces[namespace].metadata.labels or {}
        if _refuses(level, spec.violates) and labels.get(_VERSION, _LATEST) == _LATEST:
            return None
        if _refuses(level, spec.violates) or _refuses(level, spec.may_violate):
            return f"Pod Security of the version in use lets {name} of {namespace} be as it is"
        return ""

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


def _refuses(level: str | None, violated: str) -> bool:
    """Whether a level that is enforced refuses what violates another one and all above."""
    return violated == _BASELINE or (bool(violated) and level != _BASELINE)
