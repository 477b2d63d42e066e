"""Which ServiceAccount tokens a role of ``auth/jwt`` admits.

Source: ``path_login.go`` and ``claims.go`` of ``hashicorp/vault-plugin-auth-jwt``; the recorded
logins in ``fixtures/stores/vault/jwt-auth.json``.
"""

from collections.abc import Iterable, Mapping, Sequence

from rbacgraph.stores.vault.request_limits import glob_matches
from rbacgraph.stores.vault.role_fields import RoleData, address_fits, gives_tokens, texts

TokenClaims = Mapping[str, object]

__all__ = [
    "TokenClaims",
    "claims_of_a_token",
    "jwt_admits",
    "mapped_claims",
    "serviceaccount_claims",
    "user_of",
    "without_claims",
]

_ISSUER = frozenset({"iss", "/iss"})
_UID = "/kubernetes.io/serviceaccount/uid"
_OWN = frozenset({"jti", "/jti"})
_OWN_BELOW = (
    "/kubernetes.io/pod/",
    "/kubernetes.io/node/",
    "/kubernetes.io/secret/",
    "kubernetes.io/serviceaccount/",
    "/kubernetes.io~1serviceaccount~1",
)
"""Claims that differ between tokens of one ServiceAccount; the last are those of old Secrets."""


def serviceaccount_claims(
    namespace: str, serviceaccount: str, *, audiences: Iterable[str] = (), uid: str = ""
) -> TokenClaims:
    """Return the claims of a ServiceAccount's token that a role can ask for.

    Examples
    --------
    >>> serviceaccount_claims("prod", "app")["sub"]
    'system:serviceaccount:prod:app'
    """
    return {
        "sub": f"system:serviceaccount:{namespace}:{serviceaccount}",
        "aud": list(audiences),
        "kubernetes.io": {
            "namespace": namespace,
            "serviceaccount": {"name": serviceaccount, "uid": uid},
        },
    }


def jwt_admits(role: RoleData, claims: TokenClaims, *, remote_addr: str | None = None) -> bool:
    """Whether a token with these claims logs in to a role of ``auth/jwt``.

    Its signature and its issuer are taken to be right.

    ``role``: the role's data, as ``vault read -format=json auth/jwt/role/R`` gives it.
    ``remote_addr``: the client's address; without one it is taken to be in the networks that the
        role binds.

    Examples
    --------
    >>> role = {
    ...     "role_type": "jwt",
    ...     "user_claim": "sub",
    ...     "bound_audiences": ["vault"],
    ...     "bound_claims": {"/kubernetes.io/namespace": "prod"},
    ... }
    >>> jwt_admits(role, serviceaccount_claims("prod", "app", audiences=["vault"]))
    True
    """
    subject = role.get("bound_subject")
    return (
        role.get("role_type") == "jwt"
        and gives_tokens(role)
        and _audience_fits(role, claims)
        and (not subject or subject == claims.get("sub"))
        and _claims_fit(role, claims)
        and bool(user_of(role, claims))
        and address_fits(role, remote_addr)
    )


def user_of(role: RoleData, claims: TokenClaims) -> str:
    """Return the name by which the mount knows the holder of a token.

    Examples
    --------
    >>> user_of({"user_claim": "sub"}, serviceaccount_claims("prod", "app"))
    'system:serviceaccount:prod:app'
    """
    return str(_claim(claims, str(role.get("user_claim") or "sub"), role) or "")


def claims_of_a_token(role: RoleData, *, uid: str) -> tuple[str, ...]:
    """Return the claims that a role asks for and that the ServiceAccount alone does not decide.

    ``uid``: the uid of the ServiceAccount; ``""`` where it is not known.

    Examples
    --------
    >>> role = {"bound_claims": {"/kubernetes.io/pod/name": "web-0", "sub": "x"}}
    >>> claims_of_a_token(role, uid="")
    ('/kubernetes.io/pod/name',)
    """
    bound = role.get("bound_claims")
    names = [str(name) for name in bound] if isinstance(bound, Mapping) else []
    return tuple(name for name in names if _is_of_a_token(name, uid))


def without_claims(role: RoleData, claims: Iterable[str], *, uid: str) -> RoleData:
    """Return a role that does not ask for some claims, nor takes the user from such a one."""
    bound, user = role.get("bound_claims"), role.get("user_claim")
    left = (
        {name: want for name, want in bound.items() if name not in claims}
        if isinstance(bound, Mapping)
        else bound
    )
    by_pointer = bool(role.get("user_claim_json_pointer")) or not str(user).startswith("/")
    if user and by_pointer and _is_of_a_token(str(user), uid):
        user = "sub"
    return {**role, "bound_claims": left, "user_claim": user}


def mapped_claims(role: RoleData, claims: TokenClaims) -> Mapping[str, str]:
    """Return the metadata that a login writes down, by ``claim_mappings``.

    Examples
    --------
    >>> role = {"claim_mappings": {"/kubernetes.io/namespace": "space"}}
    >>> mapped_claims(role, serviceaccount_claims("prod", "app"))
    {'space': 'prod'}
    """
    mappings = role.get("claim_mappings")
    found = mappings.items() if isinstance(mappings, Mapping) else ()
    values = {str(key): _claim(claims, str(name), None) for name, key in found}
    return {key: value for key, value in values.items() if isinstance(value, str) and value}


def _is_of_a_token(name: str, uid: str) -> bool:
    known = name == _UID and bool(uid)
    own = name in _ISSUER or name in _OWN or name == _UID or name.startswith(_OWN_BELOW)
    return own and not known


def _audience_fits(role: RoleData, claims: TokenClaims) -> bool:
    """A token with an audience needs a role that binds it; a role that binds one needs it."""
    bound = set(texts(role, "bound_audiences"))
    held = set(_texts(claims.get("aud")))
    return bool(bound & held) if bound or held else True


def _claims_fit(role: RoleData, claims: TokenClaims) -> bool:
    bound = role.get("bound_claims") or {}
    if not isinstance(bound, Mapping):
        return False
    globs = role.get("bound_claims_type") == "glob"
    for name, wanted in bound.items():
        actual = _claim(claims, str(name), None)
        if not isinstance(actual, (str, int, list)):
            return False
        if not any(
            glob_matches(want, have) if globs else want == have
            for want in _texts(wanted)
            for have in _texts(actual)
        ):
            return False
    return True


def _claim(claims: TokenClaims, name: str, role: RoleData | None) -> object:
    """Return a claim by its name, or by a JSON pointer where the name begins with a slash."""
    if role is not None and not role.get("user_claim_json_pointer"):
        return claims.get(name)
    if not name.startswith("/"):
        return claims.get(name)
    found: object = claims
    for part in name[1:].split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(found, Mapping):
            return None
        found = found.get(key)
    return found


def _texts(value: object) -> Sequence[str]:
    if value is None:
        return ()
    if isinstance(value, (list, tuple)):
        return [str(entry) for entry in value]
    return [str(value)]
