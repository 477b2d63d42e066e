"""The wire format of audit events; bodies stay undecoded: see :mod:`.secondary_checks`.

Source: kubernetes ``staging/src/k8s.io/apiserver/pkg/apis/audit/v1/types.go``.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from msgspec import Raw, Struct, field

from rbacgraph.sources.files.not_utf8 import is_not_utf8

_TRAILING = re.compile(r"trailing characters \(byte (\d+)\)")


class UserInfo(Struct, frozen=True, gc=False):
    """The user as authentication identified it."""

    username: str = ""
    groups: tuple[str, ...] | None = None


class ImpersonatedInfo(UserInfo, frozen=True, gc=False):
    """The user as the impersonation headers name it."""

    uid: str = ""
    extra: dict[str, tuple[str, ...]] | None = None


class AuthenticationMetadata(Struct, frozen=True, gc=False, rename="camel"):
    """The mode of constrained impersonation: ``impersonate:MODE``."""

    impersonation_constraint: str = ""


class ObjectRef(Struct, frozen=True, gc=False, rename="camel"):
    """The object that authorization checked; missing if that was a path."""

    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    api_group: str = ""


class ResponseStatus(Struct, frozen=True, gc=False):
    """The HTTP status, without the rest of the server's answer."""

    code: int = 0


class AuditAnnotations(Struct, frozen=True, gc=False):
    """The decision of authorization."""

    decision: str = field(default="", name="authorization.k8s.io/decision")


class LogEvent(Struct, frozen=True, gc=False):
    """A line of CloudWatch."""

    message: str = ""


class Properties(Struct, frozen=True, gc=False):
    """A log line as Azure Monitor exports it."""

    log: str = ""


class Event(Struct, frozen=True, gc=False, rename="camel"):
    """One event, or a batch: an EventList, or an export of CloudWatch or Azure Monitor."""

    level: str = ""
    audit_id: str = field(default="", name="auditID")
    stage: str = ""
    request_uri: str = field(default="", name="requestURI")
    verb: str = ""
    user: UserInfo | None = None
    impersonated_user: ImpersonatedInfo | None = None
    authentication_metadata: AuthenticationMetadata | None = None
    object_ref: ObjectRef | None = None
    response_status: ResponseStatus | None = None
    annotations: AuditAnnotations | None = None
    request_object: Raw = Raw()
    response_object: Raw = Raw()
    request_received_timestamp: str = ""
    items: "tuple[Event, ...] | None" = None
    events: tuple[LogEvent, ...] | None = None
    log_events: tuple[LogEvent, ...] | None = None
    records: "tuple[Event, ...] | None" = None
    properties: Properties | None = None

    @property
    def is_batch(self) -> bool:
        """Whether it holds other events."""
        batches = (self.items, self.events, self.log_events, self.records, self.properties)
        return any(batch is not None for batch in batches)


OF_LINES = frozenset({"events", "logEvents"})
"""The fields of a batch that hold events as text."""

BATCHES = frozenset({"items", "records", "Records", "Events"}) | OF_LINES
"""The fields of a batch that are lists."""

_DECODER = msgspec.json.Decoder(Event | list[Event])
_LINES = msgspec.json.Decoder(Event)
_RAW = msgspec.json.Decoder(Raw)
_MESSAGES = msgspec.json.Decoder(LogEvent)


class TooDeepError(msgspec.DecodeError):
    """Nesting deeper than the decoder accepts: anyone may write that in a request's body."""


class NotUtf8Error(msgspec.DecodeError):
    """Text that is not UTF-8, where it matters."""


def decode_lines(data: bytes | memoryview) -> list[Event]:
    """Decode events, one per line.

    Raises msgspec.DecodeError if one of the lines is no event.
    """
    with _broken():
        return _LINES.decode_lines(data)


def decode(data: bytes | memoryview | str) -> Iterator[Event]:
    """Decode one document, and yield its events; a document without id is no event.

    Raises msgspec.DecodeError if it is not JSON, or a field has the wrong type.
    """
    with _broken():
        found = _DECODER.decode(data)
    yield from _unpacked(found)


def document_size(data: memoryview) -> int:
    """Return the length of the first document in bytes; 0 if it is not JSON."""
    try:
        with _broken():
            _RAW.decode(data)
    except msgspec.DecodeError as error:
        found = _TRAILING.search(str(error))
        return int(found[1]) - 1 if found else 0
    return len(data)


@contextmanager
def _broken() -> Iterator[None]:
    try:
        yield
    except RecursionError:
        raise TooDeepError from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if is_not_utf8(error):
            raise NotUtf8Error from None
        raise


def _unpacked(value: Event | list[Event]) -> Iterator[Event]:
    if isinstance(value, list):
        for event in value:
            yield from _unpacked(event)
    elif value.is_batch:
        for event in (*(value.items or ()), *(value.records or ())):
            yield from _unpacked(event)
        for line in (*(value.events or ()), *(value.log_events or ())):
            yield from _message(line.message)
        if value.properties is not None:
            yield from _message(value.properties.log)
    else:
        yield value


def message_of(line: bytes) -> bytes:
    """Return the event in a line of CloudWatch; ``b""`` for a line of another log.

    Raises NotUtf8Error if that cannot be decided.
    """
    try:
        with _broken():
            text = _MESSAGES.decode(line).message
    except msgspec.ValidationError:
        return b""
    return text.encode() if _holds_event(text) else b""


def _message(text: str) -> Iterator[Event]:
    """Yield the event in an exported line; lines of other control-plane logs hold none."""
    if _holds_event(text):
        yield from decode(text)


def _holds_event(text: str) -> bool:
    return text.startswith("{") and '"auditID"' in text
