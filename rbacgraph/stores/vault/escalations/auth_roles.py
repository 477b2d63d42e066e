"""Roles and configurations of ``auth/kubernetes`` and ``auth/jwt`` that a token writes.

A role is written so that it admits a ServiceAccount of the attacker, or gives other policies. A
configuration is written so that Vault asks a server of the attacker, or trusts its keys: then
the attacker is any ServiceAccount for every role of the mount.

Source: ``path_role.go`` and ``path_config.go`` of ``vault-plugin-auth-kubernetes`` and of
``vault-plugin-auth-jwt``; recorded as ``write a kubernetes role``.
"""

from collections.abc import Iterator, Mapping, Sequence

from rbacgraph.stores.vault.escalations.policy_texts import choices
from rbacgraph.stores.vault.escalations.requests import (
    Body,
    default_of,
    joined,
    role_policies,
)
from rbacgraph.stores.vault.escalations.rights import EscalationNeeds, TokenInNamespace
from rbacgraph.stores.vault.escalations.types import (
    EscalationKind,
    EscalationNeed,
    TakesEffect,
    TokenChoice,
    VaultEscalation,
    VaultRequest,
    is_enough,
)
from rbacgraph.stores.vault.role_fields import RoleData, gives_tokens, texts, token_policies

_LISTS = ("bound_service_account_names", "bound_service_account_namespaces")
_ADMITS: Mapping[str, Sequence[Body]] = {
    "kubernetes": (
        {_LISTS[0]: ["me"], _LISTS[1]: ["mine"]},
        {_LISTS[0]: "me", _LISTS[1]: "mine"},
        {_LISTS[0]: ["*"], _LISTS[1]: ["*"]},
        {_LISTS[0]: "*", _LISTS[1]: "*"},
    ),
    "jwt": (
        {"role_type": "jwt", "user_claim": "sub", "bound_audiences": ["a"], "bound_subject": "me"},
        {"role_type": "jwt", "user_claim": "sub", "bound_audiences": ["a"]},
        {"role_type": "jwt", "user_claim": "sub", "bound_audiences": "a"},
        {"role_type": "jwt", "user_claim": "sub", "bound_subject": "me"},
    ),
}
_CONFIG: Mapping[str, Sequence[Body]] = {
    "kubernetes": (
        {"kubernetes_host": "https://attacker", "kubernetes_ca_cert": "PEM"},
        {
            "kubernetes_host": "https://attacker",
            "kubernetes_ca_cert": "PEM",
            "disable_local_ca_jwt": True,
        },
        {"kubernetes_host": "https://attacker"},
    ),
    "jwt": (
        {"jwt_validation_pubkeys": ["PEM"]},
        {"jwt_validation_pubkeys": "PEM"},
        {"jwks_url": "https://attacker"},
        {"oidc_discovery_url": "https://attacker"},
    ),
}


def auth_role_writes(rights: TokenInNamespace) -> Iterator[VaultEscalation]:
    """Yield the writes of roles of ``auth/kubernetes`` and ``auth/jwt``."""
    for mount, kind in _mounts(rights):
        for name in rights.names(f"{mount}/role"):
            found = list(_role_writes(rights, mount, kind, name))
            yield from found
            if any(map(is_enough, found)):
                break


def auth_config_writes(rights: TokenInNamespace) -> Iterator[VaultEscalation]:
    """Yield the writes of configurations, each with what the roles of the mount give then."""
    for mount, kind in _mounts(rights):
        sent = rights.send("POST", f"{mount}/config", _CONFIG[kind])
        if sent is None:
            continue
        keys = "jwt_validation_pubkeys" in sent.parameters
        needs = () if keys else ((EscalationNeed.ATTACKER_SERVER, rights.path(mount)),)
        for role in rights.index.entries(rights.namespace, f"{mount}/role").values():
            if gives_tokens(role.data):
                yield rights.escalation(
                    EscalationKind.AUTH_CONFIG_WRITE,
                    [sent],
                    TokenChoice(rights.namespace, token_policies(role.data)),
                    TakesEffect.NEW_LOGIN,
                    (*needs, *networks(role.data)),
                )


def _mounts(rights: TokenInNamespace) -> Iterator[tuple[str, str]]:
    for kind, types in (("kubernetes", ("kubernetes",)), ("jwt", ("jwt", "oidc"))):
        for mount in rights.index.auth_mounts(rights.namespace, *types):
            yield mount, kind


def _role_writes(
    rights: TokenInNamespace, mount: str, kind: str, name: str
) -> Iterator[VaultEscalation]:
    folder = f"{mount}/role"
    own_mount = rights.at_home and rights.token.mount == mount
    own_role = own_mount and rights.token.role == f"{folder}/{name}"
    admission: EscalationNeeds = (
        () if own_mount else ((EscalationNeed.LOGIN_MOUNT, rights.path(mount)),)
    )
    needs: EscalationNeeds = ()

    def attempt(policy: str) -> Sequence[VaultRequest] | None:
        nonlocal needs
        policies = role_policies(policy)
        bodies = [body for admits in _ADMITS[kind] for body in joined(admits, policies)]
        written = rights.write(folder, name, bodies)
        if written is None and own_role:
            written = rights.write(folder, name, policies)
        if written is None:
            return None
        needs = written[1]
        return [written[0]]

    found = choices(rights, attempt)
    if found is not None:
        sent, given = found
        token = rights.token
        identity, entity = (token.identity, token.entity) if own_mount else ((), None)
        kept = tuple(sorted({*identity, *default_of(sent)}))
        choice = TokenChoice(rights.namespace, kept, given, identity, entity)
        yield rights.escalation(
            EscalationKind.AUTH_ROLE_WRITE,
            sent,
            choice,
            TakesEffect.NEW_LOGIN,
            (*admission, *needs),
        )
    role = rights.index.entries(rights.namespace, folder).get(name)
    if role is None or own_role or not gives_tokens(role.data) or (found and found[1] is None):
        return
    bound = rights.write(folder, name, [*_ADMITS[kind], *_one_list(role.data)])
    if bound is not None:
        yield rights.escalation(
            EscalationKind.AUTH_ROLE_WRITE,
            [bound[0]],
            TokenChoice(rights.namespace, token_policies(role.data)),
            TakesEffect.NEW_LOGIN,
            (*admission, *bound[1], *networks(role.data)),
        )


def _one_list(role: RoleData) -> Iterator[Body]:
    """Yield one list alone where the other already admits everyone."""
    for key, other in (_LISTS, _LISTS[::-1]):
        if "*" in texts(role, other):
            yield {key: ["me"]}
            yield {key: "me"}


def networks(role: RoleData) -> EscalationNeeds:
    """Return that the attacker's address lies in the networks of a role, if it binds some."""
    found = [
        network
        for key in ("token_bound_cidrs", "bound_cidrs", "secret_id_bound_cidrs")
        for network in texts(role, key)
    ]
    return ((EscalationNeed.ADDRESS, ", ".join(dict.fromkeys(found))),) if found else ()
