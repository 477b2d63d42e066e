"""Policies of Kyverno and Gatekeeper: which Pods they refuse, and which Secrets they copy.

Kept are, for each rule, where it applies and whether it refuses privileged containers and host
paths, or what it copies: no pattern, no expression and no message.
"""

from rbacgraph.model.kubernetes.copy_rules import CopyRule
from rbacgraph.model.kubernetes.meta import Object, ObjectMeta
from rbacgraph.model.kubernetes.namespace_scope import NamespaceScope

PRIVILEGED, HOST_PATH = "privileged", "hostPath"

KYVERNO_GROUP = "kyverno.io"
KYVERNO_CEL_GROUP = "policies.kyverno.io"
GATEKEEPER_GROUP = "constraints.gatekeeper.sh"


class PolicyReach(NamespaceScope, frozen=True, gc=False, omit_defaults=True):
    """What a rule refuses in which namespaces; its exceptions by user or name are not kept.

    ``refuses``: of :data:`PRIVILEGED` and :data:`HOST_PATH`.
    """

    refuses: tuple[str, ...] = ()


class PodPolicy(Object, frozen=True, gc=False, rename="camel"):
    """A policy, reduced to what its rules refuse and copy; empty if they do none of that."""

    kind: str
    api_version: str
    metadata: ObjectMeta
    reaches: tuple[PolicyReach, ...] = ()
    copies: tuple[CopyRule, ...] = ()
