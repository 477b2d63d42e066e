"""Decides one request to Vault for a ServiceAccount, by the dump in the input."""

from collections.abc import Collection, Iterable
from itertools import chain

from rbacgraph.errors import UsageError
from rbacgraph.facts.external.vault_doubts import (
    CALLERS_OWN,
    Owners,
    VaultCallers,
    login_doubts,
    path_at,
    policy_doubts,
    unseen,
)
from rbacgraph.facts.external.vault_evidence import role_evidence, stanza_evidence
from rbacgraph.model.answers.decision import Decision
from rbacgraph.model.answers.vault_reason import LoginCode, VaultReason
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.node import VAULT
from rbacgraph.stores.vault.logins import Need, VaultCaller, mount_of
from rbacgraph.stores.vault.mount_owners import owners_in
from rbacgraph.stores.vault.operations import capability_for
from rbacgraph.stores.vault.request_limits import limits_on
from rbacgraph.stores.vault.ways import Way, Ways

_NAMED = f"{VAULT}:"
_OF_URL = "/v1/"


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

    ``method``, ``path``: the request: see :meth:`rbacgraph.stores.vault.Policies.allows`. The path
        may also stand as :func:`request_path` takes it.
    ``mounts``: the auth mounts that admit ServiceAccounts of this cluster, as ``auth/kubernetes``.
    Returns yes with the role and the stanzas; no; or unknown, with what the dump lacks.
    Raises UsageError if the input has no dump, the method is none of Vault's, or the path names a
        server.
    """
    if not snapshot.stores:
        raise UsageError(
            "the input holds no dump of Vault",
            advice="rbacgraph explain vault says how to take one; give its folder with -f",
        )
    server, path = request_path(path, [one.address for one in snapshot.stores])
    dump = snapshot.about_one_store((server,), how="vault:{}/PATH").stores[0]
    address = snapshot.place_in_nodes(dump)
    caller = VaultCallers(snapshot).of(namespace, name)
    owners = owners_in(snapshot, dump, mounts)
    ways = Ways(dump).of(caller, method=method, path=path)
    foreign = [way for way in ways if login_doubts(way.login, caller, owners) is None]
    found = sorted(
        (way for way in ways if way not in foreign),
        key=lambda way: (len(way.login.needs), way.login.role.namespace, way.login.role.path),
    )
    doubts = [_doubts(way, caller, owners, address) for way in found]
    for way, doubtful in zip(found, doubts, strict=True):
        if way.decision.allowed and not doubtful:
            evidence = tuple(_evidence(way))
            return Decision(allowed=True, reason=_reason(way, method), evidence=evidence)
    missing = dict.fromkeys((*chain.from_iterable(doubts), *unseen(dump, owners, address)))
    others = sorted({mount_of(way.login.role) for way in foreign})
    reason = (LoginCode.NONE_ALLOWS if found else LoginCode.NONE_IS_ADMITTED)(*others)
    return Decision(allowed=False, reason=reason, missing=tuple(missing))


def request_path(text: str, servers: Collection[str] = ()) -> tuple[str, str]:
    """Return the path of a request, which may stand as in a URL or as the name of a secret.

    The address of a server stands before it in a name, if it has one of ``servers``.

    Raises UsageError if the name has the address of another server.

    Examples
    --------
    >>> request_path("vault:kv/data/db"), request_path("/v1/kv/data/db"), request_path("v1/db")
    (('', 'kv/data/db'), ('', 'kv/data/db'), ('', 'v1/db'))
    >>> request_path("vault:eu.example/kv/data/db", ["eu.example"])
    ('eu.example', 'kv/data/db')
    """
    named = text.startswith(_NAMED)
    path = text.removeprefix(_NAMED).removeprefix(_OF_URL)
    server, _, rest = path.partition("/")
    if named and server and server in servers:
        return server, rest
    if named and ":" in server:
        raise UsageError(f"{text} names a server", advice=f"the path alone is {rest}")
    return "", path


def _doubts(way: Way, caller: VaultCaller, owners: Owners, address: str) -> list[Condition]:
    """Return what is not known of a login and could change its answer."""
    role = path_at(address, way.login.role.path)
    by_policies = policy_doubts(way.decision, way.stanzas, way.missing, role)
    of_login = login_doubts(way.login, caller, owners, address)
    if by_policies is None or of_login is None:
        return []
    bound = If.SENTINEL_OF_VAULT_ALLOWS(*way.sentinel) if way.sentinel else CERTAIN
    doubts = both(by_policies, of_login, bound).doubts
    return [one.code(*one.subject) for one in doubts if one.code not in CALLERS_OWN]


def _reason(way: Way, method: str) -> VaultReason:
    role = way.login.role
    policies = tuple(dict.fromkeys(policy.name for policy, _ in way.stanzas))
    needs = tuple(_NEEDS[need](value) for need, value in way.login.needs)
    capability = capability_for(method, exists=None, listing=False)
    limits = limits_on(way.decision.rule, capability) if way.decision.rule else ()
    within = tuple(LoginCode.WITHIN(field, *values) for field, values in limits)
    return LoginCode.ALLOWS(role.path, role.namespace, needs, policies, within)


_NEEDS = {
    Need.AUDIENCE: LoginCode.NEEDS_AUDIENCE,
    Need.ADDRESS: LoginCode.NEEDS_ADDRESS,
    Need.LABELS: LoginCode.NEEDS_LABELS,
    Need.CLAIMS: LoginCode.NEEDS_CLAIMS,
    Need.ENTITY: LoginCode.NEEDS_ENTITY,
    Need.OTHER_ENTITY: LoginCode.NEEDS_OTHER_ENTITY,
    Need.TEMPLATES: LoginCode.NEEDS_TEMPLATES,
}


def _evidence(way: Way) -> Iterable[Evidence]:
    return role_evidence(way.login), *stanza_evidence(way.decision, way.stanzas)
