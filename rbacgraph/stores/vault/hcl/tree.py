"""The tree of a text in HCL 1: items with their keys, and the values behind them."""

from enum import Enum
from typing import NamedTuple

DEEPEST = 100
"""So deep may objects and lists lie in one another: no policy needs more than five."""


class HclError(Exception):
    """A text that is not HCL 1, with the line and the column where the reader stops.

    ``message``: what is wrong there.
    ``line``, ``column``: where, from 1; 0 if the place is unknown.
    """

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


class LiteralKind(Enum):
    """What a single value was written as: its type decides where Vault accepts it."""

    STRING = "string"
    HEREDOC = "heredoc"
    NUMBER = "number"
    FLOAT = "float"
    BOOL = "bool"
    NULL = "null"


class ItemKey(NamedTuple):
    """One key of an item, without its quotes."""

    text: str
    line: int
    column: int


class Literal(NamedTuple):
    """A single value; ``text`` is the string itself, or the number as it was written."""

    kind: LiteralKind
    text: str
    line: int
    column: int

    @property
    def python(self) -> str | int | float | bool | None:
        """The value as Python has it.

        Raises HclError if the number cannot be read.
        """
        try:
            match self.kind:
                case LiteralKind.BOOL:
                    return self.text == "true"
                case LiteralKind.NUMBER:
                    return number(self.text)
                case LiteralKind.FLOAT:
                    return float(self.text)
                case LiteralKind.NULL:
                    return None
                case _:
                    return self.text
        except ValueError as error:
            message = f"{self.text!r} is not a number"
            raise HclError(message, self.line, self.column) from error


class ListValue(NamedTuple):
    """A list in square brackets."""

    values: "tuple[Value, ...]"
    line: int
    column: int


class ObjectValue(NamedTuple):
    """An object in braces: its items in their order, keys may repeat."""

    items: "tuple[Item, ...]"
    line: int
    column: int

    def named(self, name: str) -> "list[Item]":
        """Return the items whose first key is the name in any case, without that key."""
        folded = name.casefold()
        return [
            Item(item.keys[1:], item.value)
            for item in self.items
            if item.keys[0].text.casefold() == folded
        ]

    def values_by_key(self) -> "dict[str, list[Value]]":
        """Return the values under the first key of each item, in small letters."""
        result: dict[str, list[Value]] = {}
        for item in self.items:
            result.setdefault(item.keys[0].text.casefold(), []).append(item.value)
        return result


Value = Literal | ListValue | ObjectValue


class Item(NamedTuple):
    """One entry of an object: ``path "kv/a" { … }`` has two keys, ``name = "x"`` has one."""

    keys: tuple[ItemKey, ...]
    value: Value


def number(text: str) -> int:
    """Read a whole number as Go does: ``0x`` is hexadecimal, a leading zero octal.

    Raises ValueError if the text is no whole number.

    Examples
    --------
    >>> number("-12"), number("0x1f"), number("017")
    (-12, 31, 15)
    """
    digits = text.lstrip("+-")
    sign = -1 if text.startswith("-") else 1
    if digits[:2] in {"0x", "0X"}:
        return sign * int(digits, 0)
    if len(digits) > 1 and digits.startswith("0"):
        return sign * int(digits, 8)
    return sign * int(digits)
