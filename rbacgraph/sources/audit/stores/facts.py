"""What one event in a log of a store says, whatever its format."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Self, TypeVar

import msgspec
from msgspec import Raw, Struct

from rbacgraph.model.inputs.store_log import StoredSecret

_DECODER = msgspec.json.Decoder()
Wired = TypeVar("Wired", bound=Struct)


class Attempt(NamedTuple):
    """A read of secrets, or its refusal.

    ``key``: identifies the event; equal keys are one event.
    ``who``: the identity that the event itself names, printed.
    ``session``: what joins it to the login; ``""`` if nothing does.
    ``shared``: whether the log of another account may say more of the same event.
    """

    key: tuple[str, ...]
    time: str
    who: str
    session: str
    secrets: tuple[StoredSecret, ...]
    allowed: bool
    shared: bool = False


class SessionStart(NamedTuple):
    """The beginning of a session: by whom, or from which other session.

    ``account``: the ServiceAccount as it is printed, another identity that is certain, or ``""``.
    """

    session: str
    account: str = ""
    issuer: str = ""
    parent: str = ""


class WholeArn(NamedTuple):
    """The path behind an ARN that surely has its six letters, and these."""

    address: str
    path: str


StoreFact = Attempt | SessionStart | WholeArn


class StoreEvent(Struct, frozen=True, gc=False):
    """One line of a log: an event, or a batch of them."""

    @property
    def is_own(self) -> bool:
        """Whether the line has the shape of this format."""
        raise NotImplementedError

    def unpacked(self) -> Iterator[Self]:
        """Yield the events of a batch, or the event itself.

        Raises msgspec.DecodeError if a batch holds text that is no event.
        """
        yield self

    def facts(self) -> Iterable[StoreFact]:
        """Return what the event says of secrets; most say nothing."""
        raise NotImplementedError


def fields_of(raw: Raw | str | None) -> dict[str, Any]:
    """Return the fields of an object, also of one that is written as text; none if it is none."""
    try:
        found = _DECODER.decode(raw) if raw else None
        if isinstance(found, str):
            found = _DECODER.decode(found)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def decoded(raw: Raw, kind: type[Wired], decoder: msgspec.json.Decoder[Wired]) -> Wired:
    """Decode an object, also one that is written as text; one without fields if it is none."""
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        try:
            return msgspec.convert(fields_of(raw), kind)
        except msgspec.ValidationError:
            return kind()


def text(fields: dict[str, Any], name: str) -> str:
    """Return a field that is a text; ``""`` if it is none."""
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def inner(fields: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a field that is an object; none of its fields if it is none."""
    value = fields.get(name)
    if isinstance(value, str) and value.startswith("{"):
        return fields_of(Raw(value.encode()))
    return value if isinstance(value, dict) else {}


def account_of(subject: str) -> str:
    """Return the ServiceAccount of a token's subject, printed; ``""`` if it is none.

    Examples
    --------
    >>> account_of("system:serviceaccount:shop:api"), account_of("repo:org/x")
    ('sa:shop/api', '')
    """
    parts = subject.split(":")
    named = len(parts) == 4 and parts[:2] == ["system", "serviceaccount"] and all(parts[2:])  # noqa: PLR2004
    return f"sa:{parts[2]}/{parts[3]}" if named else ""
