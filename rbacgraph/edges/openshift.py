"""SecurityContextConstraints: where OpenShift lets a Pod have its node.

Whoever creates a Pod, or the Pod's ServiceAccount, must be allowed to ``use`` constraints that
permit what the Pod asks for; namespaces of run-level 0 and 1 are left out of admission. Of the
constraints that OpenShift ships, ``privileged`` permits everything. Others, and the users and
groups that constraints list themselves, are not in the input.

Sources: https://docs.openshift.com/container-platform/latest/authentication/managing-security-context-constraints.html;
openshift/apiserver-library-go ``pkg/securitycontextconstraints/sccadmission/admission.go``.
"""

from functools import cached_property
from typing import TYPE_CHECKING

from rbacgraph.authz.match import Request
from rbacgraph.authz.subjects import service_account_user

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


class Constraints:
    """Whether they let privileged Pods in, found when first asked for.

    Parameters
    ----------
    world:
        The cluster.
    """

    def __init__(self, world: "World") -> None:
        self._world = world
        self._known: dict[str, str] = {}

    @cached_property
    def demanded(self) -> bool:
        """Whether the cluster is one of OpenShift, as roles and a namespace of it tell."""
        snapshot = self._world.snapshot
        return _INFRASTRUCTURE in snapshot.held_namespaces or any(
            role.metadata.name.startswith(_SHIPPED) for role in snapshot.cluster_roles
        )

    def left_out(self, namespace: str) -> bool:
        """Whether a namespace is of a run-level that admission leaves out."""
        if not self.demanded:
            return False
        labels = self._world.pod_security.labels(namespace)
        return labels.get(RUN_LEVEL) in _LEFT_OUT

    def condition(self, namespace: str) -> str:
        """Condition under which some ServiceAccount of a namespace may have its node."""
        if not self.demanded or self.left_out(namespace):
            return ""
        known = self._known.get(namespace)
        if known is None:
            accounts = self._world.account_numbers.get(namespace, ())
            known = self._known[namespace] = min(
                (self.of_account(namespace, name) for name in accounts), default=_unless(namespace)
            )
        return known

    def of_account(self, namespace: str, name: str) -> str:
        """Condition under which a Pod of a ServiceAccount may have its node."""
        if not self.demanded or self.left_out(namespace):
            return ""
        authorizer, user = self._world.authorizer, service_account_user(namespace, name)
        request = Request(VERB, GROUP, RESOURCE, namespace=namespace, name=PRIVILEGED)
        allowed = authorizer.allows(request, user, authorizer.groups_of(user))
        return "" if allowed else _unless(namespace)


def _unless(namespace: str) -> str:
    return (
        "OpenShift lets whoever creates it, or its ServiceAccount, use"
        f" SecurityContextConstraints for privileged Pods in {namespace}"
    )
