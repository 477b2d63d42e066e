"""Whether Azure lets a principal do something: roles, denials, access policies, AKS.

Source: Microsoft's documentation (azure-docs): ``role-based-access-control/overview.md``,
``deny-assignments.md``, ``conditions-format.md``; ``key-vault/general/rbac-guide.md`` and
``assign-access-policy.md``; ``aks/manage-azure-rbac.md``, ``control-kubeconfig-access.md``,
``manage-local-accounts-managed-azure-ad.md``. No engine could be asked: every answer is by
documentation.
"""

from collections.abc import Iterable, Iterator, Mapping

from rbacgraph.model.stores.azure_dump import (
    AzureAccessPolicy,
    AzureAssignment,
    AzureCluster,
    AzureCredential,
    AzureDeny,
    AzureObject,
    AzureRole,
    AzureVault,
)
from rbacgraph.stores.azure.builtin_roles import builtin_roles
from rbacgraph.stores.azure.roles import covers, gives, normal
from rbacgraph.stores.truth import DoubtKind, GroupMembers, Truth, all_of, any_of, doubt, negated

READ = "Microsoft.KeyVault/vaults/secrets/getSecret/action"
WRITE_ASSIGNMENT = "Microsoft.Authorization/roleAssignments/write"
WRITE_CREDENTIAL = (
    "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write"
)
_WRITE_POLICIES = (
    "Microsoft.KeyVault/vaults/write",
    "Microsoft.KeyVault/vaults/accessPolicies/write",
)
WRITES = (WRITE_ASSIGNMENT, WRITE_CREDENTIAL, *_WRITE_POLICIES)
"""What gives secrets or identities by a change."""

_AKS = "Microsoft.ContainerService/managedClusters"

_EVERYONE = frozenset({"00000000-0000-0000-0000-000000000000", "*", "everyone"})
"""How deny assignments name all principals: the id is the API's, the words are vectors'."""

_AUDIENCES = frozenset(
    {
        "api://AzureADTokenExchange",
        "api://AzureADTokenExchangeUSGov",
        "api://AzureADTokenExchangeChina",
    }
)
"""What Azure's clouds ask of a token (azure-docs ``active-directory/workload-identities``)."""


