"""Reads Pod Security levels from namespaces' labels, and which Pods they admit.

Source: kubernetes ``staging/src/k8s.io/pod-security-admission/admission/admission.go``
(``isSignificantPodUpdate``): a Pod whose images change, or that gets an ephemeral container, is
checked as a whole, like a new one.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property

from rbacgraph.authz.versions.object_versions import (
    namespaces_of_versions,
    whichever_holds,
    with_each_version,
)
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.core import Namespace
from rbacgraph.model.kubernetes.pods import PodSpec

ENFORCE = "pod-security.kubernetes.io/enforce"
PRIVILEGED, BASELINE = "privileged", "baseline"
_PLUGIN = "PodSecurity"
_VERSION = f"{ENFORCE}-version"
_LATEST = "latest"


class Levels:
    """The levels that namespaces enforce."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    @cached_property
    def namespaces(self) -> Mapping[str, Namespace]:
        """The namespaces of the input, by name."""
        return {namespace.metadata.name: namespace for namespace in self._snapshot.namespaces}

    def labels(self, namespace: str) -> Mapping[str, str]:
        """Return the labels of a namespace, if the input holds it."""
        found = self.namespaces.get(namespace)
        return (found.metadata.labels if found else None) or {}

    @cached_property
    def disabled(self) -> bool:
        """Whether no visible API server checks levels."""
        servers = [flags for _, flags in self._snapshot.api_servers]
        return bool(servers) and all(_PLUGIN in flags.disabled for flags in servers)

    @cached_property
    def enforcing(self) -> frozenset[str]:
        """Namespaces with a level other than privileged."""
        if self.disabled:
            return frozenset()
        versions = (one.enforcing for several in self._versions.values() for one in several)
        return frozenset(
            name
            for name in self.namespaces
            if self.labels(name).get(ENFORCE, PRIVILEGED) != PRIVILEGED
        ).union(*versions)

    @cached_property
    def _versions(self) -> Mapping[str, Sequence["Levels"]]:
        """For each namespace of several versions, the levels if the server holds one of them."""
        snapshot = self._snapshot
        return {
            name: [Levels(one) for one in with_each_version(snapshot, name)]
            for name in namespaces_of_versions(snapshot)
        }

    def lets_be(self, namespace: str, name: str, spec: PodSpec) -> Condition | None:
        """Return the condition on which a Pod is admitted as it is; None if it is refused."""
        if namespace not in self.enforcing:
            return CERTAIN
        if namespace in self._versions:
            each = [one.lets_be(namespace, name, spec) for one in self._versions[namespace]]
            found = whichever_holds(self._snapshot, namespace, each)
            return None if found is None else both(*found)
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
    """Whether an enforced level refuses a Pod that violates a level and all stricter ones."""
    return violated == BASELINE or (bool(violated) and level != BASELINE)
