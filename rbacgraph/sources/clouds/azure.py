"""The files of a dump of Azure, below ``azure/SUBSCRIPTION``."""

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.model.stores import azure_dump
from rbacgraph.model.stores.azure_dump import AzureDump, AzureSubscription, plain
from rbacgraph.sources.clouds.reader import Cloud, CloudReader, DumpFile, DumpPart

_DENIALS = "az rest --method get --url …/providers/Microsoft.Authorization/denyAssignments"


class _Secret(Struct, frozen=True):
    """One line of the list of a vault's secrets."""

    id: str

    @property
    def name(self) -> str:
        """Its name: Key Vault compares names without case."""
        return self.id.partition("/secrets/")[2].partition("/")[0].lower()


_ROWS = (
    DumpFile(
        r"role-assignments",
        "az role assignment list --all --include-inherited",
        "assignments",
        azure_dump.AzureAssignment,
    ),
    DumpFile(r"role-definitions", "az role definition list", "roles", azure_dump.AzureRole),
    DumpFile(r"deny-assignments", _DENIALS, "denials", azure_dump.AzureDeny),
    DumpFile(r"keyvault/(?P<inside>[^/]+)", "az keyvault show", "vaults", azure_dump.AzureVault),
    DumpFile(r"keyvault/(?P<inside>[^/]+)/secrets", "az keyvault secret list", "secrets", _Secret),
    DumpFile(r"identity", "az identity list", "identities", azure_dump.AzureIdentity),
    DumpFile(
        r"identity/(?P<inside>[^/]+)/federated-credentials",
        "az identity federated-credential list",
        "credentials",
        azure_dump.AzureCredential,
    ),
    DumpFile(
        r"group/(?P<inside>[^/]+)/members",
        "az ad group member list",
        "groups",
        azure_dump.AzureObject,
    ),
    DumpFile(r"aks/(?P<inside>[^/]+)", "az aks show", "clusters", azure_dump.AzureCluster),
)


def _subscription(name: str, part: DumpPart) -> AzureSubscription:
    secrets = part.found.get("secrets", {})
    listed = {vault.lower(): tuple(one.name for one in of) for vault, of in secrets.items()}
    vaults = (replace(vault, secrets=listed.get(vault.name)) for vault in part.all("vaults"))
    credentials, groups = part.found.get("credentials", {}), part.found.get("groups", {})
    return AzureSubscription(
        name,
        roles=part.known("roles"),
        assignments=part.known("assignments"),
        denials=part.known("denials"),
        identities=part.known("identities"),
        credentials={identity.lower(): of for identity, of in credentials.items()},
        vaults=tuple(vaults),
        clusters=part.all("clusters"),
        groups={group.lower(): tuple(one.id.lower() for one in of) for group, of in groups.items()},
        partial=part.partial,
        file=part.file,
    )


class AzureReader(CloudReader[AzureDump]):
    """Reads dumps of Azure."""

    cloud = Cloud(
        kind="azure",
        scope=r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
        rows=_ROWS,
        values=r"keyvault/[^/]+/secrets/.+",
        spelled=plain,
        part=_subscription,
        parts=lambda dump: dump.subscriptions,
        whole=AzureDump,
    )
