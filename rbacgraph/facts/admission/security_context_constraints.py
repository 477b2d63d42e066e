"""SecurityContextConstraints: where OpenShift admits a Pod that controls its node.

The creator of a Pod, or the Pod's ServiceAccount, must be allowed to ``use`` constraints that
permit what the Pod asks for, or the constraints must list it. Projects that every cluster has by
default, and namespaces of run-level 0 and 1, are exempt. Where the input lacks constraints,
``privileged`` is taken to permit everything, as shipped; others are not known.

Sources: https://docs.openshift.com/container-platform/latest/authentication/understanding-and-managing-pod-security-admission.html;
https://docs.openshift.com/container-platform/latest/authentication/managing-security-context-constraints.html;
openshift/apiserver-library-go ``pkg/securitycontextconstraints/sccadmission/admission.go``
and ``sccmatching/provider.go``.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from rbacgraph.authz.authorizer import HeldRule
from rbacgraph.authz.match import rule_allows
from rbacgraph.authz.subjects import service_account_user
from rbacgraph.facts.identities.identities import Identities
from rbacgraph.facts.pods.container_escapes import POLICY, Escape, best_escape
from rbacgraph.facts.pods.pod_security_levels import Levels
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.openshift import (
    CONSTRAINTS,
    CONSTRAINTS_GROUP,
    SecurityContextConstraints,
)
from rbacgraph.model.kubernetes.pods import HostAccess, HostContainer
from rbacgraph.model.kubernetes.rbac import AnyBinding
from rbacgraph.model.node import GROUP, Node, format_node, user_node
from rbacgraph.model.request import Request

API_GROUP, RESOURCE, VERB = CONSTRAINTS_GROUP, "securitycontextconstraints", "use"
_PRIVILEGED = "privileged"
RUN_LEVEL = "openshift.io/run-level"
_LEFT_OUT = frozenset({"0", "1"})
_SHIPPED = "system:openshift:"
_INFRASTRUCTURE = "openshift-infra"
_OWN_GROUPS = frozenset(
    f"{name}.openshift.io"
    for name in (
        *("apps", "authorization", "build", "config", "image", "machineconfiguration"),
        *("oauth", "operator", "project", "quota", "security", "template", "user"),
    )
)
"""API groups that only OpenShift serves; openshift/api, its folders."""

_NEW = "a-project-that-nobody-names"
_SYSTEM = "kube-system"
_CONTROLLERS = (
    "daemon-set-controller",
    "job-controller",
    "replicaset-controller",
    "replication-controller",
    "statefulset-controller",
)
"""ServiceAccounts of that namespace that create the Pods of workloads."""

_BY_DEFAULT = frozenset(
    {"default", "kube-public", _SYSTEM, "openshift", "openshift-node", _INFRASTRUCTURE}
)


class ListingConstraints(NamedTuple):
    """Constraints that list a principal, and the condition on which they give the node."""

    condition: Condition
    constraints: SecurityContextConstraints


class ConstraintsUse(NamedTuple):
    """The constraints that give a ServiceAccount's Pods their node, and how it may use them."""

    condition: Condition
    name: str
    how: HeldRule | Node


def is_openshift(snapshot: Snapshot) -> bool:
    """Whether the cluster is OpenShift, or only a name says so."""
    return shows_openshift(snapshot) or bool(named_by(snapshot))


def shows_openshift(snapshot: Snapshot) -> bool:
    """Whether the input shows that the cluster is OpenShift.

    What a live cluster serves decides, else the kinds that the input holds or defines.
    """
    if snapshot.offered:
        return any(group == CONSTRAINTS_GROUP for group, _ in snapshot.offered)
    held = (
        snapshot.openshift_roles,
        *(snapshot.security_context_constraints, snapshot.user_groups, snapshot.oauths),
    )
    groups = {kind.partition(".")[2] for kind in snapshot.skipped}
    groups.update(group for group, _ in snapshot.served)
    return any(held) or not groups.isdisjoint(_OWN_GROUPS)


def named_by(snapshot: Snapshot) -> str:
    """Return the ClusterRole or Namespace by whose name alone the cluster may be OpenShift."""
    if snapshot.offered or shows_openshift(snapshot):
        return ""
    names = [one.metadata.name for one in snapshot.cluster_roles]
    roles = [f"ClusterRole {name}" for name in names if name.startswith(_SHIPPED)]
    spaces = [_INFRASTRUCTURE] if _INFRASTRUCTURE in snapshot.held_namespaces else []
    return next(iter((*(f"Namespace {name}" for name in spaces), *sorted(roles))), "")


