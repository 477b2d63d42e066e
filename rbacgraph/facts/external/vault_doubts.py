"""What the input does not settle of logins to Vault, and of what their tokens may."""

from collections.abc import Callable, Iterator, Mapping

from rbacgraph.facts.secrets.made_secrets import labels_of
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.stores.vault_dump import VaultDump, VaultPolicy
from rbacgraph.stores.vault.governing import Governing
from rbacgraph.stores.vault.logins import LoginRoles, Need, VaultCaller, VaultLogin, mount_of
from rbacgraph.stores.vault.mount_owners import MountKey, MountOwner, Ownership
from rbacgraph.stores.vault.policies import VaultDecision
from rbacgraph.stores.vault.template import Entity
from rbacgraph.stores.vault.ways import HeldPolicies

_SHOWN = 5
_LOGIN_TYPES = frozenset({"kubernetes", "jwt", "oidc"})

Stanzas = tuple[tuple[VaultPolicy, int], ...]
"""The policies of the rule that decides, with the line of its stanza in each."""


class VaultCallers:
    """Finds how ServiceAccounts of the input log in.

    ``snapshot``: the input.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._accounts = snapshot.service_account_index
        self._labels: dict[str, Mapping[str, str]] = {
            one.metadata.name: labels_of(one) for one in snapshot.namespaces
        }
        for other in snapshot.namespace_versions:
            if self._labels.get(other.metadata.name) != labels_of(other):
                self._labels.pop(other.metadata.name, None)

    def of(self, namespace: str, name: str) -> VaultCaller:
        """Return a ServiceAccount as it logs in."""
        account = self._accounts.get((namespace, name))
        uid = account.metadata.uid if account else ""
        return VaultCaller(namespace, name, uid, self._labels.get(namespace))


CALLERS_OWN = frozenset({If.TOKEN_IS_FOR_AUDIENCE, If.CALLER_IS_IN_NETWORKS})
"""What a caller of Vault can see to itself: its audience, and where it calls from."""

Owners = Mapping[MountKey, Ownership]
"""Whose each auth mount of the dump is."""


def path_at(address: str, path: str) -> str:
    """Return a path of Vault with the address that tells its server from others."""
    return f"{address}/{path}" if address else path


def login_doubts(
    login: VaultLogin, caller: VaultCaller, owners: Owners, address: str = ""
) -> Condition | None:
    """Return the condition on which a ServiceAccount of this cluster logs in to a role.

    None if the role is of a mount that admits another cluster's. ``address`` is that of the server,
    if the input holds dumps of several.
    """
    namespace, mount = login.role.namespace, mount_of(login.role)
    owner = owners[namespace, mount].owner
    if owner is MountOwner.ANOTHER:
        return None
    role = path_at(address, login.role.path)
    whole = path_at(address, f"{namespace}/{mount}".lstrip("/"))
    of_this_cluster = If.MOUNT_OF_VAULT_IS_THIS_CLUSTERS(whole, whole)
    found = CERTAIN if owner is MountOwner.THIS else of_this_cluster
    needed = (_BY_NEED[need](role, value, caller) for need, value in login.needs)
    return both(found, *needed)


def mount_doubts(roles: LoginRoles, namespace: str, mount: str, address: str) -> Condition:
    """Return the condition on which a new holder logs in by a mount, whatever the role."""
    somebody, by = VaultCaller("", ""), path_at(address, mount)
    asked = roles.asked_at(namespace, mount, Entity())
    return both(CERTAIN, *(_BY_NEED[need](by, value, somebody) for need, value in asked))


_BY_NEED: Mapping[Need, Callable[[str, str, VaultCaller], Condition]] = {
    Need.AUDIENCE: lambda role, value, _: If.TOKEN_IS_FOR_AUDIENCE(role, value),
    Need.ADDRESS: lambda role, value, _: If.CALLER_IS_IN_NETWORKS(role, value),
    Need.LABELS: lambda role, value, caller: If.NAMESPACE_IS_SELECTED_BY_VAULT(
        caller.namespace, role, value
    ),
    Need.CLAIMS: lambda role, value, _: If.TOKEN_HAS_CLAIMS(role, value),
    Need.ENTITY: lambda _, value, caller: If.ACCOUNT_IS_ENTITY_OF_VAULT(*caller[:2], value),
    Need.OTHER_ENTITY: lambda _, value, caller: If.ACCOUNT_IS_NO_ENTITY_OF_VAULT(
        *caller[:2], value
    ),
    Need.TEMPLATES: lambda _, value, caller: If.TEMPLATES_OF_VAULT_DO_NOT_REFUSE(
        value, *caller[:2]
    ),
    Need.SENTINEL: lambda _, value, __: If.SENTINEL_OF_VAULT_ALLOWS(value),
    Need.SECOND_FACTOR: lambda role, value, _: If.LOGIN_HAS_SECOND_FACTOR(role, value),
}


def as_doubtful(condition: Condition) -> tuple[int, Condition]:
    """Order conditions of logins: what the caller cannot see to weighs more."""
    others = sum(doubt.code not in CALLERS_OWN for doubt in condition.doubts)
    return others, condition


def policy_doubts(
    decision: VaultDecision, stanzas: Stanzas, missing: tuple[str, ...], role: str
) -> Condition | None:
    """Return the condition on which policies allow a request; None if they do not.

    ``missing`` are the policies that the dump lacks, and ``role`` what gives them.
    """
    if not decision.allowed:
        return If.POLICY_OF_VAULT_ALLOWS(role, *missing) if missing else None
    found = If.POLICY_OF_VAULT_DOES_NOT_DENY(role, *missing) if missing else CERTAIN
    if decision.needs_approval:
        names = (policy.name for policy, _ in stanzas)
        found = both(found, *map(If.APPROVAL_IS_GIVEN_IN_VAULT, names))
    return found


def sentinel_doubts(governing: Governing, path: str, held: HeldPolicies) -> Condition:
    """Return the condition on which Sentinel lets a request of a token pass."""
    names = governing.of_request(path, held.namespace, held.names)
    return If.SENTINEL_OF_VAULT_ALLOWS(*names) if names else CERTAIN


def unseen(dump: VaultDump, owners: Owners, address: str = "") -> Iterator[Condition]:
    """Yield the lists and roles that the dump lacks, but for mounts of another cluster."""
    methods = [mount for mount in dump.mounts if mount.path.startswith("auth/")]
    server = (address,) if address else ()
    if not methods:
        yield If.AUTH_METHODS_OF_VAULT_ARE_SEEN(*server)
    lists = {(one.namespace, one.path): one.names for one in dump.lists}
    for mount in methods:
        owner = owners[mount.namespace, mount.path].owner
        if mount.type not in _LOGIN_TYPES or owner is MountOwner.ANOTHER:
            continue
        path = f"{mount.path}/role"
        names = lists.get((mount.namespace, path))
        if names is None:
            yield If.ROLES_OF_VAULT_ARE_SEEN(mount.path, *server)
            continue
        lacking = tuple(
            one for one in names if dump.entry(f"{path}/{one}", mount.namespace) is None
        )
        if lacking:
            shown = lacking[:_SHOWN]
            by = path_at(address, mount.path)
            yield If.ROLE_OF_VAULT_ADMITS(by, shown, len(lacking) - len(shown))
