"""Fields that every auth role has, as the API and older versions print them."""

import ipaddress
from collections.abc import Mapping

RoleData = Mapping[str, object]
"""The data of an auth role, as ``vault read -format=json`` has it under ``data``."""


def texts(role: RoleData, key: str) -> tuple[str, ...]:
    """Return a list field; a text is split at its commas, entries of a list are not.

    Examples
    --------
    >>> texts({"names": "app, web"}, "names"), texts({"names": ["app,web"]}, "names")
    (('app', 'web'), ('app,web',))
    """
    value = role.get(key)
    if isinstance(value, str):
        return tuple(part for part in (piece.strip() for piece in value.split(",")) if part)
    if isinstance(value, (list, tuple)):
        return tuple(str(entry) for entry in value)
    return ()


def token_policies(role: RoleData) -> tuple[str, ...]:
    """Return the policies of the tokens that a login gives, in alphabetical order.

    A policy that does not exist stays on the token: who may write a policy of that name gives it
    meaning.

    Examples
    --------
    >>> token_policies({"token_policies": ["app"]})
    ('app', 'default')
    """
    named = {*texts(role, "token_policies"), *texts(role, "policies")}
    if not role.get("token_no_default_policy"):
        named.add("default")
    return tuple(sorted(name.strip().lower() for name in named))


def held_policies(path: str, data: RoleData) -> tuple[str, ...]:
    """Return the policies that an entry of a dump gives: a role, a user, a group or an entity.

    Examples
    --------
    >>> held_policies("auth/approle/role/ci", {"token_policies": ["app"]})
    ('app', 'default')
    >>> held_policies("identity/group/id/g", {"policies": ["app"]})
    ('app',)
    """
    found: tuple[str, ...] = ()
    if path.startswith("identity/"):
        found = texts(data, "policies")
    elif path.startswith("auth/token/"):
        found = texts(data, "allowed_policies")
    elif path.startswith("auth/") and ("token_policies" in data or "policies" in data):
        found = token_policies(data)
    return tuple(dict.fromkeys(found))


def gives_tokens(role: RoleData) -> bool:
    """Whether a login can end in a token at all: an auth method gives no root token."""
    return "root" not in token_policies(role)


def address_fits(role: RoleData, address: str | None) -> bool:
    """Whether a client's address lies in one of the role's networks; ``None`` is taken to."""
    networks = (*texts(role, "token_bound_cidrs"), *texts(role, "bound_cidrs"))
    if not networks or address is None:
        return True
    client = ipaddress.ip_address(address)
    return any(client in ipaddress.ip_network(network, strict=False) for network in networks)
