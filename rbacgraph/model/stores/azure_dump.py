"""A dump of subscriptions of Azure: roles, assignments, vaults, identities; never a value.

Ids of objects and of resources are in lower case: Azure compares them without case.
"""

from msgspec import Struct


class AzurePermission(Struct, frozen=True, omit_defaults=True):
    """One entry of a role definition's or a deny assignment's ``permissions``.

    ``condition``: what limits the entry, as built-in roles that delegate have it.
    """

    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()
    condition: str = ""


class AzureRole(Struct, frozen=True, omit_defaults=True):
    """A role definition. ``id``: its GUID."""

    id: str
    name: str
    permissions: tuple[AzurePermission, ...] = ()
    file: str = ""
    line: int = 0


class AzureAssignment(Struct, frozen=True, omit_defaults=True):
    """A role assignment.

    ``role``: the GUID of the role definition, or its name where that alone is known.
    ``of_group``: whether the principal is a group.
    """

    principal: str
    role: str
    scope: str
    condition: str = ""
    of_group: bool = False
    file: str = ""
    line: int = 0


class AzureDeny(Struct, frozen=True, omit_defaults=True):
    """A deny assignment. ``only_here``: whether it leaves out the scopes below its own."""

    scope: str
    permissions: tuple[AzurePermission, ...]
    principals: tuple[str, ...]
    excluded: tuple[str, ...] = ()
    only_here: bool = False
    condition: str = ""
    name: str = ""
    file: str = ""
    line: int = 0


class AzureAccessPolicy(Struct, frozen=True, omit_defaults=True):
    """An access policy of a vault: what an object may do with its secrets.

    ``application``: the only application through which it holds; ``""`` for any.
    """

    object: str
    secrets: tuple[str, ...] = ()
    application: str = ""
    line: int = 0


class AzureVault(Struct, frozen=True, omit_defaults=True):
    """A key vault.

    ``by_roles``: whether roles decide on its secrets, in place of its access policies.
    ``secrets``: the names of its secrets; ``None`` if the dump lacks them.
    """

    id: str
    by_roles: bool
    policies: tuple[AzureAccessPolicy, ...] = ()
    secrets: tuple[str, ...] | None = None
    file: str = ""

    @property
    def name(self) -> str:
        """The vault's name, which no other vault of Azure has."""
        return self.id.rpartition("/")[2]


class AzureCredential(Struct, frozen=True, omit_defaults=True):
    """A federated identity credential.

    ``expression``: ``claimsMatchingExpression``, in place of the subject.
    """

    issuer: str
    subject: str = ""
    audiences: tuple[str, ...] = ()
    expression: str = ""
    name: str = ""
    file: str = ""
    line: int = 0


class AzureIdentity(Struct, frozen=True, omit_defaults=True):
    """A user-assigned managed identity.

    ``principal``, ``client``: its object id, which roles name, and its client id, which a
        ServiceAccount's annotation names.
    ``credentials``: ``None`` if the dump lacks them.
    """

    id: str
    principal: str
    client: str
    credentials: tuple[AzureCredential, ...] | None = None
    file: str = ""
    line: int = 0

    @property
    def name(self) -> str:
        """The identity's name."""
        return self.id.rpartition("/")[2]


class AzureCluster(Struct, frozen=True, omit_defaults=True):
    """A cluster of AKS.

    ``entra``: whether users log in by Entra ID.
    ``by_roles``: whether Azure's roles decide on requests, beside RBAC in the cluster.
    ``local_accounts``: whether its certificates of administrators work.
    ``admin_groups``: the groups that Entra ID makes administrators of it.
    """

    id: str
    issuer: str = ""
    entra: bool = False
    by_roles: bool = False
    local_accounts: bool = True
    admin_groups: tuple[str, ...] = ()
    file: str = ""

    @property
    def name(self) -> str:
        """The cluster's name."""
        return self.id.rpartition("/")[2]


class AzureSubscription(Struct, frozen=True, omit_defaults=True):
    """What the input holds of one subscription.

    ``roles``, ``assignments``, ``denials``, ``identities``: ``None`` if the dump lacks them.
    ``groups``: the members of each group that the dump holds.
    """

    id: str
    roles: tuple[AzureRole, ...] | None = None
    assignments: tuple[AzureAssignment, ...] | None = None
    denials: tuple[AzureDeny, ...] | None = None
    identities: tuple[AzureIdentity, ...] | None = None
    vaults: tuple[AzureVault, ...] = ()
    clusters: tuple[AzureCluster, ...] = ()
    groups: dict[str, tuple[str, ...]] = {}
    partial: tuple[str, ...] = ()


class AzureDump(Struct, frozen=True, omit_defaults=True):
    """Everything that the input holds of Azure."""

    subscriptions: tuple[AzureSubscription, ...] = ()
