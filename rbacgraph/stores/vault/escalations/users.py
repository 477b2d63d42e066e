"""Roles of ``auth/approle`` and users of ``auth/userpass``: credentials that a token makes.

Source: ``builtin/credential/approle/path_role.go`` and ``builtin/credential/userpass``; recorded
as ``approle: …`` and ``userpass: …``. A role that binds no secret id logs in by its role id; the
role's writer chooses both.
"""

from collections.abc import Callable, Iterator, Sequence

from rbacgraph.stores.vault.escalations.auth_roles import networks
from rbacgraph.stores.vault.escalations.requests import (
    POLICY_KEYS,
    Body,
    choices,
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


def approle_logins(rights: TokenInNamespace) -> Iterator[VaultEscalation]:
    """Yield the logins to roles of ``auth/approle``, and the writes of such roles."""
    for mount in rights.index.auth_mounts(rights.namespace, "approle"):
        folder = f"{mount}/role"
        for name in rights.names(folder):
            role = rights.index.entries(rights.namespace, folder).get(name)
            written = approle_write(rights, folder, name)
            if written is not None:
                yield written
                if is_enough(written):
                    break
            if role is not None and gives_tokens(role.data):
                login = _approle_login(rights, f"{folder}/{name}", role.data)
                if login is not None:
                    yield _login(rights, EscalationKind.APPROLE_LOGIN, login, role.data)


def user_logins(rights: TokenInNamespace) -> Iterator[VaultEscalation]:
    """Yield the users of ``auth/userpass`` whose password or policies the token writes."""
    for mount in rights.index.auth_mounts(rights.namespace, "userpass"):
        folder = f"{mount}/users"
        for name in rights.names(folder):
            user = rights.index.entries(rights.namespace, folder).get(name)
            written = user_write(rights, folder, name)
            if written is not None:
                yield written
                if is_enough(written):
                    break
            if user is not None and gives_tokens(user.data):
                password = _password(rights, folder, name)
                if password is not None:
                    yield _login(rights, EscalationKind.USER_PASSWORD, [password], user.data)


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

    found = choices(rights.requests, requests, rights.policies)
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
        password = None if own else _password(rights, folder, name)
        sent = rights.send("POST", f"{folder}/{name}/policies", plain) or rights.send(
            "POST", f"{folder}/{name}", policies, exists=True
        )
        if sent is None or (password is None and not own):
            return None
        return [sent, *([password] if password else [])], ()

    return _written(rights, EscalationKind.USER_WRITE, attempt)


def _password(rights: TokenInNamespace, folder: str, name: str) -> VaultRequest | None:
    """Return the request that gives an existing user a new password."""
    return rights.send("POST", f"{folder}/{name}/password", _PASSWORDS) or rights.send(
        "POST", f"{folder}/{name}", _PASSWORDS, exists=True
    )
