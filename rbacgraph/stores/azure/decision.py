"""Whether Azure lets a principal do something: roles, denials, access policies, AKS.

Source: Microsoft's documentation (azure-docs): ``role-based-access-control/overview.md``,
``deny-assignments.md``, ``conditions-format.md``; ``key-vault/general/rbac-guide.md`` and
``assign-access-policy.md``; ``aks/manage-azure-rbac.md``, ``control-kubeconfig-access.md``,
``manage-local-accounts-managed-azure-ad.md``. No engine could be asked: every answer is by
documentation.
"""

from collections.abc import Iterable, Iterator, Mapping

from rbacgraph.model.stores.azure_dump import (
    AzureAssignment,
    AzureCluster,
    AzureCredential,
    AzureDeny,
    AzureRole,
    AzureVault,
)
from rbacgraph.stores.azure.builtin_roles import builtin_role
from rbacgraph.stores.azure.roles import covers, gives, normal
from rbacgraph.stores.truth import DoubtKind, Truth, all_of, any_of, doubt, member_of, negated

READ = "Microsoft.KeyVault/vaults/secrets/getSecret/action"
WRITE_ASSIGNMENT = "Microsoft.Authorization/roleAssignments/write"
WRITE_CREDENTIAL = (
    "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write"
)
_WRITE_POLICIES = (
    "Microsoft.KeyVault/vaults/write",
    "Microsoft.KeyVault/vaults/accessPolicies/write",
)
_AKS = "Microsoft.ContainerService/managedClusters"

EVERYONE = frozenset({"00000000-0000-0000-0000-000000000000", "*", "everyone"})
"""How deny assignments name all principals: the id is the API's, the words are vectors'."""

AUDIENCES = frozenset(
    {
        "api://AzureADTokenExchange",
        "api://AzureADTokenExchangeUSGov",
        "api://AzureADTokenExchangeChina",
    }
)
"""What Azure's clouds ask of a token (azure-docs ``active-directory/workload-identities``)."""


