"""Finds keys that occur twice in one mapping: readers keep the last, and lose what came before."""

import re
import sys
from collections.abc import Iterator

from msgspec import DecodeError, json

CODE = "duplicate-key"
ADVICE = "the last one is taken, as kubectl does; remove one"

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"([ \t\r\n]*:)?|[{}\[\]]', re.DOTALL)
_ESCAPED = re.compile(rb"\\u00(?:3[aA]|22)")
_COLON = b'":'
_BACKSLASH = b"\\"

decoded = json.Decoder().decode
"""Decode a JSON value; of a key that a mapping holds twice, the last value counts."""

_encode = json.Encoder().encode
_decode_text = json.Decoder(str).decode


def message(key: str) -> str:
    """Return the message about a key that occurs twice."""
    return f"key {key!r} occurs twice in one mapping"


def may_repeat(data: bytes | bytearray | memoryview) -> bool:
    """Whether a JSON value may hold a key twice; fast."""
    try:
        value = decoded(data)
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return may_lack(value, bytes(data))


def may_lack(
    value: object, text: bytes | bytearray, start: int = 0, end: int = sys.maxsize
) -> bool:
    """Whether a decoded value may lack a key of its text, which holds that key twice.

    A decoded mapping holds each key once: the text then has more colons behind strings than the
    text of what was decoded. So it has if blanks stand before its colons.
    """
    if text.count(_COLON, start, end) != _encode(value).count(_COLON):
        return True
    first = text.find(_BACKSLASH, start, end)
    return first >= 0 and _ESCAPED.search(text, first, end) is not None


def repeated_keys(data: bytes) -> Iterator[tuple[int, str]]:
    r"""Yield the keys of a JSON value that occur again in one mapping, with the line from 0.

    Examples
    --------
    >>> list(repeated_keys(b'{"a": {"b": 1},\n "b": 1, "\\u0061": 2}'))
    [(1, 'a')]
    """
    open_mappings: list[set[str]] = []
    for token in _TOKEN.finditer(data):
        text = token[0]
        if text in (b"{", b"["):
            open_mappings.append(set())
        elif text in (b"}", b"]"):
            open_mappings[-1:] = []
        elif token[1] is not None and open_mappings:
            key = _decode_text(text[: text.rindex(b'"') + 1])
            if key in open_mappings[-1]:
                yield data.count(b"\n", 0, token.start()), key
            open_mappings[-1].add(key)