class Constraints:
    """Where SecurityContextConstraints admit privileged Pods, computed on first use."""

    def __init__(self, identities: Identities, levels: Levels) -> None:
        self._identities = identities
        self._levels = levels
        self._known: dict[str, ConstraintsUse | None] = {}

    @cached_property
    def demanded(self) -> bool:
        """Whether the cluster is OpenShift, or only a name says so."""
        return is_openshift(self._identities.snapshot)

    @cached_property
    def shown(self) -> Condition:
        """The condition on which the cluster is OpenShift, if one must be: for a mere name."""
        by_name = named_by(self._identities.snapshot)
        return If.CLUSTER_IS_SET_UP_BY("OpenShift") if by_name else CERTAIN

    @cached_property
    def complete(self) -> bool:
        """Whether the input holds all constraints."""
        return self._identities.snapshot.is_listed(CONSTRAINTS)

    @cached_property
    def giving(self) -> Mapping[str, Condition]:
        """Names of constraints that give a Pod its node, each with the condition, in order."""
        found = {name: escape.condition for name, (_, escape) in self._escapes.items()}
        if _PRIVILEGED not in self._objects and not self.complete:
            found[_PRIVILEGED] = CERTAIN
        return dict(sorted(found.items(), key=lambda one: (one[1], one[0])))

    @cached_property
    def listed(self) -> Mapping[Node, ListingConstraints]:
        """Users, ServiceAccounts and groups that such constraints list, each with the best ones."""
        found: dict[Node, ListingConstraints] = {}
        for name in self.giving:
            if name in self._escapes:
                one, escape = self._escapes[name]
                for node in one.listed:
                    found.setdefault(node, ListingConstraints(escape.condition, one))
        return found

    @cached_property
    def _objects(self) -> Mapping[str, SecurityContextConstraints]:
        held = self._identities.snapshot.security_context_constraints
        return {one.metadata.name: one for one in held}

    @cached_property
    def _escapes(self) -> Mapping[str, tuple[SecurityContextConstraints, Escape]]:
        judged = ((name, one, _escape(one)) for name, one in self._objects.items())
        return {name: (one, escape) for name, one, escape in judged if escape is not None}

    def left_out(self, namespace: str) -> bool:
        """Whether OpenShift's admission exempts a namespace, and the cluster is shown as such."""
        return self.shown == CERTAIN and self.may_leave_out(namespace)

    def may_leave_out(self, namespace: str) -> bool:
        """Whether OpenShift's admission exempts a namespace if the cluster is OpenShift."""
        if not self.demanded:
            return False
        labels = self._levels.labels(namespace)
        return namespace in _BY_DEFAULT or labels.get(RUN_LEVEL) in _LEFT_OUT

    def heeds(self, namespace: str) -> bool:
        """Whether constraints apply to Pods of a namespace."""
        return self.demanded and not self.may_leave_out(namespace)

    def condition(self, namespace: str) -> Condition | None:
        """Return the condition on which some ServiceAccount of a namespace may control the node.

        None if none may.
        """
        if not self.heeds(namespace):
            return CERTAIN
        return self._judged(namespace, self._by_some_account(namespace))

    def of_account(self, namespace: str, name: str) -> Condition | None:
        """Return the condition on which a ServiceAccount's Pod may control its node, or None."""
        if not self.heeds(namespace):
            return CERTAIN
        return self._judged(namespace, self._by_account(namespace, name))

    def otherwise(self, namespace: str) -> Condition:
        """Return the condition if no ServiceAccount is known to be able to control the node."""
        return If.CONSTRAINTS_ARE_USED(namespace)

    def evidence(self, namespace: str) -> tuple[Evidence, ...]:
        """Return the evidence that some ServiceAccount of a namespace may control its node."""
        use = self._by_some_account(namespace) if self.heeds(namespace) else None
        return () if use is None else self.evidence_of(use, namespace)

    def evidence_of(self, use: ConstraintsUse, namespace: str) -> tuple[Evidence, ...]:
        if isinstance(use.how, HeldRule):
            how = self._identities.rbac.authorizer.evidence(use.how, _request(namespace, use.name))
            return (*how, *self.permitting(use.name))
        return self.listing(use.how)

    def listing(self, node: Node) -> tuple[Evidence, ...]:
        """Return where constraints list a principal, and what they permit."""
        one = self.listed[node].constraints
        named = self._identities.rbac.evidence(one, CONSTRAINTS, f"lists {format_node(node)}")
        return named, *self.permitting(one.metadata.name)

    def permitting(self, name: str) -> tuple[Evidence, ...]:
        """Return what constraints of a name permit, if the input holds them."""
        if name not in self._escapes:
            return ()
        one, escape = self._escapes[name]
        detail = f"permits a Pod that has its node: {escape.how}"
        return (self._identities.rbac.evidence(one, CONSTRAINTS, detail),)

    def _judged(self, namespace: str, use: ConstraintsUse | None) -> Condition | None:
        if use is not None:
            return use.condition
        if self.shown or not self.complete:
            return self.otherwise(namespace)
        listed = self._identities.snapshot.is_listed("Namespace")
        if namespace not in self._levels.namespaces and not listed:
            return If.RUN_LEVEL_IS_LOW(namespace)
        return None

    def _by_some_account(self, namespace: str) -> ConstraintsUse | None:
        if namespace not in self._known:
            use = _best(self._by_accounts(namespace))
            self._known[namespace] = use or _best(self._by_controllers(namespace))
        return self._known[namespace]

    def _by_accounts(self, namespace: str) -> Iterator[ConstraintsUse]:
        for name in self._accounts.get(namespace, ()):
            found = self._by_account(namespace, name)
            if found is not None:
                yield found

    @cached_property
    def in_new_namespace(self) -> ConstraintsUse | None:
        """The constraints that Pods of a new namespace may use, by any creator."""
        return _best(self._uses(_NEW, service_account_user(_NEW, "default")))

    def _by_controllers(self, namespace: str) -> Iterator[ConstraintsUse]:
        """Yield constraints that Pods of a workload may use, whatever they run as."""
        for name in _CONTROLLERS:
            made = If.CONTROLLER_MAKES_WORKLOADS_POD(name)
            for use in self._uses(namespace, service_account_user(_SYSTEM, name)):
                yield use._replace(condition=both(use.condition, made))

    @cached_property
    def _accounts(self) -> Mapping[str, Mapping[str, None]]:
        """Names of the existing and possible ServiceAccounts, by namespace."""
        found: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for namespace, name in self._identities.known_service_accounts:
            found[namespace][name] = None
        return dict(found)

    def _by_account(self, namespace: str, name: str) -> ConstraintsUse | None:
        """Return the constraints that Pods of a ServiceAccount may use."""
        use = _best(self._uses(namespace, service_account_user(namespace, name)))
        if use is None:
            return None
        accounts = self._identities.service_accounts
        exists = accounts.get((namespace, name), If.ACCOUNT_IS_THERE(namespace, name))
        return use._replace(condition=both(use.condition, exists))

    def _uses(self, namespace: str, user: str) -> Iterator[ConstraintsUse]:
        """Yield the constraints that a user's Pods in a namespace may use."""
        bound = self._identities.rbac.bindings_by_subject
        groups = self._identities.rbac.authorizer.groups_of(user)
        for node in (user_node(user), *((GROUP, "", group) for group in groups)):
            if node in self.listed:
                listed = self.listed[node]
                yield ConstraintsUse(listed.condition, listed.constraints.metadata.name, node)
            for place in bound.get(node, ()):
                if place in self._by_place and self._identities.rbac.bindings[place][1] in {
                    "",
                    namespace,
                }:
                    yield self._by_place[place]

    @cached_property
    def _by_place(self) -> Mapping[int, ConstraintsUse]:
        """The constraints that the subjects of a binding may use, by its position."""
        found = [_best(self._granted(binding)) for binding, _ in self._identities.rbac.bindings]
        return {place: use for place, use in enumerate(found) if use is not None}

    def _granted(self, binding: AnyBinding) -> Iterator[ConstraintsUse]:
        for role in self._identities.rbac.authorizer.roles_of(binding):
            for number, rule in enumerate(role.rules or ()):
                for one, condition in self.giving.items():
                    if rule_allows(rule, _request("", one)):
                        doubt = self._identities.rbac.versions.doubt(binding, role, number)
                        held = HeldRule(binding, role, number, rule)
                        yield ConstraintsUse(both(condition, doubt), one, held)


