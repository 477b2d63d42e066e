"""ServiceAccounts of several versions, of which only some have their token mounted."""

from collections.abc import Mapping, Sequence

from rbacgraph.authz.versions.role_versions import Key, said, title_of
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.core import ServiceAccount

Account = tuple[str, str]
"""Namespace and name of a ServiceAccount."""


def account_versions(snapshot: Snapshot) -> Mapping[Account, Sequence[ServiceAccount]]:
    """Return the versions of ServiceAccounts that differ in automounting."""
    found: dict[Account, list[ServiceAccount]] = {}
    for one in snapshot.service_account_versions:
        found.setdefault((one.metadata.namespace, one.metadata.name), []).append(one)
    return found


def key_of(account: Account) -> Key:
    """Return the key of a ServiceAccount among all objects."""
    return "ServiceAccount", *account


def mounting(snapshot: Snapshot, *, mounts: bool) -> Mapping[Account, str]:
    """Say in which versions ServiceAccounts of several have their token mounted, or have not."""
    found: dict[Account, str] = {}
    for account, versions in account_versions(snapshot).items():
        numbers = [
            number
            for number, one in enumerate(versions)
            if (one.automount_service_account_token is not False) == mounts
        ]
        found[account] = said(title_of(key_of(account)), snapshot, versions, numbers)
    return found
