"""Decides one request to Vault for a ServiceAccount, by the dump in the input."""

from collections.abc import Collection, Iterable, Iterator
from itertools import chain

from rbacgraph.errors import UsageError
from rbacgraph.model.answers.decision import Decision
from rbacgraph.model.answers.vault_reason import LoginCode, VaultReason
from rbacgraph.model.condition import Condition, If
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.stores.vault_dump import VaultDump
from rbacgraph.stores.vault.logins import Need, VaultCaller
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
    found = sorted(
        Ways(snapshot.vault).of(caller, method=method, path=path),
        key=lambda way: (len(way.login.needs), way.login.role.namespace, way.login.role.path),
    )
    own = {f"auth/{mount.removeprefix('auth/').strip('/')}" for mount in mounts}
    own |= set(_own_mounts(snapshot, snapshot.vault))
    doubts = [_doubts(way, caller, own) for way in found]
    for way, doubtful in zip(found, doubts, strict=True):
        if way.decision.allowed and not doubtful:
            evidence = tuple(_evidence(way))
            return Decision(allowed=True, reason=_reason(way), evidence=evidence)
    missing = dict.fromkeys((*chain.from_iterable(doubts), *_unseen(snapshot.vault)))
    reason = LoginCode.NONE_ALLOWS() if found else LoginCode.NONE_IS_ADMITTED()
    return Decision(allowed=False, reason=reason, missing=tuple(missing))


def _own_mounts(snapshot: Snapshot, dump: VaultDump) -> Iterator[str]:
    """Yield the auth mounts whose API server is the one that the input was read from."""
    server = snapshot.collected.server.rstrip("/") if snapshot.collected else ""
    for entry in dump.entries:
        host = entry.data.get("kubernetes_host")
        if server and entry.path.endswith("/config") and str(host).rstrip("/") == server:
            yield entry.path.removesuffix("/config")


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


def _doubts(way: Way, caller: VaultCaller, own: Collection[str]) -> list[Condition]:
    """Return what is not known of a login and could change its answer."""
    role = way.login.role.path
    doubts = []
    if way.missing and way.decision.allowed:
        doubts.append(If.POLICY_OF_VAULT_DOES_NOT_DENY(role, *way.missing))
    elif way.missing:
        doubts.append(If.POLICY_OF_VAULT_ALLOWS(role, *way.missing))
    if not (way.decision.allowed or way.missing):
        return []
    mount = role.rpartition("/role/")[0]
    if mount not in own:
        doubts.append(If.MOUNT_OF_VAULT_IS_THIS_CLUSTERS(mount, mount))
    doubts += [
        If.NAMESPACE_IS_SELECTED_BY_VAULT(caller.namespace, role, value)
        for need, value in way.login.needs
        if need is Need.LABELS
    ]
    if way.decision.needs_approval:
        doubts += [If.APPROVAL_IS_GIVEN_IN_VAULT(policy.name) for policy, _ in way.stanzas]
    return doubts


def _unseen(dump: VaultDump) -> Iterator[Condition]:
    """Yield the lists and roles that the dump lacks."""
    methods = [mount for mount in dump.mounts if mount.path.startswith("auth/")]
    if not methods:
        yield If.AUTH_METHODS_OF_VAULT_ARE_SEEN()
    lists = {(one.namespace, one.path): one.names for one in dump.lists}
    for mount in methods:
        if mount.type not in _LOGIN_TYPES:
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


def _reason(way: Way) -> VaultReason:
    role = way.login.role
    policies = tuple(dict.fromkeys(policy.name for policy, _ in way.stanzas))
    needs = tuple(_NEEDS[need](value) for need, value in way.login.needs)
    return LoginCode.ALLOWS(role.path, role.namespace, needs, policies)


_NEEDS = {
    Need.AUDIENCE: LoginCode.NEEDS_AUDIENCE,
    Need.ADDRESS: LoginCode.NEEDS_ADDRESS,
    Need.LABELS: LoginCode.NEEDS_LABELS,
}


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
