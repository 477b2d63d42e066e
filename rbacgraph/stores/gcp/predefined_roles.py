"""Google's predefined roles, and the permissions of them that this package asks for.

``predefined_roles.jsonl`` has a row for each service: its roles that give one of ``ASKED``, and the
names of those that give none. Source: what the IAM API answers to ``roles.get``, as the data set
iann0036/iam-dataset (MIT licence) held it on 22 August 2026.
"""

from collections.abc import Mapping
from functools import cache

from msgspec import Struct, json

from rbacgraph.model.packaged import packaged

ASKED = frozenset(
    {
        "cloudfunctions.functions.create",
        "compute.instances.create",
        "container.clusters.get",
        "container.secrets.get",
        "container.secrets.list",
        "iam.roles.update",
        "iam.serviceAccountKeys.create",
        "iam.serviceAccounts.actAs",
        "iam.serviceAccounts.getAccessToken",
        "iam.serviceAccounts.implicitDelegation",
        "iam.serviceAccounts.setIamPolicy",
        "iam.serviceAccounts.signBlob",
        "iam.serviceAccounts.signJwt",
        "resourcemanager.folders.setIamPolicy",
        "resourcemanager.organizations.setIamPolicy",
        "resourcemanager.projects.setIamPolicy",
        "run.services.create",
        "secretmanager.secrets.setIamPolicy",
        "secretmanager.versions.access",
    }
)
"""The permissions that the table knows of each role."""


class _Service(Struct, frozen=True, forbid_unknown_fields=True):
    service: str
    gives: dict[str, tuple[str, ...]] = {}
    others: tuple[str, ...] = ()


def predefined_role(name: str) -> tuple[str, ...] | None:
    """Return the permissions of ``ASKED`` that a role gives; ``None`` if the table lacks it.

    Examples
    --------
    >>> predefined_role("roles/secretmanager.secretAccessor")
    ('secretmanager.versions.access',)
    >>> predefined_role("roles/secretmanager.viewer")
    ()
    >>> predefined_role("roles/of.tomorrow") is None
    True
    """
    return _table().get(name)


@cache
def _table() -> Mapping[str, tuple[str, ...]]:
    data = packaged("rbacgraph.stores.gcp", "predefined_roles.jsonl")
    found: dict[str, tuple[str, ...]] = {}
    for row in json.Decoder(_Service).decode_lines(data):
        prefix = f"roles/{row.service}." if row.service else "roles/"
        found.update({prefix + name: permissions for name, permissions in row.gives.items()})
        found.update({prefix + name: () for name in row.others})
    return found