class Authorization:
    """Who may do what where; principals in lower case.

    ``roles``: the role definitions; built-in ones that it lacks are taken from a packaged table.
    ``groups``: the members of groups; those that assignments name and it lacks are not known.
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
        given = tuple(roles)
        self._roles = {one.role_name.lower(): one for one in given}
        self._roles |= {one.name.lower(): one for one in given}
        self._above = frozenset(map(normal, above))
        self._denials = tuple(denials)
        self._by_principal: dict[str, list[AzureAssignment]] = {}
        members = dict(groups)
        for one in assignments:
            principal = one.principal_id.lower()
            self._by_principal.setdefault(principal, []).append(one)
            if one.principal_type.lower() == "group":
                members.setdefault(principal, None)
        self._groups = GroupMembers(members)
        self._known: dict[str, Mapping[str, Truth]] = {}
        self._given: dict[tuple[str, str, bool], Truth] = {}

    @property
    def principals(self) -> Iterable[str]:
        """Everyone whom an assignment names."""
        return self._by_principal

    def names_of(self, principal: str) -> Mapping[str, Truth]:
        """Return the ids that stand for a principal: its own, and those of its groups."""
        if principal not in self._known:
            self._known[principal] = {**self._groups.of([principal]), principal: True}
        return self._known[principal]

    def allows(self, principal: str, action: str, resource: str, *, data: bool = False) -> Truth:
        """Whether roles let a principal do something at a resource, and no denial stops it."""
        given = any_of(answer for _, answer in self.granting(principal, action, resource, data))
        if given is False:
            return False
        return all_of([given, negated(self.denied(principal, action, resource, data=data))])

    def granting(
        self, principal: str, action: str, resource: str = "", data: bool = False
    ) -> Iterator[tuple[AzureAssignment, Truth]]:
        """Yield the assignments that give an action, at a resource or anywhere, if only perhaps."""
        for name, inside in self.names_of(principal).items():
            for one in self._by_principal.get(name, ()):
                given = self._gives(one.role, action, data=data)
                if given is False or (
                    resource and not covers(one.scope, normal(resource), self._above)
                ):
                    continue
                # Key Vault's data actions support no condition; one on delegating limits which.
                answer = all_of([inside, given, _met(one.condition)])
                if answer is not False:
                    yield one, answer

    def _gives(self, name: str, action: str, *, data: bool) -> Truth:
        key = name, action, data
        if key not in self._given:
            role = self._roles.get(name.lower()) or builtin_roles().get(name.lower())
            self._given[key] = (
                gives(role.permissions, action, data=data) if role else doubt(DoubtKind.ROLE, name)
            )
        return self._given[key]

    def denied(self, principal: str, action: str, resource: str, *, data: bool = False) -> Truth:
        """Whether a deny assignment takes an action away from a principal at a resource."""
        return any_of(
            all_of(
                [
                    gives(one.permissions, action, data=data),
                    self._among(principal, one.principals),
                    negated(self._among(principal, one.exclude_principals)),
                    _met(one.condition),
                ]
            )
            for one in self._denials
            if covers(one.scope, normal(resource), self._above)
            and (not one.do_not_apply_to_child_scopes or normal(one.scope) == normal(resource))
        )

    def _among(self, principal: str, objects: Iterable[AzureObject]) -> Truth:
        names, ids = self.names_of(principal), [one.id.lower() for one in objects]
        return any_of(True if one in _EVERYONE else names.get(one, False) for one in ids)

    def reads(self, principal: str, vault: AzureVault, secret: str, application: str = "") -> Truth:
        """Whether a principal reads a secret of a vault; its mode says what decides.

        ``secret``: the secret's resource id.
        ``application``: the application through which the principal asks, if any.
        """
        if vault.enable_rbac_authorization:
            return self.allows(principal, READ, secret, data=True)
        return any_of(answer for _, answer in self.policies(principal, vault, application))

    def policies(
        self, principal: str, vault: AzureVault, application: str = ""
    ) -> Iterator[tuple[AzureAccessPolicy, Truth]]:
        """Yield the access policies that let a principal read the vault's secrets."""
        names = self.names_of(principal)
        for one in vault.access_policies:
            reads = {"get", "all"} & {word.lower() for word in one.permissions.secrets}
            through = one.application_id.lower() in ("", application)
            if reads and through and one.object_id.lower() in names:
                yield one, names[one.object_id.lower()]

    def gains(self, principal: str, vault: AzureVault) -> Truth:
        """Whether a principal can let itself read a vault's secrets.

        In RBAC mode ``vaults/write`` is no way: changing the mode needs
        ``roleAssignments/write`` (azure-docs ``key-vault/general/rbac-guide.md``).
        """
        return any_of(answer for _, answer in self.gaining(principal, vault))

    def gaining(self, principal: str, vault: AzureVault) -> Iterator[tuple[str, Truth]]:
        """Yield each action by which a principal can let itself read a vault's secrets."""
        by_roles = vault.enable_rbac_authorization
        for action in (WRITE_ASSIGNMENT, *(() if by_roles else _WRITE_POLICIES)):
            answer = self.allows(principal, action, vault.id)
            if by_roles and answer is not False:  # nobody can take a deny assignment away
                denied = self.denied(principal, READ, vault.id, data=True)
                answer = all_of([answer, negated(denied)])
            if answer is not False:
                yield action, answer

    def administers(self, principal: str, cluster: AzureCluster) -> Truth:
        """Whether a principal is an administrator of a cluster of AKS, without RBAC in it."""
        return any_of(answer for _, answer in self.administering(principal, cluster))

    def administering(self, principal: str, cluster: AzureCluster) -> Iterator[tuple[str, Truth]]:
        """Yield each action, or group, that makes a principal administrator of a cluster."""
        entra, local = cluster.aad_profile, not cluster.disable_local_accounts
        data = bool(entra and entra.enable_azure_rbac)
        for action, works in (
            (f"{_AKS}/listClusterAdminCredential/action", local),
            (f"{_AKS}/accessProfiles/listCredential/action", local),
            (f"{_AKS}/listClusterUserCredential/action", not entra),
            (f"{_AKS}/runcommand/action", not entra),
            (f"{_AKS}/*", data),
        ):
            every = action.endswith("*")
            answer = self.allows(principal, action, cluster.id, data=every) if works else False
            if answer is not False:
                yield action, answer
        names = self.names_of(principal)
        for group in map(str.lower, entra.admin_group_object_ids if entra else ()):
            unknown: Truth = doubt(DoubtKind.MEMBERS, group)
            inside = names.get(group, False if group in self._groups.members else unknown)
            if inside is not False:
                yield group, inside

    def reads_cluster(self, principal: str, cluster: AzureCluster, namespace: str = "") -> Truth:
        """Whether a principal reads a cluster's Secrets, in one namespace or in all.

        Without being administrator a data action of Azure's roles lets it.
        """
        answers = [self.administers(principal, cluster)]
        if cluster.aad_profile and cluster.aad_profile.enable_azure_rbac:
            where = f"{cluster.id}/namespaces/{namespace}" if namespace else cluster.id
            answers.append(self.allows(principal, READ_SECRETS, where, data=True))
        return any_of(answers)


READ_SECRETS = f"{_AKS}/secrets/read"


def _met(condition: str) -> Truth:
    return doubt(DoubtKind.CONDITION, condition) if condition else True


def admits(
    credential: AzureCredential, issuer: str, subject: str, audience: str | None = None
) -> Truth:
    """Whether a federated credential accepts a token: exact in issuer, subject and audience.

    ``audience``: without one, a token for any of Azure's clouds.
    Source: Microsoft Graph reference, ``federatedIdentityCredential``.
    """
    wanted = _AUDIENCES if audience is None else {audience}
    if credential.issuer != issuer or not wanted.intersection(credential.audiences):
        return False
    expression = credential.claims_matching_expression
    text = expression if isinstance(expression, str) else expression.value
    return doubt(DoubtKind.CONDITION, text) if text else credential.subject == subject
