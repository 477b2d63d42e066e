"""A dump of projects of Google Cloud: policies, roles, secrets, clusters; never a value.

Each record is the API's answer, as ``gcloud --format=json`` prints it.
"""

from collections.abc import Iterator

from msgspec import Struct


class GcpCondition(Struct, frozen=True, omit_defaults=True):
    """A condition, in CEL."""

    expression: str = ""


class GcpBinding(Struct, frozen=True, omit_defaults=True):
    """One binding of an allow policy."""

    role: str
    members: tuple[str, ...] = ()
    condition: GcpCondition = GcpCondition()


class GcpPolicy(Struct, frozen=True, omit_defaults=True):
    """An allow policy; one without bindings has no such key."""

    bindings: tuple[GcpBinding, ...] = ()
    file: str = ""
    line: int = 0


class GcpDenyRule(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One rule of a deny policy, with permissions as that API names them."""

    denied_principals: tuple[str, ...] = ()
    denied_permissions: tuple[str, ...] = ()
    exception_principals: tuple[str, ...] = ()
    exception_permissions: tuple[str, ...] = ()
    denial_condition: GcpCondition = GcpCondition()


class GcpDenyItem(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """What holds a rule of a deny policy."""

    deny_rule: GcpDenyRule = GcpDenyRule()


class GcpDenyPolicy(Struct, frozen=True, omit_defaults=True):
    """A deny policy. ``name`` holds what it is attached to."""

    name: str
    rules: tuple[GcpDenyItem, ...]


class GcpRole(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A custom role."""

    name: str
    included_permissions: tuple[str, ...] = ()


class GcpGroupsConfig(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Whether RBAC may name Google groups: those in the security group."""

    enabled: bool = False
    security_group: str = ""


class GcpPool(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """The pool of the identities of a cluster's ServiceAccounts: ``PROJECT.svc.id.goog``."""

    workload_pool: str = ""


class GcpCluster(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A cluster of GKE. ``self_link`` is also the issuer of its ServiceAccounts' tokens."""

    name: str
    location: str = ""
    self_link: str = ""
    workload_identity_config: GcpPool = GcpPool()
    authenticator_groups_config: GcpGroupsConfig = GcpGroupsConfig()
    file: str = ""
    line: int = 0


class GcpAccount(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A Google service account."""

    email: str
    unique_id: str = ""


class GcpSecret(Struct, frozen=True, omit_defaults=True):
    """A secret: ``projects/NUMBER/secrets/NAME``."""

    name: str


class GcpAncestor(Struct, frozen=True, omit_defaults=True):
    """The policy of a project, or of a folder or the organisation above it, which ``type`` says."""

    id: str
    type: str
    policy: GcpPolicy = GcpPolicy()
    file: str = ""
    line: int = 0


class GcpAsset(Struct, frozen=True, omit_defaults=True):
    """The policy of a resource, as Cloud Asset Inventory finds it."""

    resource: str
    policy: GcpPolicy = GcpPolicy()
    project: str = ""
    folders: tuple[str, ...] = ()
    organization: str = ""
    file: str = ""
    line: int = 0


class GcpAbout(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """What a project is called."""

    project_id: str
    project_number: str


class GcpProject(Struct, frozen=True, omit_defaults=True):
    """What the input holds of one project.

    ``ancestors``: its policy and those above it; ``None`` if the dump lacks them. Others are
        ``None`` in the same case.
    ``policies``: by ``secret/NAME`` and ``service-account/ADDRESS``.
    ``assets``: policies of any resource that has one.
    ``partial``: a file of which something could not be read, by the field that lacks it.
    """

    id: str
    number: str = ""
    ancestors: tuple[GcpAncestor, ...] | None = None
    secrets: tuple[GcpSecret, ...] | None = None
    accounts: tuple[GcpAccount, ...] | None = None
    policies: dict[str, GcpPolicy] = {}
    assets: tuple[GcpAsset, ...] | None = None
    roles: tuple[GcpRole, ...] = ()
    denials: tuple[GcpDenyPolicy, ...] | None = None
    clusters: tuple[GcpCluster, ...] | None = None
    partial: dict[str, str] = {}
    file: str = ""

    @property
    def secret_names(self) -> Iterator[str]:
        """The names of its secrets, some several times."""
        yield from (one.name.rpartition("/")[2] for one in self.secrets or ())
        for asset in self.assets or ():  # which may be those of a whole organisation
            place, found, name = asset.resource.partition("/secrets/")
            if found and place.rpartition("/")[2] in (self.id, self.number):
                yield name


class GcpDump(Struct, frozen=True, omit_defaults=True):
    """Everything that the input holds of Google Cloud."""

    projects: tuple[GcpProject, ...] = ()
