"""The files of a dump of Google Cloud, below ``gcp/PROJECT``."""

from rbacgraph.model.stores import gcp_dump
from rbacgraph.model.stores.gcp_dump import GcpDump, GcpProject
from rbacgraph.sources.clouds.reader import Cloud, CloudReader, DumpFile, DumpPart

_POLICY = gcp_dump.GcpPolicy, ("bindings", "etag")
_INSIDE = r"(?P<inside>[^/]+)"

_ROWS = (
    DumpFile(r"project", "gcloud projects describe", "about", gcp_dump.GcpAbout),
    DumpFile(
        r"ancestors",
        "gcloud projects get-ancestors-iam-policy",
        "ancestors",
        gcp_dump.GcpAncestor,
    ),
    DumpFile(r"secrets", "gcloud secrets list", "secrets", gcp_dump.GcpSecret),
    DumpFile(rf"secrets/{_INSIDE}", "gcloud secrets get-iam-policy", "secret", *_POLICY),
    DumpFile(
        r"service-accounts", "gcloud iam service-accounts list", "accounts", gcp_dump.GcpAccount
    ),
    DumpFile(
        rf"service-accounts/{_INSIDE}",
        "gcloud iam service-accounts get-iam-policy",
        "service-account",
        *_POLICY,
    ),
    DumpFile(rf"roles/{_INSIDE}", "gcloud iam roles describe", "roles", gcp_dump.GcpRole),
    DumpFile(
        rf"deny-policies/{_INSIDE}", "gcloud iam policies get", "denials", gcp_dump.GcpDenyPolicy
    ),
    DumpFile(r"clusters", "gcloud container clusters list", "clusters", gcp_dump.GcpCluster),
    DumpFile(
        r"asset-iam-policies",
        "gcloud asset search-all-iam-policies",
        "assets",
        gcp_dump.GcpAsset,
    ),
)


def _project(name: str, part: DumpPart) -> GcpProject:
    about = next(iter(part.all("about")), gcp_dump.GcpAbout("", ""))
    policies = {
        f"{kind}/{inside.lower() if kind == 'service-account' else inside}": of[0]
        for kind in ("secret", "service-account")
        for inside, of in part.found.get(kind, {}).items()
        if of
    }
    return GcpProject(
        about.project_id or name,
        about.project_number,
        ancestors=part.known("ancestors"),
        secrets=part.known("secrets"),
        accounts=part.known("accounts"),
        policies=policies,
        assets=part.known("assets"),
        roles=part.all("roles"),
        denials=part.known("denials"),
        clusters=part.known("clusters"),
        partial=part.partial,
        file=part.file,
    )


class GcpReader(CloudReader[GcpDump]):
    """Reads dumps of Google Cloud."""

    cloud = Cloud(
        kind="gcp",
        scope=r"(?:[a-z0-9.-]+:)?[a-z0-9-]+",
        rows=_ROWS,
        values=r"secrets/[^/]+/.+",
        spelled=str,
        part=_project,
        parts=lambda dump: dump.projects,
        whole=GcpDump,
    )
