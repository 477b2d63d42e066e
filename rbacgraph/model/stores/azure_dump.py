"""A dump of subscriptions of Azure: roles, assignments, vaults, identities; never a value.

Each record is the answer of Azure Resource Manager, with ``properties`` and the rest in one. Names
of fields are compared without case: ``az`` writes ``enableAzureRbac``, Resource Manager
``enableAzureRBAC``. Ids of objects and of resources are compared without case, too.
"""

from msgspec import Struct


def plain(name: str) -> str:
    """Return the name of a field as it is compared."""
    return name.replace("_", "").lower()


class AzurePermission(Struct, frozen=True, omit_defaults=True, rename=plain):
    """One entry of ``permissions`` of a role definition or a deny assignment."""

    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()
    condition: str = ""


class AzureRole(Struct, frozen=True, omit_defaults=True, rename=plain):
    """A role definition. ``name``: its GUID."""

    name: str
    role_name: str
    permissions: tuple[AzurePermission, ...] = ()


class AzureAssignment(Struct, frozen=True, omit_defaults=True, rename=plain):
    """A role assignment."""

    principal_id: str
    scope: str
    role_definition_id: str = ""
    role_definition_name: str = ""
    condition: str = ""
    principal_type: str = ""
    file: str = ""
    line: int = 0

    @property
    def role(self) -> str:
        """The GUID of the role definition, or its name where that alone is known."""
        return self.role_definition_id.rpartition("/")[2] or self.role_definition_name


class AzureObject(Struct, frozen=True, omit_defaults=True, rename=plain):
    """A user, a group or a service principal of Entra ID."""

    id: str


class AzureDeny(Struct, frozen=True, omit_defaults=True, rename=plain):
    """A deny assignment."""

    scope: str
    permissions: tuple[AzurePermission, ...]
    principals: tuple[AzureObject, ...] = ()
    exclude_principals: tuple[AzureObject, ...] = ()
    do_not_apply_to_child_scopes: bool = False
    condition: str = ""


class AzureVaultPermissions(Struct, frozen=True, omit_defaults=True, rename=plain):
    """What an access policy allows."""

    secrets: tuple[str, ...] = ()


class AzureAccessPolicy(Struct, frozen=True, omit_defaults=True, rename=plain):
    """An access policy. ``application_id``: the only application through which it holds."""

    object_id: str
    permissions: AzureVaultPermissions = AzureVaultPermissions()
    application_id: str = ""


class AzureVault(Struct, frozen=True, omit_defaults=True, rename=plain):
    """A key vault.

    ``enable_rbac_authorization``: whether roles decide on its secrets, and access policies do not.
    ``vault_uri``: what ``az keyvault list`` leaves out with all that decides.
    ``secrets``: the names of its secrets; ``None`` if the dump lacks them.
    """

    id: str
    vault_uri: str
    enable_rbac_authorization: bool = False
    access_policies: tuple[AzureAccessPolicy, ...] = ()
    secrets: tuple[str, ...] | None = None
    file: str = ""

    @property
    def name(self) -> str:
        """The name, which no other vault of Azure has."""
        return self.id.rpartition("/")[2].lower()


class AzureExpression(Struct, frozen=True, omit_defaults=True, rename=plain):
    """What a flexible federated credential asks of a token's claims."""

    value: str = ""


class AzureCredential(Struct, frozen=True, omit_defaults=True, rename=plain):
    """A federated identity credential."""

    issuer: str
    subject: str = ""
    audiences: tuple[str, ...] = ()
    claims_matching_expression: AzureExpression | str = ""
    id: str = ""
    file: str = ""
    line: int = 0


class AzureIdentity(Struct, frozen=True, omit_defaults=True, rename=plain):
    """A user-assigned managed identity.

    ``principal_id``, ``client_id``: its object id, which roles name, and the id that a
        ServiceAccount's annotation names.
    """

    id: str
    principal_id: str
    client_id: str
    file: str = ""
    line: int = 0

    @property
    def name(self) -> str:
        """The name, which is unique in a resource group."""
        return self.id.rpartition("/")[2]


class AzureEntra(Struct, frozen=True, omit_defaults=True, rename=plain):
    """How users log in to a cluster of AKS by Entra ID.

    ``enable_azure_rbac``: whether Azure's roles decide on requests, beside RBAC in the cluster.
    ``admin_group_object_ids``: the groups whose members are administrators.
    """

    enable_azure_rbac: bool = False
    admin_group_object_ids: tuple[str, ...] = ()


class AzureIssuer(Struct, frozen=True, omit_defaults=True, rename=plain):
    """Who issues the tokens of a cluster's ServiceAccounts."""

    issuer_url: str = ""


class AzureCluster(Struct, frozen=True, omit_defaults=True, rename=plain):
    """A cluster of AKS."""

    id: str
    oidc_issuer_profile: AzureIssuer = AzureIssuer()
    aad_profile: AzureEntra | None = None
    disable_local_accounts: bool = False
    file: str = ""


class AzureSubscription(Struct, frozen=True, omit_defaults=True):
    """What the input holds of one subscription.

    ``roles``, ``assignments``, ``denials``, ``identities``: ``None`` if the dump lacks them.
    ``credentials``: those of each identity that the dump holds, by its name in lower case.
    ``groups``: the members of each group that the dump holds.
    ``partial``: a file of which something could not be read, by the field that lacks it.
    """

    id: str
    roles: tuple[AzureRole, ...] | None = None
    assignments: tuple[AzureAssignment, ...] | None = None
    denials: tuple[AzureDeny, ...] | None = None
    identities: tuple[AzureIdentity, ...] | None = None
    credentials: dict[str, tuple[AzureCredential, ...]] = {}
    vaults: tuple[AzureVault, ...] = ()
    clusters: tuple[AzureCluster, ...] = ()
    groups: dict[str, tuple[str, ...]] = {}
    partial: dict[str, str] = {}
    file: str = ""


class AzureDump(Struct, frozen=True, omit_defaults=True):
    """Everything that the input holds of Azure."""

    subscriptions: tuple[AzureSubscription, ...] = ()
