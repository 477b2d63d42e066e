"""Finds keys that occur twice in one mapping: readers keep the last, and lose what came before."""

import re
from collections.abc import Iterator

from msgspec import DecodeError, json

CODE = "duplicate-key"
ADVICE = "the last one is taken, as kubectl does; remove one"

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"([ \t\r\n]*:)?|[{}\[\]]', re.DOTALL)
_KEY = re.compile(
    rb"^( *)((?:- +)*)([^\s#\-?&*!|>%@`{}\[\],][^\n]*?|-[^\s:][^\n]*?):(?=[ \r\n])", re.MULTILINE
)
_FLOW = re.compile(
    rb"(?:: |- )[\[ ]*\{[^}\n]|(?<![|>])(?<![|>]-)\n[\[ ]*\{[^}\n]|^[ \-]*\? ", re.MULTILINE
)
_ESCAPED = re.compile(rb"\\u00(?:3[aA]|22)")
_COLON = b'":'
_QUOTED_COLON = b'\\":'
_BACKSLASH = b"\\u00"

_decode = json.Decoder().decode
_encode = json.Encoder().encode
_decode_text = json.Decoder(str).decode


def message(key: str) -> str:
    """Return the message about a key that occurs twice."""
    return f"key {key!r} occurs twice in one mapping"


def may_repeat(data: bytes | bytearray | memoryview) -> bool:
    """Whether a JSON value may hold a key twice; fast.

    A decoded mapping holds each key once: the text then has more colons behind strings than the
    text of what was decoded. So it has if blanks stand before its colons.
    """
    try:
        value = _decode(data)
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return False
    text = bytes(data)
    if text.count(_COLON) != _encode(value).count(_COLON):
        return True
    return _BACKSLASH in text and _ESCAPED.search(text) is not None


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


def holds_more_keys(text: bytes, value: object) -> bool:
    r"""Whether YAML in block style may hold more keys than what was parsed from it; fast.

    Never False if it does: each key of block style has a colon before a blank or a line's end.

    Examples
    --------
    >>> holds_more_keys(b"a: 1\nb:\n- a: 1\n", {"a": 1, "b": [{"a": 1}]})
    False
    >>> holds_more_keys(b"a: 1\na: 2\n", {"a": 2})
    True
    """
    if text.count(b"{") != text.count(b"{}") or b"? " in text or b"\r" in text:
        return True
    written = text.count(b": ") + text.count(b":\n") + text.endswith(b":")
    parsed = _encode(value)
    return written != parsed.count(_COLON) - parsed.count(_QUOTED_COLON)


def may_repeat_in_yaml(text: bytes) -> bool:
    r"""Whether YAML in block style may hold a key twice; never False if it does.

    Examples
    --------
    >>> may_repeat_in_yaml(b"- a: 1\n  b: {}\n- a: 1\n"), may_repeat_in_yaml(b"- a: 1\n  a: 2\n")
    (False, True)
    """
    if _FLOW.search(text):
        return True
    open_mappings: list[tuple[int, set[bytes]]] = []
    for found in _KEY.finditer(text):
        column = len(found[1]) + len(found[2])
        last = len(found[1]) if found[2] else column  # a dash ends what is deeper than itself
        while open_mappings and open_mappings[-1][0] > last:
            open_mappings.pop()
        key = found[3].strip(b" '\"")
        if b"\\" in key:
            return True
        if open_mappings and open_mappings[-1][0] == column:
            if key in open_mappings[-1][1]:
                return True
            open_mappings[-1][1].add(key)
        else:
            open_mappings.append((column, {key}))
    return False
