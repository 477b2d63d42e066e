"""The table of the formats, and how a line finds its own."""

from collections.abc import Sequence
from types import GenericAlias
from typing import NamedTuple

import msgspec

from rbacgraph.sources.audit.stores.cloudtrail import CloudTrail
from rbacgraph.sources.audit.stores.facts import StoreEvent
from rbacgraph.sources.audit.stores.google import GoogleAudit
from rbacgraph.sources.audit.stores.key_vault import KeyVault
from rbacgraph.sources.audit.stores.vault_device import VaultDevice

_FORMATS: tuple[type[StoreEvent], ...] = (CloudTrail, VaultDevice, KeyVault, GoogleAudit)
"""A line is of the first format whose shape it has. No two share one."""

_DECODERS: Sequence[msgspec.json.Decoder[StoreEvent | list[StoreEvent]]] = [
    msgspec.json.Decoder(one | GenericAlias(list, one)) for one in _FORMATS
]
_BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class StoreEvents(NamedTuple):
    """Events of a log of a store."""

    events: Sequence[StoreEvent]


def store_document(data: bytes) -> StoreEvents | None:
    """Return the events of one document; None if it is of no format."""
    found = (_decoded(data, decoder, lines=False) for decoder in _DECODERS)
    return next(filter(None, found), None)


def store_lines(data: bytes) -> StoreEvents | None:
    """Return the events of lines that are all of one format; None if they are not."""
    first, _, rest = data.partition(b"\n")
    for decoder in _DECODERS:
        found = _decoded(first, decoder, lines=False)
        if found is not None:
            return _decoded(data, decoder, lines=True) if rest.strip() else found
    return None


def _decoded(
    data: bytes,
    decoder: msgspec.json.Decoder[StoreEvent | list[StoreEvent]],
    *,
    lines: bool,
) -> StoreEvents | None:
    try:
        found = decoder.decode_lines(data) if lines else [decoder.decode(data)]
        every = [line for one in found for line in (one if isinstance(one, list) else (one,))]
        if every and all(line.is_own for line in every):
            return StoreEvents([event for line in every for event in line.unpacked()])
    except _BROKEN:
        pass
    return None
