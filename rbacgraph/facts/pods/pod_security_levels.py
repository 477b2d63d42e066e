"""Pod Security levels as namespaces' labels tell them, and which Pods they let be.

Source: kubernetes ``staging/src/k8s.io/pod-security-admission/admission/admission.go``
(``isSignificantPodUpdate``): a Pod whose images change, or that gets an ephemeral container, is
looked at as a whole, as a new one is.
"""

from collections.abc import Mapping
from functools import cached_property

from rbacgraph.model.condition import CERTAIN, Condition, If
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.core import Namespace
from rbacgraph.model.kubernetes.pods import PodSpec

ENFORCE = "pod-security.kubernetes.io/enforce"
PRIVILEGED, BASELINE = "privileged", "baseline"
_PLUGIN = "PodSecurity"
_VERSION = f"{ENFORCE}-version"
_LATEST = "latest"


class Levels:
    """The levels that namespaces enforce.

    Parameters
    ----------
    snapshot:
        The cluster.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    @cached_property
    def namespaces(self) -> Mapping[str, Namespace]:
        """The namespaces that the input holds, by name."""
        return {namespace.metadata.name: namespace for namespace in self._snapshot.namespaces}

    def labels(self, namespace: str) -> Mapping[str, str]:
        """Return the labels of a namespace, as far as the input holds it."""
        found = self.namespaces.get(namespace)
        return (found.metadata.labels if found else None) or {}

    @cached_property
    def disabled(self) -> bool:
        """Whether no API server that is seen looks at levels."""
        servers = [flags for _, flags in self._snapshot.api_servers]
        return bool(servers) and all(_PLUGIN in flags.disabled for flags in servers)

    @cached_property
    def enforcing(self) -> frozenset[str]:
        """Namespaces with a level that is not privileged."""
        if self.disabled:
            return frozenset()
        return frozenset(
            name
            for name in self.namespaces
            if self.labels(name).get(ENFORCE, PRIVILEGED) != PRIVILEGED
        )

    def lets_be(self, namespace: str, name: str, spec: PodSpec) -> Condition | None:
        """Condition under which a Pod is let in as it is; None where it is not."""
        if namespace not in self.enforcing:
            return CERTAIN
        if spec.violates is None:
            return If.LEVEL_ALLOWS_POD(namespace, name)
        labels = self.labels(namespace)
        refused = _refuses(labels[ENFORCE], spec.violates)
        if refused and labels.get(_VERSION, _LATEST) == _LATEST:
            return None
        if refused or _refuses(labels[ENFORCE], spec.may_violate):
            return If.LEVELS_VERSION_ALLOWS_POD(namespace, name)
        return CERTAIN


def _refuses(level: str, violated: str) -> bool:
    """Whether a level that is enforced refuses what violates another one and all above."""
    return violated == BASELINE or (bool(violated) and level != BASELINE)
