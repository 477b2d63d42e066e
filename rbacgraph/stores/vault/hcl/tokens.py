"""The words of HCL 1 with their places: identifiers, strings, numbers, brackets."""

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from rbacgraph.stores.vault.hcl.strings import STRING, closing_quote, unquote
from rbacgraph.stores.vault.hcl.tree import HclError, LiteralKind


class Mark(Enum):
    """What a token is if it is no value."""

    IDENT = "a name"
    LEFT_BRACE = "'{'"
    RIGHT_BRACE = "'}'"
    LEFT_BRACKET = "'['"
    RIGHT_BRACKET = "']'"
    COMMA = "','"
    ASSIGN = "'='"
    COLON = "':'"
    END = "the end of the text"


class Token(NamedTuple):
    """One word of the text; ``text`` is resolved for strings."""

    type: Mark | LiteralKind
    text: str
    line: int
    column: int

    def __str__(self) -> str:
        if isinstance(self.type, Mark):
            return self.type.value if self.type is not Mark.IDENT else repr(self.text)
        return f"a {self.type.value}"


_MARKS = {
    "{": Mark.LEFT_BRACE,
    "}": Mark.RIGHT_BRACE,
    "[": Mark.LEFT_BRACKET,
    "]": Mark.RIGHT_BRACKET,
    ",": Mark.COMMA,
    "=": Mark.ASSIGN,
}
_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_ASCII_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*")
_NUMBER = re.compile(
    r"-?(?:0[xX][0-9a-fA-F]+|[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]*)?)|\.[0-9]+(?:[eE][+-]?[0-9]*)?"
)
_HEREDOC = re.compile(r"<<(-?)(\w+)\r?\n")
_FORBIDDEN = re.compile("[\x00\ue123]")


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a text in HCL 1, at last :attr:`Mark.END`; comments are skipped.

    Raises HclError where a character begins no token, or a string or comment does not end.
    """
    text = text.replace("\r\n", "\n")
    places = Places(text)
    forbidden = _FORBIDDEN.search(text)
    if forbidden:
        raise places.error(forbidden.start(), "a character that HCL forbids")
    position = 0
    while True:
        blank = _BLANK.match(text, position)
        position = blank.end() if blank else position
        if position == len(text):
            yield Token(Mark.END, "", *places.of(position))
            return
        token, position = _token_at(text, position, places)
        yield token


def _token_at(text: str, position: int, places: "Places") -> tuple[Token, int]:
    character = text[position]
    line, column = places.of(position)
    mark = _MARKS.get(character)
    if mark is not None:
        return Token(mark, character, line, column), position + 1
    if character == '"':
        return string_at(text, position, places)
    if character.isalpha() or character == "_":
        end = _end_of_name(text, position)
        name = text[position:end]
        kind = LiteralKind.BOOL if name in {"true", "false"} else Mark.IDENT
        return Token(kind, name, line, column), end
    if character == "<":
        return _heredoc(text, position, places)
    number = _NUMBER.match(text, position)
    if number:
        return number_token(number.group(), line, column), number.end()
    if text.startswith("/*", position):
        raise places.error(position, "the comment does not end")
    raise places.error(position, f"{character!r} begins nothing in HCL")


def string_at(text: str, position: int, places: "Places") -> tuple[Token, int]:
    """Read the quoted string that begins at the position; return it and the place behind it."""
    plain = STRING.match(text, position)
    if plain:
        body, end = plain.group(1), plain.end()
    else:
        closing = closing_quote(text, position + 1)
        if closing < 0:
            raise places.error(position, "the string does not end, or has a wrong escape")
        body, end = text[position + 1 : closing], closing + 1
    try:
        value = unquote(body)
    except ValueError as error:
        raise places.error(position, str(error)) from error
    return Token(LiteralKind.STRING, value, *places.of(position)), end


def number_token(text: str, line: int, column: int) -> Token:
    """Return a number as a token: with a point or an exponent it is a float."""
    whole = text[:3].lstrip("-")[:2] in {"0x", "0X"} or not any(mark in text for mark in ".eE")
    return Token(LiteralKind.NUMBER if whole else LiteralKind.FLOAT, text, line, column)


def _end_of_name(text: str, position: int) -> int:
    found = _ASCII_NAME.match(text, position)
    end = found.end() if found else position
    while end < len(text) and (text[end].isalpha() or text[end].isdecimal() or text[end] in "_-."):
        end += 1
    return end


def _heredoc(text: str, position: int, places: "Places") -> tuple[Token, int]:
    opening = _HEREDOC.match(text, position)
    if opening is None:
        raise places.error(position, "'<' begins no heredoc")
    anchor = re.compile(rf"^[ \t\r\f\v]*{re.escape(opening.group(2))}\r*\n", re.MULTILINE)
    closing = anchor.search(text, opening.end())
    if closing is None:
        raise places.error(position, "the heredoc does not end")
    body = text[opening.end() : closing.start()]
    line, column = places.of(position)
    # The line end after the anchor ends the token, so that the next one begins a line.
    return Token(LiteralKind.HEREDOC, body, line, column), closing.end()


class Places:
    """Where offsets of a text lie, in lines and columns from 1; they are asked in rising order."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._line = 1
        self._line_start = 0
        self._seen = 0

    def of(self, offset: int) -> tuple[int, int]:
        """Return the line and the column of the offset."""
        newlines = self._text.count("\n", self._seen, offset)
        if newlines:
            self._line += newlines
            self._line_start = self._text.rfind("\n", 0, offset) + 1
        self._seen = max(self._seen, offset)
        return self._line, offset - self._line_start + 1

    def error(self, offset: int, message: str) -> HclError:
        """Return an error at the offset."""
        return HclError(message, *Places(self._text).of(offset))
