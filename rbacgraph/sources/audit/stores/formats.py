"""The table of the formats, and how a line finds its own."""

from collections.abc import Callable, Sequence
from types import GenericAlias
from typing import NamedTuple

import msgspec

from rbacgraph.sources.audit.stores.cloudtrail import CloudTrail
from rbacgraph.sources.audit.stores.facts import StoreEvent
from rbacgraph.sources.audit.stores.google import GoogleAudit
from rbacgraph.sources.audit.stores.key_vault import KeyVault
from rbacgraph.sources.audit.stores.vault_device import VaultDevice


class StoreEvents(NamedTuple):
    """Events of a log of a store."""

    events: Sequence[StoreEvent]


class StoreFormat(NamedTuple):
    """A format: what its lines are decoded as, one by one, many, or as a list."""

    of_line: Callable[[bytes], StoreEvent | list[StoreEvent]]
    of_lines: Callable[[bytes], list[StoreEvent]]


def _format(event: type[StoreEvent]) -> StoreFormat:
    return StoreFormat(
        msgspec.json.Decoder(event | GenericAlias(list, event)).decode,
        msgspec.json.Decoder(event).decode_lines,
    )


_EVENTS: tuple[type[StoreEvent], ...] = (CloudTrail, VaultDevice, KeyVault, GoogleAudit)
FORMATS = tuple(_format(event) for event in _EVENTS)
"""A line is of the first format whose shape it has. No two share one."""

_BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def store_lines(data: bytes) -> StoreEvents | None:
    """Return the events of lines that are all of one format; None if they are not."""
    first, _, rest = data.partition(b"\n")
    for one in FORMATS:
        found = _document(one, first)
        if found is None:
            continue
        if not rest.strip():
            return found
        try:
            lines = one.of_lines(data)
            if all(line.is_own for line in lines):
                return StoreEvents([event for line in lines for event in line.unpacked()])
        except _BROKEN:
            return None
    return None


def store_document(data: bytes) -> StoreEvents | None:
    """Return the events of one document; None if it is of no format."""
    return next(filter(None, (_document(one, data) for one in FORMATS)), None)


def _document(one: StoreFormat, data: bytes) -> StoreEvents | None:
    try:
        found = one.of_line(data)
        lines = found if isinstance(found, list) else [found]
        if lines and all(line.is_own for line in lines):
            return StoreEvents([event for line in lines for event in line.unpacked()])
    except _BROKEN:
        pass
    return None