class Authorization:
    """Who may do what where.

    ``roles``: the role definitions; built-in ones that it lacks are taken from a packaged table.
    ``groups``: the members of each group; ``None`` where they are not known.
    ``above``: the management groups above the subscription.
    """

    def __init__(
        self,
        roles: Iterable[AzureRole],
        assignments: Iterable[AzureAssignment],
        denials: Iterable[AzureDeny],
        groups: Mapping[str, tuple[str, ...] | None],
        above: Iterable[str],
    ) -> None:
        self._roles: dict[str, AzureRole] = {}
        for role in roles:
            self._roles.setdefault(role.name.lower(), role)
            if role.id:
                self._roles[role.id.lower()] = role
        self._groups = dict(groups)
        self._above = frozenset(map(normal, above))
        self._denials = tuple(denials)
        self._by_principal: dict[str, list[AzureAssignment]] = {}
        for one in assignments:
            self._by_principal.setdefault(one.principal, []).append(one)
            if one.of_group:
                self._groups.setdefault(one.principal, None)
        self._known: dict[str, dict[str, Truth]] = {}

    @property
    def principals(self) -> Iterable[str]:
        """Everyone whom an assignment names."""
        return self._by_principal

    def names_of(self, principal: str) -> Mapping[str, Truth]:
        """Return the ids that stand for a principal: its own, and those of its groups."""
        known = self._known.get(principal)
        if known is None:
            known = {principal: True}
            for group in self._groups:
                inside = member_of(principal, group, self._groups)
                if inside is not False and group != principal:
                    known[group] = inside
            self._known[principal] = known
        return known

    def allows(self, principal: str, action: str, resource: str, *, data: bool = False) -> Truth:
        """Whether roles let a principal do something at a resource, and no denial stops it."""
        where = normal(resource)
        given = any_of(answer for _, answer in self.granting(principal, action, where, data=data))
        if given is False:
            return False
        return all_of([given, negated(self.denied(principal, action, where, data=data))])

    def granting(
        self, principal: str, action: str, resource: str, *, data: bool = False
    ) -> Iterator[tuple[AzureAssignment, Truth]]:
        """Yield the assignments that give an action at a resource, certainly or perhaps."""
        for name, inside in self.names_of(principal).items():
            for one in self._by_principal.get(name, ()):
                if not covers(one.scope, resource, self._above):
                    continue
                answer = all_of([inside, self._by(one, action, data=data)])
                if answer is not False:
                    yield one, answer

    def _by(self, assignment: AzureAssignment, action: str, *, data: bool) -> Truth:
        role = self._roles.get(assignment.role.lower()) or builtin_role(assignment.role)
        if role is None:
            return doubt(DoubtKind.ROLE, assignment.role)
        # Key Vault's data actions support no condition; one on delegating roles limits which.
        condition = doubt(DoubtKind.CONDITION, assignment.condition)
        given = gives(role.permissions, action, data=data)
        return all_of([given, condition if assignment.condition else True])

    def denied(self, principal: str, action: str, resource: str, *, data: bool = False) -> Truth:
        """Whether a deny assignment takes an action away from a principal at a resource."""
        return any_of(self._denials_of(principal, action, normal(resource), data=data))

    def _denials_of(
        self, principal: str, action: str, resource: str, *, data: bool
    ) -> Iterator[Truth]:
        for one in self._denials:
            here = normal(one.scope) == resource if one.only_here else True
            if not here or not covers(one.scope, resource, self._above):
                continue
            taken = gives(one.permissions, action, data=data)
            if taken is not False:
                excluded = self._among(principal, one.excluded)
                condition = doubt(DoubtKind.CONDITION, one.condition) if one.condition else True
                meant = self._among(principal, one.principals)
                yield all_of([taken, meant, negated(excluded), condition])

    def _among(self, principal: str, ids: Iterable[str]) -> Truth:
        names = self.names_of(principal)
        return any_of(True if one in EVERYONE else names.get(one, False) for one in ids)

    def reads(self, principal: str, vault: AzureVault, secret: str, application: str = "") -> Truth:
        """Whether a principal reads a secret of a vault; its mode says what decides.

        ``secret``: the secret's resource id.
        ``application``: the application through which the principal asks, if any.
        """
        if vault.by_roles:
            return self.allows(principal, READ, secret, data=True)
        return any_of(answer for _, answer in self.policies(principal, vault, application))

    def policies(
        self, principal: str, vault: AzureVault, application: str = ""
    ) -> Iterator[tuple[int, Truth]]:
        """Yield the lines of the access policies that let a principal read the vault's secrets."""
        names = self.names_of(principal)
        for one in vault.policies:
            reads = {"get", "all"} & {word.lower() for word in one.secrets}
            if reads and one.application in ("", application) and one.object in names:
                yield one.line, names[one.object]

    def gains(self, principal: str, vault: AzureVault) -> Truth:
        """Whether a principal can let itself read a vault's secrets.

        In RBAC mode ``vaults/write`` is no way: changing the mode needs
        ``roleAssignments/write`` (azure-docs ``key-vault/general/rbac-guide.md``).
        """
        return any_of(answer for _, answer in self.gaining(principal, vault))

    def gaining(self, principal: str, vault: AzureVault) -> Iterator[tuple[str, Truth]]:
        """Yield each action by which a principal can let itself read a vault's secrets."""
        for action in (WRITE_ASSIGNMENT, *(() if vault.by_roles else _WRITE_POLICIES)):
            answer = self.allows(principal, action, vault.id)
            if vault.by_roles:  # nobody can take a deny assignment away
                denied = self.denied(principal, READ, vault.id, data=True)
                answer = all_of([answer, negated(denied)])
            if answer is not False:
                yield action, answer

    def administers(self, principal: str, cluster: AzureCluster) -> Truth:
        """Whether a principal is an administrator of a cluster of AKS, without RBAC in it."""
        return any_of(answer for _, answer in self.administering(principal, cluster))

    def administering(self, principal: str, cluster: AzureCluster) -> Iterator[tuple[str, Truth]]:
        """Yield each action, or group, that makes a principal administrator of a cluster."""
        local, entra = cluster.local_accounts, cluster.entra
        for action, works in (
            (f"{_AKS}/listClusterAdminCredential/action", local),
            (f"{_AKS}/accessProfiles/listCredential/action", local),
            (f"{_AKS}/listClusterUserCredential/action", not entra),
            (f"{_AKS}/runcommand/action", not entra),
        ):
            answer = self.allows(principal, action, cluster.id) if works else False
            if answer is not False:
                yield action, answer
        if entra and cluster.by_roles:
            answer = self.allows(principal, f"{_AKS}/*", cluster.id, data=True)
            if answer is not False:
                yield f"{_AKS}/*", answer
        names = self.names_of(principal)
        for group in cluster.admin_groups if entra else ():
            inside = names.get(group, False if group in self._groups else _unknown(group))
            if inside is not False:
                yield group, inside

    def reads_cluster(self, principal: str, cluster: AzureCluster, namespace: str = "") -> Truth:
        """Whether a principal reads a cluster's Secrets, in one namespace or in all."""
        return any_of(
            [
                self.administers(principal, cluster),
                self.reads_by_role(principal, cluster, namespace),
            ]
        )

    def reads_by_role(self, principal: str, cluster: AzureCluster, namespace: str = "") -> Truth:
        """Whether a data action of Azure's roles lets a principal read a cluster's Secrets."""
        if not (cluster.entra and cluster.by_roles):
            return False
        where = f"{cluster.id}/namespaces/{namespace}" if namespace else cluster.id
        return self.allows(principal, f"{_AKS}/secrets/read", where, data=True)


def _unknown(group: str) -> Truth:
    return doubt(DoubtKind.MEMBERS, group)


def admits(
    credential: AzureCredential, issuer: str, subject: str, audience: str | None = None
) -> Truth:
    """Whether a federated credential accepts a token: exact in issuer, subject and audience.

    ``audience``: without one, a token for any of Azure's clouds.
    Source: Microsoft Graph reference, ``federatedIdentityCredential``.
    """
    wanted = AUDIENCES if audience is None else {audience}
    if credential.issuer != issuer or not wanted.intersection(credential.audiences):
        return False
    if credential.expression:
        return doubt(DoubtKind.CONDITION, credential.expression)
    return credential.subject == subject
