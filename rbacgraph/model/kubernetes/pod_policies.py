"""Policies of Kyverno and Gatekeeper that refuse Pods what gives them their node.

Kept is what each rule refuses, of the two that give the node for certain, and where: no
pattern, no expression and no message.
"""

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.model.kubernetes.meta import LabelSelector, Object, ObjectMeta

PRIVILEGED, HOST_PATH = "privileged", "hostPath"

KYVERNO_GROUP = "kyverno.io"
KYVERNO_CEL_GROUP = "policies.kyverno.io"
GATEKEEPER_GROUP = "constraints.gatekeeper.sh"


class Reach(Struct, frozen=True, gc=False, omit_defaults=True):
    """What a rule refuses in which namespaces; whom and which names it spares is not told.

    Parameters
    ----------
    refuses:
        Of :data:`PRIVILEGED` and :data:`HOST_PATH`.
    within:
        Patterns of names, of each of which one must match a namespace.
    excluded:
        Patterns of the names of namespaces that are left out.
    selected, unselected:
        What a namespace's labels must all match, and what none of them may match.
    """

    refuses: tuple[str, ...]
    within: tuple[tuple[str, ...], ...] = ()
    excluded: tuple[str, ...] = ()
    selected: tuple[LabelSelector, ...] = ()
    unselected: tuple[LabelSelector, ...] = ()

    def inside(self, namespace: str) -> "Reach":
        """Return the same in one namespace alone."""
        return replace(self, within=(*self.within, (namespace,)))


class PodPolicy(Object, frozen=True, gc=False, rename="camel"):
    """A policy by what its rules refuse; one that refuses nothing of the kind has none."""

    kind: str
    api_version: str
    metadata: ObjectMeta
    reaches: tuple[Reach, ...] = ()
