"""Roles of ``auth/approle`` and users of ``auth/userpass``: credentials that a token makes.

Source: ``builtin/credential/approle/path_role.go`` and ``builtin/credential/userpass``; recorded
as ``approle: …`` and ``userpass: …``. A role that binds no secret id logs in by its role id; the
role's writer chooses both.
"""

from collections.abc import Callable, Iterator, Sequence

from rbacgraph.stores.vault.escalations.auth_roles import networks
from rbacgraph.stores.vault.escalations.policy_texts import choices
from rbacgraph.stores.vault.escalations.requests import (
    POLICY_KEYS,
    Body,
    default_of,
    joined,
    naming,
    role_policies,
)
from rbacgraph.stores.vault.escalations.rights import EscalationNeeds, TokenInNamespace
from rbacgraph.stores.vault.escalations.types import (
    EscalationKind,
    TakesEffect,
    TokenChoice,
    VaultEscalation,
    VaultRequest,
    is_enough,
)
from rbacgraph.stores.vault.role_fields import RoleData, gives_tokens, token_policies

_OPEN_ROLE: tuple[Body, ...] = tuple(
    {"role_id": "mine", "bind_secret_id": False, key: value}
    for key in ("token_bound_cidrs", "secret_id_bound_cidrs")
    for value in (["0.0.0.0/0"], "0.0.0.0/0")
)
_PASSWORDS: tuple[Body, ...] = ({"password": "mine"}, {"password_hash": "mine"})


_Write = Callable[[TokenInNamespace, str, str], VaultEscalation | None]
_Credential = Callable[[TokenInNamespace, str, RoleData], Sequence[VaultRequest] | None]


def approle_logins(rights: TokenInNamespace) -> Iterator[VaultEscalation]:
    """Yield the logins to roles of ``auth/approle``, and the writes of such roles."""
    for mount in rights.index.auth_mounts(rights.namespace, "approle"):
        kind = EscalationKind.APPROLE_LOGIN
        yield from _entries(rights, f"{mount}/role", kind, approle_write, _approle_login)


def user_logins(rights: TokenInNamespace) -> Iterator[VaultEscalation]:
    """Yield the users of ``auth/userpass`` whose password or policies the token writes."""
    for mount in rights.index.auth_mounts(rights.namespace, "userpass"):
        kind = EscalationKind.USER_PASSWORD
        yield from _entries(rights, f"{mount}/users", kind, user_write, _password)


def _entries(
    rights: TokenInNamespace,
    folder: str,
    kind: EscalationKind,
    write: _Write,
    credential: _Credential,
) -> Iterator[VaultEscalation]:
    """Yield the writes of entries in a folder, and the logins by those that give tokens."""
    for name in rights.names(folder):
        known = rights.index.entries(rights.namespace, folder).get(name)
        written = write(rights, folder, name)
        if written is not None:
            yield written
            if is_enough(written):
                break
        if known is not None and gives_tokens(known.data):
            sent = credential(rights, f"{folder}/{name}", known.data)
            if sent is not None:
                yield _login(rights, kind, sent, known.data)


def _login(
    rights: TokenInNamespace, kind: EscalationKind, sent: Sequence[VaultRequest], role: RoleData
) -> VaultEscalation:
    gain = TokenChoice(rights.namespace, token_policies(role))
    return rights.escalation(kind, sent, gain, TakesEffect.NEW_LOGIN, networks(role))


def _written(
    rights: TokenInNamespace,
    kind: EscalationKind,
    attempt: Callable[[str], tuple[Sequence[VaultRequest], EscalationNeeds] | None],
) -> VaultEscalation | None:
    """Return the write of an entry that gives a policy of the attacker's choice."""
    needs: EscalationNeeds = ()

    def requests(policy: str) -> Sequence[VaultRequest] | None:
        nonlocal needs
        found = attempt(policy)
        if found is not None:
            needs = found[1]
        return None if found is None else found[0]

    found = choices(rights, requests)
    if found is None:
        return None
    gain = TokenChoice(rights.namespace, default_of(found[0]), found[1])
    return rights.escalation(kind, found[0], gain, TakesEffect.NEW_LOGIN, needs)


def approle_write(rights: TokenInNamespace, folder: str, name: str) -> VaultEscalation | None:
    """Return how the token writes a role of ``auth/approle`` and logs in to it."""
    path = f"{folder}/{name}"
    login = _approle_login(rights, path, {})

    def attempt(policy: str) -> tuple[Sequence[VaultRequest], EscalationNeeds] | None:
        policies, plain = role_policies(policy), list(naming(policy, *POLICY_KEYS))
        alone = rights.write(
            folder, name, [body for opened in _OPEN_ROLE for body in joined(opened, policies)]
        )
        if alone is not None:
            return [alone[0]], alone[1]
        if login is None:
            return None
        written = rights.write(folder, name, policies)
        if written is not None:
            return [written[0], *login], written[1]
        exists = rights.exists(folder, name)
        sent = rights.send("POST", f"{path}/policies", plain) if exists else None
        return None if sent is None else ([sent, *login], ())

    return _written(rights, EscalationKind.APPROLE_WRITE, attempt)


def _approle_login(
    rights: TokenInNamespace, path: str, role: RoleData
) -> Sequence[VaultRequest] | None:
    """Return the requests that give the credentials of a role."""
    role_id = rights.send("GET", f"{path}/role-id") or rights.send(
        "POST", f"{path}/role-id", [{"role_id": "mine"}]
    )
    if role_id is None:
        return None
    if role.get("bind_secret_id") is False:
        return [role_id]
    secret_id = rights.send("POST", f"{path}/secret-id") or rights.send(
        "POST", f"{path}/custom-secret-id", [{"secret_id": "mine"}]
    )
    return None if secret_id is None else [role_id, secret_id]


def user_write(rights: TokenInNamespace, folder: str, name: str) -> VaultEscalation | None:
    """Return how the token gives a user of ``auth/userpass`` a password and policies."""
    exists = rights.exists(folder, name)
    own = rights.at_home and rights.token.role == f"{folder}/{name}"

    def attempt(policy: str) -> tuple[Sequence[VaultRequest], EscalationNeeds] | None:
        policies, plain = role_policies(policy), list(naming(policy, *POLICY_KEYS))
        whole = rights.write(
            folder, name, [body for known in _PASSWORDS for body in joined(known, policies)]
        )
        if whole is not None:
            return [whole[0]], whole[1]
        if not exists and not own:
            return None
        password = () if own else _password(rights, f"{folder}/{name}", {})
        sent = rights.send("POST", f"{folder}/{name}/policies", plain) or rights.send(
            "POST", f"{folder}/{name}", policies, exists=True
        )
        return None if sent is None or password is None else ([sent, *password], ())

    return _written(rights, EscalationKind.USER_WRITE, attempt)


def _password(
    rights: TokenInNamespace, path: str, _user: RoleData
) -> Sequence[VaultRequest] | None:
    """Return the request that gives an existing user a new password."""
    sent = rights.send("POST", f"{path}/password", _PASSWORDS) or rights.send(
        "POST", path, _PASSWORDS, exists=True
    )
    return None if sent is None else [sent]
