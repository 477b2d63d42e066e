"""A plain second engine: an attacker who tries requests on a small model of a server.

Each write is really applied to a copy of the state, and the evaluator of policies is asked again
in the new state. It knows nothing of what is an escalation.
"""

from ast import literal_eval
from collections import deque
from fnmatch import fnmatchcase
from functools import cache
from itertools import combinations
from typing import NamedTuple

from rbacgraph.stores.vault import Policies

EVERYTHING = (
    'path "*" { capabilities = ["create", "read", "update", "delete", "list", "patch", "sudo"] }'
)
SECRET = "kv/secret"
NEW = ("mine", "else", "more")
"""New names: rules can treat them differently."""
POLICY_NAMES = ("policies", "token_policies", "allowed_policies")
"""Parameters that name policies, where a write has them; a read may have any."""

VALUES = ("low", "mid", "top")
PASSWORDS = ({"password": "p"}, {"password_hash": "p"})


class State(NamedTuple):
    """What the server holds, and what the attacker has.

    ``texts``: policies. ``makers``: token roles with their allowed policies. ``accounts``: roles of
    auth/k8s, whether each admits the attacker, with policies. ``apps``: AppRoles, whether each asks
    for a secret id, with policies. ``users``: with policies. ``known``: the credentials that the
    attacker has. ``tokens``: the policies of each token that it has.
    """

    texts: frozenset
    makers: frozenset
    accounts: frozenset
    apps: frozenset
    users: frozenset
    known: frozenset
    tokens: frozenset


def put(pairs, name, value):
    """Return pairs with one name set."""
    return frozenset({**dict(pairs), name: value}.items())


def reads(state):
    return any(allows(state, token, "GET", SECRET) for token in state.tokens)


def allows(state, token, method, path, body=None, *, exists=None):
    held = held_texts(state, token)
    return decided(held, method, path, repr(body), exists) if held else False


def held_texts(state, token):
    return tuple(sorted(one for one in state.texts if one[0] in token))


@cache
def decided(held, method, path, body, exists):
    given = literal_eval(body) or {}
    names = ("policy", "password", *(POLICY_NAMES if method == "GET" else ()))
    return any(
        policies(held).allows(
            method=method,
            path=path,
            parameters={**dict.fromkeys(more, value), **given},
            exists=exists,
        )
        for value in ("1", *(VALUES if method == "GET" else ()))
        for count in range(len(names) + 1)
        for more in combinations(names, count)
    )


@cache
def policies(held):
    return Policies(dict(held), "openbao")


def name_bodies(policy, *keys):
    return [{key: value} for key in keys for value in ([policy], policy)]


def role_bodies(policy):
    for body in name_bodies(policy, "token_policies", "policies"):
        yield {**body, "token_no_default_policy": True}, frozenset({policy})
        yield body, frozenset({policy, "default"})


def add(state, *policies):
    return state._replace(tokens=state.tokens | {frozenset(policies)})


def gains(state):
    """Yield the state after each request that gives a token or a credential."""
    for token in state.tokens:
        for policy in [*dict(state.texts), *NEW]:
            yield from direct_creations(state, token, policy)
            yield from creations_by_role(state, token, policy)
        yield from app_credentials(state, token)
        yield from user_credentials(state, token)
    for _, (admits, given) in state.accounts:
        if admits:
            yield add(state, *given)
    for name, (asks, given) in state.apps:
        if ("id", name) in state.known and (not asks or ("secret", name) in state.known):
            yield add(state, *given)
    for name, given in state.users:
        if ("password", name) in state.known:
            yield add(state, *given)


def writes(state):
    """Yield the state after each write of an entry that one of the tokens may send."""
    for token in state.tokens:
        yield from policy_writes(state, token)
        yield from account_writes(state, token)
        for policy in [*dict(state.texts), *NEW]:
            yield from maker_writes(state, token, policy)
            yield from app_writes(state, token, policy)
            yield from user_writes(state, token, policy)


def policy_writes(state, token):
    body = {"policy": EVERYTHING}
    for name in [*dict(state.texts), *NEW]:
        path = f"sys/policies/acl/{name}"
        if any(
            allows(state, token, method, written, body)
            for method, written in (("PUT", path), ("PATCH", path), ("PUT", f"sys/policy/{name}"))
        ) or allows(state, token, "PUT", f"sys/policy/{name}", {"rules": EVERYTHING}):
            yield state._replace(texts=put(state.texts, name, EVERYTHING))


def maker_writes(state, token, policy):
    for name in [*dict(state.makers), *NEW]:
        exists = name in dict(state.makers)
        if any(
            allows(state, token, "POST", f"auth/token/roles/{name}", body, exists=exists)
            for body in name_bodies(policy, "allowed_policies")
        ):
            yield state._replace(makers=put(state.makers, name, frozenset({policy})))


def create_bodies(policy):
    for body in name_bodies(policy, "policies"):
        yield {**body, "no_default_policy": True}, {policy}
        yield body, {policy, "default"}


