"""SecurityContextConstraints: where OpenShift lets a Pod have its node.

Whoever creates a Pod, or the Pod's ServiceAccount, must be allowed to ``use`` constraints that
permit what the Pod asks for. The projects that every cluster has by default, and namespaces of
run-level 0 and 1, are left out. Of the constraints that OpenShift ships, ``privileged`` permits
everything; others, and the users and groups that constraints list themselves, are not read.

Sources: https://docs.openshift.com/container-platform/latest/authentication/understanding-and-managing-pod-security-admission.html;
https://docs.openshift.com/container-platform/latest/authentication/managing-security-context-constraints.html;
openshift/apiserver-library-go ``pkg/securitycontextconstraints/sccadmission/admission.go``.
"""

from functools import cached_property
from typing import TYPE_CHECKING

from rbacgraph.authz.resolve import HeldRule
from rbacgraph.authz.subjects import service_account_user
from rbacgraph.model.evidence import Evidence
from rbacgraph.model.request import Request

if TYPE_CHECKING:
    from rbacgraph.edges.world import World

GROUP, RESOURCE, VERB, PRIVILEGED = (
    "security.openshift.io",
    "securitycontextconstraints",
    "use",
    "privileged",
)
RUN_LEVEL = "openshift.io/run-level"
_LEFT_OUT = frozenset({"0", "1"})
_SHIPPED = "system:openshift:"
_INFRASTRUCTURE = "openshift-infra"
_BY_DEFAULT = frozenset(
    {"default", "kube-public", "kube-system", "openshift", "openshift-node", _INFRASTRUCTURE}
)


class Constraints:
    """Whether they let privileged Pods in, found when first asked for.

    Parameters
    ----------
    world:
        The cluster.
    """

    def __init__(self, world: "World") -> None:
        self._world = world
        self._known: dict[str, HeldRule | None] = {}

    @cached_property
    def demanded(self) -> bool:
        """Whether the cluster is one of OpenShift, as roles and a namespace of it tell."""
        snapshot = self._world.snapshot
        return _INFRASTRUCTURE in snapshot.held_namespaces or any(
            role.metadata.name.startswith(_SHIPPED) for role in snapshot.cluster_roles
        )

    def left_out(self, namespace: str) -> bool:
        """Whether OpenShift's admission leaves a namespace out."""
        if not self.demanded:
            return False
        labels = self._world.pod_security.labels(namespace)
        return namespace in _BY_DEFAULT or labels.get(RUN_LEVEL) in _LEFT_OUT

    def heeds(self, namespace: str) -> bool:
        """Whether what a Pod may have of its node is constrained in a namespace."""
        return self.demanded and not self.left_out(namespace)

    def condition(self, namespace: str) -> str:
        """Condition under which some ServiceAccount of a namespace may have its node."""
        if not self.heeds(namespace) or self._by_some_account(namespace):
            return ""
        return _unless(namespace)

    def of_account(self, namespace: str, name: str) -> str:
        """Condition under which a Pod of a ServiceAccount may have its node."""
        if not self.heeds(namespace) or self._by_account(namespace, name):
            return ""
        return _unless(namespace)

    def evidence(self, namespace: str) -> tuple[Evidence, ...]:
        """Return by what some ServiceAccount of a namespace may have its node."""
        held = self._by_some_account(namespace) if self.heeds(namespace) else None
        if held is None:
            return ()
        return self._world.authorizer.evidence(held, _request(namespace))

    def _by_some_account(self, namespace: str) -> HeldRule | None:
        if namespace not in self._known:
            names = self._world.account_numbers.get(namespace, ())
            by_accounts = (self._by_account(namespace, name) for name in names)
            self._known[namespace] = next(filter(None, by_accounts), None)
        return self._known[namespace]

    def _by_account(self, namespace: str, name: str) -> HeldRule | None:
        """Return the rule by which a ServiceAccount may use what permits everything."""
        authorizer, user = self._world.authorizer, service_account_user(namespace, name)
        return authorizer.allows(_request(namespace), user, authorizer.groups_of(user))


def _request(namespace: str) -> Request:
    return Request(VERB, GROUP, RESOURCE, namespace=namespace, name=PRIVILEGED)


def _unless(namespace: str) -> str:
    return (
        "OpenShift lets whoever creates it, or its ServiceAccount, use"
        f" SecurityContextConstraints for privileged Pods in {namespace}"
    )
