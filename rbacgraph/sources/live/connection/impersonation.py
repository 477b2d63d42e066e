"""The user whom a connection impersonates: by the kubeconfig, by options, or by both.

Source: kubernetes ``staging/src/k8s.io/client-go/tools/clientcmd/api/v1/types.go`` (AuthInfo),
``tools/clientcmd/client_config.go`` and ``transport/round_trippers.go``.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from msgspec import Struct, ValidationError, convert

from rbacgraph.errors import InputError, UsageError
from rbacgraph.sources.live.connection.settings import Settings

_ESCAPED = re.compile(rb"[^0-9A-Za-z!#$&'*+.^_`|~-]")
"""Bytes that no header's name has, and ``%``."""
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


_FIELDS = {"user": "as", "uid": "as-uid", "groups": "as-groups", "extra": "as-user-extra"}


class _AuthInfo(Struct, frozen=True, rename=_FIELDS):
    """The fields of ``users[].user`` that impersonate."""

    user: str | None = None
    uid: str | None = None
    groups: tuple[str, ...] | None = None
    extra: dict[str, tuple[str, ...] | None] | None = None


class ActingAs(NamedTuple):
    """Whom a connection impersonates; nobody if ``user`` is ``""``."""

    user: str = ""
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: tuple[tuple[str, str], ...] = ()

    def headers(self) -> Iterator[tuple[str, str]]:
        """Yield the headers of each request, as client-go sends them."""
        if not self.user:
            return
        yield "Impersonate-User", self.user
        if self.uid:
            yield "Impersonate-Uid", self.uid
        for group in self.groups:
            yield "Impersonate-Group", group
        for key, value in self.extra:
            yield f"Impersonate-Extra-{_escaped(key)}", value

    def __str__(self) -> str:
        """Say who it is: ``bob (groups ops, devs)``."""
        groups = "groups" if self.groups[1:] else "group"
        return f"{self.user} ({groups} {', '.join(self.groups)})" if self.groups else self.user


def impersonation_of(entry: Mapping[str, Any], name: str, settings: Settings) -> ActingAs:
    """Return whom a user of the kubeconfig impersonates; each option overrides its field.

    Raises InputError if the kubeconfig's fields are not what kubectl would read; UsageError if
        there are groups without a user.
    """
    held = f"the kubeconfig cannot be used: user {name}"
    try:
        written = convert(entry, _AuthInfo)
    except ValidationError:
        raise InputError(
            f"{held} has an as, as-uid, as-groups or as-user-extra of another form",
            advice="as and as-uid are strings, as-groups is a list of strings, and as-user-extra"
            " maps keys to lists of strings",
        ) from None
    found = ActingAs(
        settings.connect_as or written.user or "",
        settings.connect_as_groups or written.groups or (),
        written.uid or "",
        tuple(
            (key, value) for key, values in (written.extra or {}).items() for value in values or ()
        ),
    )
    if found.user:
        _check(found)
    elif settings.connect_as_groups:
        raise UsageError(
            "a group to connect as needs a user to connect as",
            advice="impersonation has no groups without a user",
        )
    elif any(found):
        raise InputError(
            f"{held} has as-groups, as-uid or as-user-extra without as",
            advice="impersonation needs a user: add as, or remove the others",
        )
    return found


def _check(found: ActingAs) -> None:
    for _, value in found.headers():
        if _CONTROL.search(value):
            raise UsageError(f"no user, group, uid or extra value can be called {value!r}")


def _escaped(key: str) -> str:
    """Encode a key as a header's name.

    Examples
    --------
    >>> _escaped("example.com/über")
    'example.com%2F%C3%BCber'
    """
    return _ESCAPED.sub(lambda found: b"%%%02X" % ord(found[0]), key.encode()).decode()