def direct_creations(state, token, policy):
    path = "auth/token/create"
    sudo = "sudo" in policies(held_texts(state, token)).capabilities(path)
    for body, given in create_bodies(policy):
        if allows(state, token, "POST", path, body) and (sudo or policy in token):
            yield add(state, *(given if sudo else given & (token | {policy})))


def creations_by_role(state, token, policy):
    for name, allowed in state.makers:
        if allows(state, token, "POST", f"auth/token/create/{name}", {}):
            yield add(state, "default", *(one for one in allowed if "*" not in one))
        for body, given in create_bodies(policy):
            if any(fnmatchcase(policy, one) for one in allowed) and allows(
                state, token, "POST", f"auth/token/create/{name}", body
            ):
                yield add(state, *given)


def account_writes(state, token):
    admits = {"bound_service_account_names": ["me"], "bound_service_account_namespaces": ["mine"]}
    known = dict(state.accounts)
    for name in [*known, *NEW]:
        path, exists = f"auth/k8s/role/{name}", name in known
        for policy in [*dict(state.texts), *NEW]:
            for body, given in role_bodies(policy):
                if allows(state, token, "POST", path, {**admits, **body}, exists=exists):
                    yield state._replace(accounts=put(state.accounts, name, (True, given)))
                if (
                    exists
                    and known[name][0]
                    and allows(state, token, "POST", path, body, exists=True)
                ):
                    yield state._replace(accounts=put(state.accounts, name, (True, given)))
        if exists and allows(state, token, "POST", path, admits, exists=True):
            given = known[name][1]
            yield state._replace(accounts=put(state.accounts, name, (True, given)))


def app_writes(state, token, policy):
    opened = {"role_id": "x", "bind_secret_id": False, "secret_id_bound_cidrs": ["0.0.0.0/0"]}
    known = dict(state.apps)
    for name in [*known, *NEW]:
        path, exists = f"auth/app/role/{name}", name in known
        for body, given in role_bodies(policy):
            if allows(state, token, "POST", path, {**opened, **body}, exists=exists):
                yield state._replace(
                    apps=put(state.apps, name, (False, given)),
                    known=state.known | {("id", name)},
                )
            if exists and allows(state, token, "POST", path, body, exists=True):
                yield state._replace(apps=put(state.apps, name, (known[name][0], given)))
        for body in name_bodies(policy, "token_policies", "policies") if exists else ():
            if allows(state, token, "POST", f"{path}/policies", body):
                given = frozenset({policy}) | (known[name][1] & {"default"})
                yield state._replace(apps=put(state.apps, name, (known[name][0], given)))


def app_credentials(state, token):
    for name, _ in state.apps:
        path = f"auth/app/role/{name}"
        if allows(state, token, "GET", f"{path}/role-id") or allows(
            state, token, "POST", f"{path}/role-id", {"role_id": "x"}
        ):
            yield state._replace(known=state.known | {("id", name)})
        if allows(state, token, "POST", f"{path}/secret-id", {}) or allows(
            state, token, "POST", f"{path}/custom-secret-id", {"secret_id": "x"}
        ):
            yield state._replace(known=state.known | {("secret", name)})


def user_writes(state, token, policy):
    known = dict(state.users)
    for name in [*known, *NEW]:
        path, exists = f"auth/up/users/{name}", name in known
        for body, given in role_bodies(policy):
            if any(
                allows(state, token, "POST", path, {**one, **body}, exists=exists)
                for one in PASSWORDS
            ):
                yield state._replace(
                    users=put(state.users, name, given), known=state.known | {("password", name)}
                )
            if exists and allows(state, token, "POST", path, body, exists=True):
                yield state._replace(users=put(state.users, name, given))
        for body in name_bodies(policy, "token_policies", "policies") if exists else ():
            if allows(state, token, "POST", f"{path}/policies", body):
                given = frozenset({policy}) | (known[name] & {"default"})
                yield state._replace(users=put(state.users, name, given))


def user_credentials(state, token):
    for name, _ in state.users:
        path = f"auth/up/users/{name}"
        if any(
            allows(state, token, "POST", path, one, exists=True)
            or allows(state, token, "POST", f"{path}/password", one)
            for one in PASSWORDS
        ):
            yield state._replace(known=state.known | {("password", name)})


def settled(state):
    """Return the state with every token and credential that costs no write of an entry.

    They are never lost, so their order does not matter.
    """
    while True:
        found = list(gains(state))
        after = state._replace(
            tokens=state.tokens.union(*(one.tokens for one in found)),
            known=state.known.union(*(one.known for one in found)),
        )
        if after == state:
            return state
        state = after


def reaches(start, most):
    """Whether some sequence of requests reads the secret; None after ``most`` states."""
    start = settled(start)
    if reads(start):
        return True
    seen, waiting = {start}, deque([start])
    while waiting:
        for written in dict.fromkeys(writes(waiting.popleft())):
            after = settled(written)
            if reads(after):
                return True
            if after not in seen:
                seen.add(after)
                waiting.append(after)
            if len(seen) > most:
                return None
    return False
