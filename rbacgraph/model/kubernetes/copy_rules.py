"""Rules of custom resources that copy Secrets: which Secret, whither, and upon which change.

Kept are names, selectors and kinds: no pattern, no expression and no data.
"""

from enum import IntEnum, auto

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.model.kubernetes.meta import LabelSelector, Object, ObjectMeta
from rbacgraph.model.kubernetes.namespace_scope import NamespaceScope

NAMESPACES = ("", "namespaces")
TRIGGERS = {
    "Namespace": NAMESPACES,
    "ConfigMap": ("", "configmaps"),
    "Secret": ("", "secrets"),
    "ServiceAccount": ("", "serviceaccounts"),
    "Service": ("", "services"),
    "PersistentVolumeClaim": ("", "persistentvolumeclaims"),
    "Pod": ("", "pods"),
    "Deployment": ("apps", "deployments"),
    "StatefulSet": ("apps", "statefulsets"),
    "DaemonSet": ("apps", "daemonsets"),
    "Job": ("batch", "jobs"),
    "CronJob": ("batch", "cronjobs"),
    "Ingress": ("networking.k8s.io", "ingresses"),
    "RoleBinding": ("rbac.authorization.k8s.io", "rolebindings"),
}
"""The kinds whose writes are known to trigger rules, with group and plural."""


class WhichNamespace(IntEnum):
    """Which namespace a rule means.

    ``GIVEN`` is the one that it names, ``OF_TRIGGER`` that of the object that triggers it,
    ``CALLED_AS_TRIGGER`` the one whose name that object has; a variable may make it ``ANY``.
    """

    GIVEN = auto()
    OF_TRIGGER = auto()
    CALLED_AS_TRIGGER = auto()
    ANY = auto()


class RuleNamespace(Struct, frozen=True, gc=False, omit_defaults=True):
    """A namespace as a rule means it; the name is that of a given one."""

    place: WhichNamespace
    namespace: str = ""


class CopyRule(Struct, frozen=True, gc=False, omit_defaults=True):
    """One way in which a rule copies Secrets.

    ``rule``: the name of the rule.
    ``triggers``: Group and plural of the resources whose writes trigger it, those that
        :data:`TRIGGERS` holds.
    ``others``: whether something else triggers it too.
    ``on_creation``: whether only the creation of such an object triggers it.
    ``guarded``: whether it asks for more, which is not read: preconditions, or who makes the
        request.
    ``scope``: where that write must be.
    ``source``, ``name``: the namespace of the Secrets that are copied, and the name of the only
        one; ``""`` if there may be several.
    ``target``, ``copy``: the namespace into which it copies, and the name of the copy; ``""`` if it
        has that of the source, None if a variable decides.
    """

    rule: str
    triggers: tuple[tuple[str, str], ...]
    source: RuleNamespace
    target: RuleNamespace
    others: bool = False
    on_creation: bool = False
    guarded: bool = False
    scope: NamespaceScope = NamespaceScope()
    name: str = ""
    copy: str | None = ""

    def inside(self, namespace: str) -> "CopyRule":
        """Return the same for one namespace only."""
        return replace(self, scope=self.scope.inside(namespace))

    def among(self, selector: LabelSelector) -> "CopyRule":
        """Return the same for namespaces with some labels only."""
        selected = (*self.scope.selected, selector)
        return replace(self, scope=replace(self.scope, selected=selected))


class SecretCopier(Object, frozen=True, gc=False, rename="camel"):
    """A custom resource by which an operator copies Secrets, reduced to that."""

    kind: str
    api_version: str
    metadata: ObjectMeta
    copies: tuple[CopyRule, ...] = ()
