"""Whether Google Cloud lets a caller do something: deny policies first, then allow policies.

Source: IAM documentation, "Policy evaluation", "Deny policies", "Roles for service account
authentication"; Secret Manager, "Access control with IAM"; GKE, "Create IAM allow policies" and
"Configure Google Groups for RBAC". No engine could be asked: every answer is by documentation.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from rbacgraph.model.stores.gcp_dump import GcpBinding, GcpCluster, GcpDenyRule
from rbacgraph.stores.gcp.conditions import GcpRequest, holds
from rbacgraph.stores.gcp.members import GcpCaller, basic_role, is_of_pool, means
from rbacgraph.stores.gcp.predefined_roles import ASKED, predefined_role
from rbacgraph.stores.truth import DoubtKind, GroupMembers, Truth, all_of, any_of, doubt, negated

ACCESS = "secretmanager.versions.access"
BECOME = (
    "iam.serviceAccounts.getAccessToken",
    "iam.serviceAccounts.signJwt",
    "iam.serviceAccounts.signBlob",
    "iam.serviceAccountKeys.create",
)
"""What alone gives a service account's tokens."""

DELEGATE = "iam.serviceAccounts.implicitDelegation"
"""What gives the tokens of the accounts that a service account may become, and not its own."""

ACT_AS = "iam.serviceAccounts.actAs"
RUN = ("compute.instances.create", "cloudfunctions.functions.create", "run.services.create")
"""What gives a service account's tokens together: what runs something, and that as the account."""

READ_CLUSTER = ("container.secrets.get", "container.secrets.list")
UPDATE_ROLE = "iam.roles.update"

_SERVICES = {"resourcemanager": "cloudresourcemanager"}
"""Prefixes of permissions that differ from the name of their service."""


class PolicyLevel(NamedTuple):
    """The allow policy of a resource or of one above it.

    ``kind``: ``secret``, ``service-account``, ``project``, ``folder``, ``organization``.
    ``name``, ``file``, ``line``: the resource, and where its policy was read.
    """

    kind: str
    bindings: Sequence[GcpBinding] = ()
    name: str = ""
    file: str = ""
    line: int = 0


