"""Stores of secrets outside the cluster, and what brings their secrets in and out.

No value of a secret is kept: only names, paths, addresses, and the identities that log in.
"""

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.model.kubernetes.meta import LabelSelector, Object, ObjectMeta

ESO_GROUP = "external-secrets.io"
VSO_GROUP = "secrets.hashicorp.com"
CSI_GROUP = "secrets-store.csi.x-k8s.io"
STORE, CLUSTER_STORE, VAULT_AUTH = "SecretStore", "ClusterSecretStore", "VaultAuth"
VAULT_CONNECTION, VAULT_AUTH_GLOBAL = "VaultConnection", "VaultAuthGlobal"
PROVIDER_CLASS = "SecretProviderClass"
GENERATORS_GROUP = "generators.external-secrets.io"
CLUSTER_GENERATOR = "ClusterGenerator"
GENERATOR = "generator"
"""In place of a store's kind: an object that makes the value up, or asks for it by itself."""

VAULT_SYSTEM, AWS_SYSTEM, AZURE_SYSTEM, GCP_SYSTEM = "vault", "aws", "azure", "gcp"
THIS_CLUSTER = "this cluster"
"""In place of a store's system: the store is the cluster itself."""


def generator_kind(kind: str) -> str:
    """Return the kind of a generator, with its group if another group has one of that name.

    Examples
    --------
    >>> generator_kind("VaultDynamicSecret"), generator_kind("GCRAccessToken")
    ('VaultDynamicSecret.generators.external-secrets.io', 'GCRAccessToken')
    """
    return f"{kind}.{GENERATORS_GROUP}" if kind == "VaultDynamicSecret" else kind


class ObjectName(Struct, frozen=True, gc=False, omit_defaults=True):
    """A named ServiceAccount or Secret; without a namespace, that of the object that names it."""

    name: str
    namespace: str = ""


class RoleLogin(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """The role of Vault by which an object of the cluster logs in.

    ``mount``, ``role``: the auth mount without slashes at its ends, as ``auth/kubernetes``, and the
        role's name; ``""`` if another object has to name it.
    ``space``: the namespace of Vault in which it logs in.
    ``audiences``: the audiences that it asks a token for; none for those of the API server.
    """

    mount: str = ""
    role: str = ""
    space: str = ""
    audiences: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The path of the role in the API; ``""`` if a part is not named."""
        return f"{self.mount}/role/{self.role}" if self.mount and self.role else ""

    def filled(self, base: "RoleLogin | None") -> "RoleLogin":
        """Return the same login with what another object says and this one does not."""
        if base is None:
            return self
        fields = self.__struct_fields__
        return replace(self, **{one: getattr(self, one) or getattr(base, one) for one in fields})


class RemoteSecret(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """One secret of a store, as a custom resource of the cluster names it.

    ``store_kind``, ``store``: the object that says which store it is; empty if the resource itself
        does.
    ``key``: as the resource writes it; the store's object may add to it. Complete without one.
    ``every``: whether it stands for all keys that begin so: a search finds some of them.
    ``system``, ``place``: the store's system and its address, account or project, without an object
        for the store.
    ``space``: the namespace of Vault or OpenBao, if the resource names one.
    ``secrets``: the Secrets that are made of it; None for all that the resource makes.
    ``metadata``: whether the operator reads the metadata that Vault keeps of it.
    """

    key: str
    store_kind: str = ""
    store: str = ""
    every: bool = False
    system: str = ""
    place: str = ""
    space: str = ""
    secrets: tuple[str, ...] | None = None
    metadata: bool = False


class StoreCondition(Struct, frozen=True, gc=False, omit_defaults=True):
    """One of the conditions under which a namespace may use a ClusterSecretStore."""

    namespaces: tuple[str, ...] = ()
    regexes: tuple[str, ...] = ()
    selector: LabelSelector | None = None


class SecretStore(Object, frozen=True, gc=False, rename="camel", kw_only=True):
    """An object that says where a store is, and as whom the operator logs in.

    ``provider``: the provider's name in the object.
    ``system``: the system that its keys belong to.
    ``place``: the address, account or project.
    ``prefix``: what the operator puts before a key: the mount of a Vault, the service of AWS.
    ``space``: the namespace of Vault or OpenBao.
    ``version``: the version of Vault's key-value engine.
    ``accounts``, ``credentials``: the ServiceAccounts whose tokens log in, and the Secrets with
        credentials.
    ``own``: whether the controller logs in with its own identity.
    ``conditions``: which namespaces may use it; None for all.
    ``connection``: the name of the object with the address, if that is another object.
    ``base``: the name of the object that says what this one does not.
    ``controller``: the class of the controllers that heed it; empty for all.
    ``login``: the role of Vault by which the operator logs in.
    ``roles``: the roles of AWS that it then takes, in their order.
    """

    kind: str
    api_version: str
    metadata: ObjectMeta
    provider: str = ""
    system: str = ""
    place: str = ""
    prefix: str = ""
    space: str = ""
    version: str = ""
    accounts: tuple[ObjectName, ...] = ()
    credentials: tuple[ObjectName, ...] = ()
    own: bool = False
    conditions: tuple[StoreCondition, ...] | None = None
    connection: str = ""
    base: str = ""
    controller: str = ""
    login: RoleLogin | None = None
    roles: tuple[str, ...] = ()

    def filled(self, base: "SecretStore") -> "SecretStore":
        """Return the same object with what another one says and this one does not."""
        own = bool(self.accounts or self.credentials)
        return replace(
            self,
            accounts=self.accounts if own else base.accounts,
            credentials=self.credentials if own else base.credentials,
            space=self.space or base.space,
            connection=self.connection or base.connection,
            login=(self.login or RoleLogin()).filled(base.login),
        )


class SecretPush(Object, frozen=True, gc=False, rename="camel", kw_only=True):
    """A custom resource by which an operator copies Secrets of the cluster to a store.

    ``secrets``: the names of the Secrets.
    ``selector``: selects them by labels instead.
    ``remotes``: where they are written.
    ``ready``: whether the operator says that it wrote them, whatever was there.
    ``namespaces``, ``selected``: of a cluster-scoped resource, where the Secrets are: by name, or
        by labels of Namespaces.
    """

    kind: str
    api_version: str
    metadata: ObjectMeta
    secrets: tuple[str, ...] = ()
    selector: LabelSelector | None = None
    remotes: tuple[RemoteSecret, ...] = ()
    ready: bool = False
    namespaces: tuple[str, ...] = ()
    selected: tuple[LabelSelector, ...] = ()