def _best(uses: Iterator[ConstraintsUse]) -> ConstraintsUse | None:
    """Return the first of those with the weakest condition."""
    best = None
    for use in uses:
        if not use.condition:
            return use
        if best is None or use.condition < best.condition:
            best = use
    return best


def _escape(one: SecurityContextConstraints) -> Escape | None:
    """Return how a Pod that constraints permit controls its node; None if it does not.

    Privileged containers can always become root, by a program in the attacker's own image; a Pod
    whose containers cannot is not privileged.
    """
    privileged = one.allow_privileged_container and one.allow_privilege_escalation is not False
    allowed = _capabilities(one.allowed_capabilities, one.default_add_capabilities)
    names = allowed - _capabilities(one.required_drop_capabilities)
    container = HostContainer(
        name="of one's own",
        privileged=privileged,
        capabilities=("ALL",) if "*" in allowed else tuple(sorted(names)),
        root=one.run_as_user.root or privileged,
        paths=(("/", True),) if one.allow_host_dir_volume_plugin else (),
    )
    escape = best_escape(
        HostAccess(
            pid=one.allow_host_pid,
            network=one.allow_host_network,
            ipc=one.allow_host_ipc,
            own_users=one.user_namespace_level == "RequirePodLevel",
            containers=(container,),
        )
    )
    if escape is None or one.se_linux_context.any:
        return escape
    return escape._replace(condition=both(POLICY, escape.condition))


def _capabilities(*fields: Iterable[str] | None) -> set[str]:
    """Return capabilities by the names that containers use, without ``CAP_``."""
    return {name.upper().removeprefix("CAP_") for names in fields for name in names or ()}


def _request(namespace: str, name: str) -> Request:
    return Request(VERB, API_GROUP, RESOURCE, namespace=namespace, name=name)