class Gate:
    """What decides beside the allow policies.

    ``roles``: custom roles; with ``predefined`` all roles that it lacks are looked up in the
        packaged table.
    ``denials``: the rules of the deny policies above the resource.
    ``closed``: whether a group without known members has none.
    """

    def __init__(
        self,
        roles: Mapping[str, Iterable[str]],
        denials: Sequence[GcpDenyRule] = (),
        groups: GroupMembers | None = None,
        *,
        predefined: bool = True,
        closed: bool = False,
    ) -> None:
        self._roles = {name: tuple(permissions) for name, permissions in roles.items()}
        self._denials = denials
        self._groups = groups or GroupMembers({})
        self._predefined, self._closed = predefined, closed
        self._given: dict[tuple[str, str], Truth] = {}
        self._inside: dict[GcpCaller, Mapping[str, Truth]] = {}

    def means(self, member: str, caller: GcpCaller) -> Truth:
        """Whether a member of a policy stands for a caller."""
        return means(member, caller, lambda group: self._in_group(group, caller))

    def _in_group(self, group: str, caller: GcpCaller) -> Truth:
        if caller not in self._inside:
            listed = {one for members in self._groups.members.values() for one in members or ()}
            pools = (one for one in listed if caller.workload and is_of_pool(one))
            own = {one for one in pools if means(one, caller, lambda _: False) is True}
            self._inside[caller] = self._groups.of(caller.names | own)
        return self._known(group, self._inside[caller])

    def _known(self, group: str, inside: Mapping[str, Truth]) -> Truth:
        unknown = group not in self._groups.members and not self._closed
        return inside.get(group, doubt(DoubtKind.MEMBERS, group) if unknown else False)

    def allows(
        self, caller: GcpCaller, permission: str, levels: Iterable[PolicyLevel], request: GcpRequest
    ) -> Truth:
        """Whether a caller has a permission at a resource.

        ``levels``: the resource's own policy and those above it.
        """
        given = any_of(
            answer for *_, answer in self.granting(caller, permission, tuple(levels), request)
        )
        return all_of([given, negated(self.denied(caller, permission))]) if given else False

    def granting(
        self,
        caller: GcpCaller,
        permission: str,
        levels: Sequence[PolicyLevel],
        request: GcpRequest,
    ) -> Iterator[tuple[PolicyLevel, GcpBinding, Truth]]:
        """Yield the bindings that give a permission, certainly or perhaps."""
        for level in levels:
            for binding in level.bindings:
                given = self.gives(binding.role, permission)
                if given is False:
                    continue
                meant = any_of(self._means(one, caller, levels) for one in binding.members)
                expression = binding.condition.expression
                condition = True if meant is False else holds(expression, request)
                answer = all_of([given, meant, condition])
                if answer is not False:
                    yield level, binding, answer

    def _means(self, member: str, caller: GcpCaller, levels: Sequence[PolicyLevel]) -> Truth:
        basic = basic_role(member)
        if basic is None:
            return self.means(member, caller)
        role, _ = basic  # everyone who holds this role on the project
        return any_of(
            self.means(one, caller)
            for level in levels
            if level.kind == "project"
            for binding in level.bindings
            if binding.role == role
            for one in binding.members
            if basic_role(one) is None
        )

    def gives(self, role: str, permission: str) -> Truth:
        """Whether a role holds a permission."""
        key = role, permission
        if key not in self._given:
            known = self._roles.get(role)
            if known is None and self._predefined and permission in ASKED:
                known = predefined_role(role)
            self._given[key] = (
                doubt(DoubtKind.ROLE, role)
                if known is None
                else any(
                    one == permission or (one.endswith("*") and permission.startswith(one[:-1]))
                    for one in known
                )
            )
        return self._given[key]

    def denied(self, caller: GcpCaller, permission: str) -> Truth:
        """Whether a deny rule takes a permission away; such a rule wins over every role."""
        return any_of(self._denies(rule, caller, permission) for rule in self._denials)

    def _denies(self, rule: GcpDenyRule, caller: GcpCaller, permission: str) -> Truth:
        name = denied_name(permission)
        return all_of(
            [
                any_of(_names(one, name) for one in rule.denied_permissions),
                negated(any_of(_names(one, name) for one in rule.exception_permissions)),
                any_of(self.means(one, caller) for one in rule.denied_principals),
                negated(any_of(self.means(one, caller) for one in rule.exception_principals)),
                # It may ask for the resource's tags alone.
                holds(rule.denial_condition.expression, GcpRequest("", "")),
            ]
        )

    def becomes(
        self, caller: GcpCaller, levels: Iterable[PolicyLevel], now: datetime | None = None
    ) -> Truth:
        """Whether a caller gets tokens of a service account; ``levels`` are the account's."""
        request, above = service_account(now), tuple(levels)
        return any_of(self.allows(caller, one, above, request) for one in BECOME)

    def gains_account(self, caller: GcpCaller, levels: Sequence[PolicyLevel]) -> Truth:
        """Whether a caller can give itself the right to tokens of a service account."""
        sets = self._sets(caller, levels, "service-account", service_account())
        acts = self.allows(caller, ACT_AS, levels, service_account())
        above = self._from(levels, _ABOVE)
        runs = [self.allows(caller, one, above, GcpRequest("", "")) for one in RUN] if acts else []
        sets = all_of([sets, negated(self.denied(caller, BECOME[0]))])
        return any_of([sets, all_of([acts, any_of(runs)])])

    def gains(
        self,
        caller: GcpCaller,
        levels: Sequence[PolicyLevel],
        secret: str,
        now: datetime | None = None,
    ) -> Truth:
        """Whether a caller can give itself the right to read a secret of this name."""
        service = "secretmanager.googleapis.com"
        request = GcpRequest(service, f"{service}/Secret", _numbered(secret), now=now)
        sets = self._sets(caller, levels, "secret", request)
        ways = any_of([sets, self._changes_role(caller, levels, now)])
        # Where a deny rule stops the read, a role that one gives oneself changes nothing.
        return all_of([ways, negated(self.denied(caller, ACCESS))])

    def _sets(
        self, caller: GcpCaller, levels: Sequence[PolicyLevel], own: str, request: GcpRequest
    ) -> Truth:
        """Whether a caller sets the policy of a resource, or of one above it."""
        service = "cloudresourcemanager.googleapis.com"
        answers = [self.allows(caller, SET_OWN[own], levels, request)]
        for permission, kind, kinds in SET_ABOVE:
            about = GcpRequest(service, f"{service}/{kind.capitalize()}", now=request.now)
            answers.append(self.allows(caller, permission, self._from(levels, kinds), about))
        return any_of(answers)

    def _from(
        self, levels: Sequence[PolicyLevel], kinds: frozenset[str]
    ) -> tuple[PolicyLevel, ...]:
        return tuple(level for level in levels if level.kind in kinds)

    def _changes_role(
        self, caller: GcpCaller, levels: Sequence[PolicyLevel], now: datetime | None
    ) -> Truth:
        """Whether a caller holds a custom role that it may also change."""
        custom = ("projects/", "organizations/")
        held = any_of(
            all_of(
                [
                    self._means(one, caller, levels),
                    holds(binding.condition.expression, GcpRequest("", "")),
                ]
            )
            for level in levels
            for binding in level.bindings
            if binding.role.startswith(custom)
            for one in binding.members
        )
        if held is False:
            return False
        request = GcpRequest("iam.googleapis.com", "iam.googleapis.com/Role", now=now)
        above = self._from(levels, _ABOVE)
        return all_of([held, self.allows(caller, UPDATE_ROLE, above, request)])

    def reads_cluster(
        self, caller: GcpCaller, levels: Iterable[PolicyLevel], now: datetime | None = None
    ) -> Truth:
        """Whether IAM lets a caller read Kubernetes Secrets; GKE asks it beside RBAC."""
        request = cluster_request(now)
        above = tuple(levels)
        return any_of(self.allows(caller, one, above, request) for one in READ_CLUSTER)

    def bound(self, caller: GcpCaller, cluster: GcpCluster, kind: str, name: str) -> Truth:
        """Whether a subject of RBAC in a cluster of GKE stands for a caller.

        GroupMembers count only below the security group that the cluster names.
        """
        if kind == "User":
            return bool(caller.email) and name.lower() == caller.email
        if kind != "Group":
            return False
        if name == "system:authenticated":
            return True
        config = cluster.authenticator_groups_config
        if not (config.enabled and config.security_group):
            return False
        group, top = f"group:{name.lower()}", f"group:{config.security_group.lower()}"
        below = self._known(top, self._groups.of([group]))
        return all_of([below, self._in_group(group, caller)])


