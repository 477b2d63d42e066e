"""Policies of Kyverno and Gatekeeper: which Pods they refuse, and which Secrets they copy.

Kept are, for each rule, where it applies and whether it refuses privileged containers and host
paths, or what it copies: no pattern, no expression and no message.
"""

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.model.kubernetes.copy_rules import CopyRule
from rbacgraph.model.kubernetes.meta import LabelSelector, Object, ObjectMeta

PRIVILEGED, HOST_PATH = "privileged", "hostPath"

KYVERNO_GROUP = "kyverno.io"
KYVERNO_CEL_GROUP = "policies.kyverno.io"
GATEKEEPER_GROUP = "constraints.gatekeeper.sh"


class PolicyReach(Struct, frozen=True, gc=False, omit_defaults=True):
    """What a rule refuses in which namespaces; its exceptions by user or name are not kept.

    Parameters
    ----------
    refuses:
        Of :data:`PRIVILEGED` and :data:`HOST_PATH`.
    within:
        Patterns of names; a namespace must match one pattern of each group.
    excluded:
        Patterns of the names of excluded namespaces.
    selected, unselected:
        Selectors that must all match a namespace's labels, and selectors that must not.
    """

    refuses: tuple[str, ...]
    within: tuple[tuple[str, ...], ...] = ()
    excluded: tuple[str, ...] = ()
    selected: tuple[LabelSelector, ...] = ()
    unselected: tuple[LabelSelector, ...] = ()

    def inside(self, namespace: str) -> "PolicyReach":
        """Return the same for one namespace only."""
        return replace(self, within=(*self.within, (namespace,)))


class PodPolicy(Object, frozen=True, gc=False, rename="camel"):
    """A policy, reduced to what its rules refuse and copy; empty if they do none of that."""

    kind: str
    api_version: str
    metadata: ObjectMeta
    reaches: tuple[PolicyReach, ...] = ()
    copies: tuple[CopyRule, ...] = ()
