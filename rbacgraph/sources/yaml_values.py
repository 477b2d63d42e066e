"""One YAML document or list item: on the fast road where it is safe, else on the exact one.

The fast parser reads YAML 1.2, kubectl reads YAML 1.1. What a server wrote needs no
more than what both agree on: it is parsed fast, and again exactly if its text or its
strings hold anything that the two may take differently. What a person wrote is always
read exactly, which also finds the mistakes that only people make.
"""

import re
from collections.abc import Mapping
from typing import Any

from msgspec import ValidationError, json

from rbacgraph.model.meta import Object
from rbacgraph.sources.collect import Collector, ListContext, Slot
from rbacgraph.sources.objects import is_mapping, place
from rbacgraph.sources.wire import ListMeta

# Strings of the fast parser that are booleans or numbers to kubectl if they are not quoted.
_DOUBTFUL = re.compile(
    rb'"(?:[yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|[-+]?[0-9][0-9a-fA-F_xXoO]*|<<)"'
)
# Anchors, merges, tags, tabs, templates, lone carriage returns and Unicode's line breaks.
_TRAPS = (b"&", b"<<", b"!", b"\t", b"{{", b"\r", b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9")
_TEMPLATE = (b"{{", b"{%")
_FAST_DEPTH = 200

YamlText = bytes
_encode = json.Encoder().encode


def traps_in(data: bytes | bytearray, start: int, end: int) -> tuple[bytes, ...]:
    """Return the signs in a piece of text that only the exact road understands."""
    return tuple(trap for trap in _TRAPS if data.find(trap, start, end) >= 0)


def read_fast(text: bytes, slot: Slot, header: tuple[str, str]) -> Object | None:
    """Decode an object on the fast road; None where that is not certain to be right."""
    from fast_yaml import safe_load

    try:
        value = safe_load(text.decode(), max_depth=_FAST_DEPTH)
        if (value["apiVersion"], value["kind"]) != header:
            return None
        wire = slot.parse(value)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return None if _DOUBTFUL.search(_encode(wire)) else slot.finish(wire)