_ABOVE = frozenset({"project", "folder", "organization"})
SET_OWN = {
    "secret": "secretmanager.secrets.setIamPolicy",
    "service-account": "iam.serviceAccounts.setIamPolicy",
}
SET_ABOVE = (
    ("resourcemanager.projects.setIamPolicy", "project", _ABOVE),
    ("resourcemanager.folders.setIamPolicy", "folder", _ABOVE - {"project"}),
    ("resourcemanager.organizations.setIamPolicy", "organization", frozenset({"organization"})),
)
"""The permission, the resource whose policy it sets, and the policies that can give it."""


def service_account(now: datetime | None = None) -> GcpRequest:
    """Return a request about a service account."""
    return GcpRequest("iam.googleapis.com", "iam.googleapis.com/ServiceAccount", now=now)


def cluster_request(now: datetime | None = None) -> GcpRequest:
    """Return a request about a cluster of GKE."""
    service = "container.googleapis.com"
    return GcpRequest(service, f"{service}/Cluster", now=now)


def version_of(secret: str, version: str = "", now: datetime | None = None) -> GcpRequest:
    """Return the request to read a version of ``projects/NUMBER/secrets/NAME``.

    ``version``: its number; without one any version.
    """
    service = "secretmanager.googleapis.com"
    known = version if version.isdigit() else ""
    name = _numbered(secret)
    whole = name and f"{name}/versions/{known}"
    return GcpRequest(service, f"{service}/SecretVersion", whole, open=not known, now=now)


def _numbered(secret: str) -> str | None:
    """Return a secret's name if it holds the project's number, as conditions see it."""
    return secret if secret.split("/")[1:2] and secret.split("/")[1].isdigit() else None


def denied_name(permission: str) -> str:
    """Return a permission as deny policies name it.

    Examples
    --------
    >>> denied_name("secretmanager.versions.access")
    'secretmanager.googleapis.com/versions.access'
    """
    service, _, rest = permission.partition(".")
    return f"{_SERVICES.get(service, service)}.googleapis.com/{rest}"


def _names(pattern: str, permission: str) -> Truth:
    """Whether a deny rule names a permission; the API documents no wildcard of its own."""
    if pattern == permission:
        return True
    before, star, after = pattern.partition("*")
    if star and permission.startswith(before) and permission.endswith(after):
        return doubt(DoubtKind.UNSETTLED, pattern)
    return False
