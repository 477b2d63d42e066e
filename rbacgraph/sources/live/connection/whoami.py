"""Asks the server for the identity of the credentials, by a SelfSubjectReview."""

import base64
from collections.abc import Mapping

from msgspec import MsgspecError, Struct, json

from rbacgraph.errors import InputError
from rbacgraph.sources.live.connection.connect import Connection

_PATH = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
_REVIEW = b'{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}'
_ANONYMOUS = "system:anonymous"
_SERVICE_ACCOUNT = "system:serviceaccount:"
_EVERYBODY = "system:authenticated"


class _UserInfo(Struct, frozen=True):
    username: str = ""
    groups: tuple[str, ...] | None = None


class _ReviewStatus(Struct, frozen=True, rename="camel"):
    user_info: _UserInfo = _UserInfo()


class _Claims(Struct, frozen=True):
    sub: str = ""


class _Review(Struct, frozen=True):
    status: _ReviewStatus = _ReviewStatus()


def who_am_i(connection: Connection) -> tuple[str, tuple[str, ...]]:
    """Return user and groups; the user is ``""`` if nothing says it.

    A server that cannot say who asks (before 1.28) leaves it to the connection: whom it
    impersonates is known, and the claims of a ServiceAccount's token name the account.

    Raises InputError if the server does not accept the credentials.
    """
    answer = connection.post(_PATH, _REVIEW)
    if not answer.ok:
        acting = connection.impersonation
        if acting.user:
            return acting.user, acting.groups
        return account_of(connection.token), ()
    try:
        found = json.decode(answer.body, type=_Review).status.user_info
    except MsgspecError:
        return "", ()
    if found.username == _ANONYMOUS:
        raise InputError(
            f"{connection.server} (context {connection.name}) takes the requests for anonymous"
            " ones: the kubeconfig holds no credentials",
            advice="log in first",
        )
    return found.username, found.groups or ()


def account_of(token: str) -> str:
    """Return the username of the ServiceAccount whose token this is; ``""`` for another token.

    Nothing checks the signature here: the server has accepted the token.

    Examples
    --------
    >>> payload = base64.urlsafe_b64encode(b'{"sub":"system:serviceaccount:shop:ci"}').decode()
    >>> account_of(f"header.{payload}.signature"), account_of("opaque")
    ('system:serviceaccount:shop:ci', '')
    """
    try:
        _, payload, _ = token.split(".")
        padded = payload + "=" * (-len(payload) % 4)
        claims = json.decode(base64.urlsafe_b64decode(padded), type=_Claims)
    except (MsgspecError, ValueError):
        return ""
    return claims.sub if claims.sub.startswith(_SERVICE_ACCOUNT) else ""


def given_groups(
    given: Mapping[str, tuple[str, ...]], user: str, groups: tuple[str, ...]
) -> dict[str, tuple[str, ...]]:
    """Return the mapping of groups with the asking user's groups, without implied ones."""
    found = dict(given)
    if user and not user.startswith(_SERVICE_ACCOUNT):
        reported = (group for group in groups if group != _EVERYBODY)
        found[user] = tuple(dict.fromkeys((*found.get(user, ()), *reported)))
    return found
