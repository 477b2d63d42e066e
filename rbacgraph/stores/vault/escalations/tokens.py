"""Tokens that the holder of a token creates, and token roles that it writes.

Source: ``handleCreateCommon`` in ``vault/token_store.go``; the recorded creations. A token that
is an orphan has no entity, and so none of its policies. In a namespace below the token's own only
``sudo`` creates one.
"""

from collections.abc import Iterator, Sequence

from rbacgraph.model.stores.vault_dump import VaultEntry
from rbacgraph.stores.vault.escalations.policy_texts import choices, written_and_named
from rbacgraph.stores.vault.escalations.requests import Body, default_of, joined, naming
from rbacgraph.stores.vault.escalations.rights import EscalationNeeds, TokenInNamespace
from rbacgraph.stores.vault.escalations.types import (
    EscalationKind,
    TakesEffect,
    TokenChoice,
    VaultEscalation,
    VaultRequest,
    is_enough,
)
from rbacgraph.stores.vault.role_fields import RoleData, texts
from rbacgraph.stores.vault.token_creation import created_policies

ROLES = "auth/token/roles"
_NO_DEFAULT: Body = {"no_default_policy": True}


def token_creations(rights: TokenInNamespace) -> Iterator[VaultEscalation]:
    """Yield the tokens that the holder creates with other policies than its own."""
    if rights.token.batch:
        return
    for path, orphan in (("auth/token/create", False), ("auth/token/create-orphan", True)):
        if rights.requests.has_sudo(rights.path(path)):
            yield from _chosen(rights, path, orphan=orphan)
        elif rights.at_home and len(rights.token.names) > 1:
            yield from _chosen(rights, path, rights.token.policies, orphan=orphan)
    yield from _by_roles(rights)


def _chosen(
    rights: TokenInNamespace, path: str, own: Sequence[str] | None = None, *, orphan: bool
) -> Iterator[VaultEscalation]:
    """Yield the creation of a token with one policy of the holder's choice."""

    def attempt(name: str) -> Sequence[VaultRequest] | None:
        sent = rights.create(path, _bodies(name))
        return None if sent is None else [sent]

    found = choices(rights, attempt, own)
    if found is not None:
        sent, given = found
        yield rights.escalation(
            EscalationKind.TOKEN_CREATION,
            sent,
            _token(rights, sent, given, orphan=orphan or not rights.at_home),
            TakesEffect.NEW_TOKEN,
        )


def _bodies(name: str) -> Iterator[Body]:
    yield from joined(_NO_DEFAULT, naming(name, "policies"))
    yield from naming(name, "policies")


def _token(
    rights: TokenInNamespace,
    sent: Sequence[VaultRequest],
    given: tuple[str, ...] | None,
    *,
    orphan: bool,
) -> TokenChoice:
    """Return what a creation gives: the policies of the entity stay unless it is an orphan."""
    token = rights.token
    default = default_of(sent)
    if orphan:
        return TokenChoice(rights.namespace, default, given)
    kept = tuple(sorted({*default, *token.identity}))
    return TokenChoice(rights.namespace, kept, given, token.identity, token.entity)


def _by_roles(rights: TokenInNamespace) -> Iterator[VaultEscalation]:
    known = rights.index.entries(rights.namespace, ROLES)
    names = rights.names(ROLES), rights.names("auth/token/create", ROLES)
    for name in dict.fromkeys(name for found in names for name in found):
        path = f"auth/token/create/{name}"
        if not rights.at_home and not rights.requests.has_sudo(rights.path(path)):
            continue
        if rights.create(path, [{}, *_bodies("default")]) is None and not any(
            rights.create(path, _bodies(policy)) for policy in rights.policies
        ):
            continue
        written = _written_role(rights, name, path)
        if written is not None:
            yield written
            if is_enough(written):
                break
        elif name in known:
            yield from _by_role(rights, known[name].data, path)


def _written_role(rights: TokenInNamespace, name: str, path: str) -> VaultEscalation | None:
    """Return how the holder writes a token role and then creates a token by it."""
    needs: EscalationNeeds = ()

    def attempt(policy: str) -> Sequence[VaultRequest] | None:
        nonlocal needs
        bodies = [
            *naming(policy, "allowed_policies", "allowed_policies_glob"),
            *naming("*", "allowed_policies_glob"),
            *naming("none", "disallowed_policies"),
        ]
        written = rights.write(ROLES, name, bodies)
        created = rights.create(path, [*_bodies(policy), {}])
        if written is None or created is None:
            return None
        needs = written[1]
        return [written[0], created]

    found = choices(rights, attempt)
    if found is None:
        return None
    sent, given = found
    return rights.escalation(
        EscalationKind.TOKEN_ROLE_WRITE,
        sent,
        _token(rights, sent, given, orphan=not rights.at_home),
        TakesEffect.NEW_TOKEN,
        needs,
    )


def takes_new_names(role: VaultEntry) -> bool:
    """Whether a token role may give a policy that it does not name: by a pattern, or any other."""
    fields = ("allowed_policies_glob", "disallowed_policies", "disallowed_policies_glob")
    return any(texts(role.data, field) for field in fields)


def _by_role(rights: TokenInNamespace, role: RoleData, path: str) -> Iterator[VaultEscalation]:
    """Yield the tokens that an existing token role gives."""
    held, orphan = rights.token.policies, bool(role.get("orphan"))
    sudo = rights.requests.has_sudo(rights.path(path))

    def attempt(policy: str) -> Sequence[VaultRequest] | None:
        for body in _bodies(policy):
            created = created_policies(
                held,
                sudo=sudo,
                role=role,
                requested=[policy],
                no_default=bool(body.get("no_default_policy")),
            )
            sent = rights.create(path, [body])
            if created is not None and policy in created and sent is not None:
                return [sent]
        return None

    written = written_and_named(rights, attempt, texts(role, "allowed_policies_glob"))
    if written is not None:
        choice = _token(rights, written, None, orphan=orphan)
        yield rights.escalation(
            EscalationKind.TOKEN_CREATION, written, choice, TakesEffect.NEW_TOKEN
        )
    named = (policy.lower() for policy in texts(role, "allowed_policies"))
    tried = (
        (policy, attempt(policy)) for policy in dict.fromkeys((*rights.policies, *held, *named))
    )
    given = {policy: sent[0] for policy, sent in tried if sent is not None}
    gains = [policy for policy in given if policy not in held]
    if given and (gains or len(rights.token.names) > 1):
        requests = [next(iter(given.values()))]
        choice = _token(rights, requests, tuple(given), orphan=orphan)
        yield rights.escalation(
            EscalationKind.TOKEN_CREATION, requests, choice, TakesEffect.NEW_TOKEN
        )
        return
    created = created_policies(held, sudo=sudo, role=role)
    bare = rights.create(path)
    if created is not None and bare is not None and set(created) - set(rights.token.names):
        kept = tuple(sorted({*created, *(() if orphan else rights.token.identity)}))
        identity = () if orphan else rights.token.identity
        entity = None if orphan else rights.token.entity
        whole = TokenChoice(rights.namespace, kept, (), identity, entity)
        yield rights.escalation(EscalationKind.TOKEN_CREATION, [bare], whole, TakesEffect.NEW_TOKEN)
