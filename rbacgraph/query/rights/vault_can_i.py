"""Decides one request to Vault for a ServiceAccount, by the dump in the input."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain

from rbacgraph.errors import UsageError
from rbacgraph.model.answers.decision import Decision
from rbacgraph.model.condition import Condition, If
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.stores.vault_dump import VaultDump
from rbacgraph.stores.vault.logins import Need, VaultCaller, VaultLogin
from rbacgraph.stores.vault.mount_owners import MountKey, MountOwner, Ownership, owners_in
from rbacgraph.stores.vault.ways import Way, Ways

ROLE_KIND, POLICY_KIND = "VaultRole", "VaultPolicy"
_SHOWN = 5
_LOGIN_TYPES = frozenset({"kubernetes", "jwt", "oidc"})


def vault_can_i(
    snapshot: Snapshot,
    *,
    method: str,
    path: str,
    namespace: str,
    name: str,
    mounts: Collection[str] = (),
) -> Decision:
    """Decide whether a ServiceAccount's token leads to an answer of Vault.

    The ServiceAccount logs in to each role of the dump that admits it. Networks that a role binds
    are taken to hold the caller, and audiences are taken to be asked for.

    Parameters
    ----------
    snapshot:
        The input, with a dump.
    method, path:
        The request: see :meth:`rbacgraph.stores.vault.Policies.allows`.
    namespace, name:
        The ServiceAccount.
    mounts:
        The auth mounts that admit ServiceAccounts of this cluster, as ``auth/kubernetes``.

    Returns
    -------
    Decision
        Yes with the role and the stanzas; no; or unknown, with what the dump lacks.

    Raises
    ------
    UsageError
        If the input has no dump, or the method is none of Vault's.
    """
    if snapshot.vault is None:
        raise UsageError(
            "the input holds no dump of Vault",
            advice="rbacgraph explain vault says how to take one; give its folder with -f",
        )
    caller = _caller(snapshot, namespace, name)
    owners = owners_in(snapshot, mounts)
    found = sorted(
        (
            way
            for way in Ways(snapshot.vault).of(caller, method=method, path=path)
            if _owner(way, owners) is not MountOwner.ANOTHER
        ),
        key=lambda way: (len(way.login.needs), way.login.role.namespace, way.login.role.path),
    )
    doubts = [_doubts(way, caller, _owner(way, owners)) for way in found]
    for way, doubtful in zip(found, doubts, strict=True):
        if way.decision.allowed and not doubtful:
            evidence = tuple(_evidence(way))
            return Decision(allowed=True, reason=_reason(way), evidence=evidence)
    missing = dict.fromkeys((*chain.from_iterable(doubts), *_unseen(snapshot.vault, owners)))
    reason = "no login that was seen allows it" if found else "no role that was seen admits it"
    return Decision(allowed=False, reason=reason, missing=tuple(missing))


def _owner(way: Way, owners: Mapping[MountKey, Ownership]) -> MountOwner:
    role = way.login.role
    return owners[role.namespace, role.path.rpartition("/role/")[0]].owner


def _caller(snapshot: Snapshot, namespace: str, name: str) -> VaultCaller:
    account = snapshot.service_account_index.get((namespace, name))
    labels = next(
        (
            {"kubernetes.io/metadata.name": namespace, **(found.metadata.labels or {})}
            for found in snapshot.namespaces
            if found.metadata.name == namespace
        ),
        None,
    )
    return VaultCaller(namespace, name, account.metadata.uid if account else "", labels)


def _doubts(way: Way, caller: VaultCaller, owner: MountOwner) -> list[Condition]:
    """Return what is not known of a login and could change its answer."""
    role = way.login.role.path
    doubts = []
    if way.missing and way.decision.allowed:
        doubts.append(If.POLICY_OF_VAULT_DOES_NOT_DENY(role, *way.missing))
    elif way.missing:
        doubts.append(If.POLICY_OF_VAULT_ALLOWS(role, *way.missing))
    if not (way.decision.allowed or way.missing):
        return []
    if owner is not MountOwner.THIS:
        path = role.rpartition("/role/")[0]
        mount = f"{way.login.role.namespace}/{path}".lstrip("/")
        doubts.append(If.MOUNT_OF_VAULT_IS_THIS_CLUSTERS(mount, mount))
    doubts += [
        If.NAMESPACE_IS_SELECTED_BY_VAULT(caller.namespace, role, value)
        for need, value in way.login.needs
        if need is Need.LABELS
    ]
    if way.decision.needs_approval:
        doubts += [If.APPROVAL_IS_GIVEN_IN_VAULT(policy.name) for policy, _ in way.stanzas]
    return doubts


def _unseen(dump: VaultDump, owners: Mapping[MountKey, Ownership]) -> Iterator[Condition]:
    """Yield the lists and roles that the dump lacks, but for mounts of another cluster."""
    methods = [mount for mount in dump.mounts if mount.path.startswith("auth/")]
    if not methods:
        yield If.AUTH_METHODS_OF_VAULT_ARE_SEEN()
    lists = {(one.namespace, one.path): one.names for one in dump.lists}
    for mount in methods:
        owner = owners[mount.namespace, mount.path].owner
        if mount.type not in _LOGIN_TYPES or owner is MountOwner.ANOTHER:
            continue
        path = f"{mount.path}/role"
        names = lists.get((mount.namespace, path))
        if names is None:
            yield If.ROLES_OF_VAULT_ARE_SEEN(mount.path)
            continue
        lacking = tuple(
            one for one in names if dump.entry(f"{path}/{one}", mount.namespace) is None
        )
        if lacking:
            shown = lacking[:_SHOWN]
            yield If.ROLE_OF_VAULT_ADMITS(mount.path, shown, len(lacking) - len(shown))


def _reason(way: Way) -> str:
    policies = ", ".join(dict.fromkeys(policy.name for policy, _ in way.stanzas))
    given = f"policy {policies}" if policies else "its policies"
    needs = "".join(f", {_NEEDS[need].format(value)}" for need, value in way.login.needs)
    return f"{_role(way.login)} admits the ServiceAccount{needs}, and {given} allows it"


_NEEDS = {
    Need.AUDIENCE: "with a token for the audience {}",
    Need.ADDRESS: "from {}",
    Need.LABELS: "by labels {}",
}


def _role(login: VaultLogin) -> str:
    namespace = login.role.namespace
    return f"{login.role.path} in {namespace}" if namespace else login.role.path


def _evidence(way: Way) -> Iterable[Evidence]:
    role = way.login.role
    yield Evidence(ROLE_KIND, role.namespace, role.path, role.file, 1)
    capabilities = ", ".join(sorted(way.decision.rule.capabilities)) if way.decision.rule else ""
    pattern = way.decision.rule.path if way.decision.rule else ""
    for policy, line in way.stanzas:
        place = policy.line + line - 1 if policy.line else 0
        detail = f"{capabilities} on {pattern}"
        yield Evidence(
            POLICY_KIND, policy.namespace, policy.name, policy.file, place, detail=detail
        )
