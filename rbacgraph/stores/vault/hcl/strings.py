"""Quoted strings: escapes are resolved, ``${…}`` stays as it was written."""

import re

__all__ = ["STRING", "closing_quote", "unquote"]

STRING = re.compile(
    r"""
    "(
      (?: [^"\\\n$]
        | \$(?!\{)
        | \\ (?: [abfnrtv\\"] | [0-7]{3} | x[0-9a-fA-F]{2} | u[0-9a-fA-F]{4} | U[0-9a-fA-F]{8} )
      )*
    )"
    """,
    re.VERBOSE,
)
"""A string without ``${``, all on one line."""

_ESCAPE = re.compile(
    r'\\(?:([abfnrtv\\"])|([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))'
)

_SINGLE = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
    '"': '"',
}

_BYTE = 0xFF
_ASCII = 0x80
_LAST_CHARACTER = 0x10FFFF


def unquote(body: str) -> str:
    r"""Return what a string between its quotes stands for.

    ``\xHH`` and octal escapes stand for single bytes; bytes that are no UTF-8 become lone
    surrogates.

    ``body``: the text between the quotes, as :func:`closing_quote` or :data:`STRING` finds it.
    Raises ValueError if an escape stands for no byte or character.

    Examples
    --------
    >>> unquote(r"kv/\"q\" \u002f ${x\n}")
    'kv/"q" / ${x\\n}'
    """
    if "\\" not in body:
        return body
    parts: list[bytes] = []
    position = 0
    while position < len(body):
        if body.startswith("${", position):
            end = _closing_brace(body, position + 2)
            parts.append(body[position:end].encode("utf-8", "surrogateescape"))
            position = end
        elif body[position] == "\\":
            found = _ESCAPE.match(body, position)
            if found is None:
                message = "unknown escape"
                raise ValueError(message)
            parts.append(_character(found))
            position = found.end()
        else:
            parts.append(body[position].encode("utf-8", "surrogateescape"))
            position += 1
    return b"".join(parts).decode("utf-8", "surrogateescape")


def closing_quote(text: str, start: int) -> int:
    """Return where the string that begins at ``start`` ends, with its ``${…}`` skipped.

    Within ``${…}`` quotes and line ends are part of the string.

    Returns the place of the closing quote, or -1 if there is none.
    """
    depth = 0
    position = start
    while position < len(text):
        character = text[position]
        if depth == 0 and character == '"':
            return position
        if character == "\n" and depth == 0:
            return -1
        if depth == 0 and text.startswith("${", position):
            depth = 1
            position += 2
            continue
        if character == "\\":
            escape = _ESCAPE.match(text, position)
            if escape is None:
                return -1
            position = escape.end()
            continue
        if depth:
            depth += (character == "{") - (character == "}")
        position += 1
    return -1


def _closing_brace(body: str, position: int) -> int:
    depth = 1
    while position < len(body) and depth:
        depth += (body[position] == "{") - (body[position] == "}")
        position += 1
    if depth:
        message = "'${' without its '}'"
        raise ValueError(message)
    return position


def _character(escape: re.Match[str]) -> bytes:
    single, octal, byte, short, long = escape.groups()
    if single is not None:
        return _SINGLE[single].encode()
    if octal is not None or byte is not None:
        code = int(octal, 8) if octal is not None else int(byte, 16)
        if code > _BYTE:
            message = "the octal escape is larger than a byte"
            raise ValueError(message)
        return bytes((code,))
    code = int(short or long, 16)
    if code > _LAST_CHARACTER:
        message = "the escape stands for no character"
        raise ValueError(message)
    return chr(code).encode("utf-8", "surrogatepass")
