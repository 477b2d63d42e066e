"""ServiceAccounts with versions that mount their token, and versions that do not."""

from collections.abc import Mapping

from rbacgraph.authz.versions.object_versions import object_versions, rests_on
from rbacgraph.model.condition import Condition
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.core import ServiceAccount

Account = tuple[str, str]
"""Namespace and name of a ServiceAccount."""


def mounting(snapshot: Snapshot, *, mounts: bool) -> Mapping[Account, Condition]:
    """Return in which versions ServiceAccounts of several have their token mounted, or have not."""
    found: dict[Account, Condition] = {}
    for key, versions in object_versions(snapshot).items():
        numbers = [
            number
            for number, one in enumerate(versions)
            if isinstance(one, ServiceAccount)
            and (one.automount_service_account_token is not False) == mounts
        ]
        if numbers:
            found[key[1], key[2]] = rests_on(snapshot, key, numbers)
    return found
