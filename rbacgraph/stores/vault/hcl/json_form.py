"""The JSON form of HCL 1: objects of objects are labels, ``{"path": {"kv/a": {…}}}``.

The reader is as lenient as the server's: what follows the object is ignored, and so is a closing
brace that is missing.

Source: ``json/parser`` of ``github.com/hashicorp/hcl`` at ``v1.0.1-vault-7``.
"""

import re
from collections.abc import Sequence

from rbacgraph.stores.vault.hcl.tokens import Mark, Places, Token, number_token, string_at
from rbacgraph.stores.vault.hcl.tree import (
    DEEPEST,
    HclError,
    Item,
    ItemKey,
    ListValue,
    Literal,
    LiteralKind,
    ObjectValue,
    Value,
)

_BLANK = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]*)?|\.[0-9]+(?:[eE][+-]?[0-9]*)?")
_WORD = re.compile(r"[^\W\d][\w-]*")
_WORDS = {"true": LiteralKind.BOOL, "false": LiteralKind.BOOL, "null": LiteralKind.NULL}
_MARKS = {
    "{": Mark.LEFT_BRACE,
    "}": Mark.RIGHT_BRACE,
    "[": Mark.LEFT_BRACKET,
    "]": Mark.RIGHT_BRACKET,
    ",": Mark.COMMA,
    ":": Mark.COLON,
}


def read_json_form(text: str) -> ObjectValue:
    """Return the tree of a text that begins with a brace.

    Raises HclError if the server would not read the text either.

    Examples
    --------
    >>> tree = read_json_form('{"path": {"kv/a": {"capabilities": ["read"]}}}')
    >>> [key.text for key in tree.items[0].keys]
    ['path', 'kv/a']
    """
    return _flattened(_JsonReader(text).root())


class _JsonReader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._places = Places(text)
        self._depth = 0
        self._last = Token(Mark.END, "", 1, 1)

    def _take(self) -> Token:
        text = self._text
        blank = _BLANK.match(text, self._position)
        position = blank.end() if blank else self._position
        line, column = self._places.of(position)
        if position == len(text):
            self._position = position
            self._last = Token(Mark.END, "", line, column)
            return self._last
        if text[position] in _MARKS:
            self._position = position + 1
            self._last = Token(_MARKS[text[position]], text[position], line, column)
            return self._last
        if text[position] == '"':
            self._last, self._position = string_at(text, position, self._places)
            return self._last
        number = _NUMBER.match(text, position)
        word = _WORD.match(text, position)
        if number:
            self._last, self._position = number_token(number.group(), line, column), number.end()
        elif word and word.group() in _WORDS:
            self._last = Token(_WORDS[word.group()], word.group(), line, column)
            self._position = word.end()
        else:
            raise HclError(f"{text[position]!r} begins nothing in JSON", line, column)
        return self._last

    def root(self) -> ObjectValue:
        opening = self._take()
        return self._object(opening)

    def _object(self, opening: Token) -> ObjectValue:
        self._descend(opening)
        items: list[Item] = []
        while True:
            key = self._take()
            if key.type in {Mark.END, Mark.RIGHT_BRACE}:
                break
            if key.type is not LiteralKind.STRING:
                raise _wrong(key, "a key in quotes")
            colon = self._take()
            if colon.type is not Mark.COLON:
                raise _wrong(colon, "':'")
            value = self._value()
            items.append(Item((ItemKey(key.text, key.line, key.column),), value))
            if self._take().type is not Mark.COMMA:
                break
        self._depth -= 1
        return ObjectValue(tuple(items), opening.line, opening.column)

    def _value(self) -> Value:
        token = self._take()
        if isinstance(token.type, LiteralKind):
            return Literal(token.type, token.text, token.line, token.column)
        if token.type is Mark.LEFT_BRACE:
            return self._object(token)
        if token.type is Mark.LEFT_BRACKET:
            return self._list(token)
        raise _wrong(token, "a value")

    def _list(self, opening: Token) -> ListValue:
        """Read a list; the server skips commas, truth values and nested brackets in it."""
        self._descend(opening)
        values: list[Value] = []
        while True:
            token = self._take()
            if token.type is Mark.RIGHT_BRACKET:
                self._depth -= 1
                return ListValue(tuple(values), opening.line, opening.column)
            if token.type is Mark.LEFT_BRACE:
                values.append(self._object(token))
            elif token.type in {LiteralKind.STRING, LiteralKind.NUMBER, LiteralKind.FLOAT}:
                assert isinstance(token.type, LiteralKind)
                values.append(Literal(token.type, token.text, token.line, token.column))
            elif token.type not in {Mark.COMMA, Mark.LEFT_BRACKET, LiteralKind.BOOL}:
                raise _wrong(token, "a value or ']'")

    def _descend(self, opening: Token) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            message = f"more than {DEEPEST} levels of braces and brackets"
            raise HclError(message, opening.line, opening.column)


def _wrong(token: Token, expected: str) -> HclError:
    return HclError(f"expected {expected}, got {token}", token.line, token.column)


def _flattened(tree: ObjectValue) -> ObjectValue:
    """Turn objects that hold objects alone into items with several keys, at every level."""
    items: list[Item] = []
    waiting = list(reversed(tree.items))
    while waiting:
        item = waiting.pop()
        inner = _labelled(item)
        if inner is None:
            items.append(Item(item.keys, _flattened_value(item.value)))
        else:
            waiting.extend(reversed(inner))
    return ObjectValue(tuple(items), tree.line, tree.column)


def _flattened_value(value: Value) -> Value:
    if isinstance(value, ObjectValue):
        return _flattened(value)
    if isinstance(value, ListValue):
        values = tuple(_flattened_value(entry) for entry in value.values)
        return ListValue(values, value.line, value.column)
    return value


def _labelled(item: Item) -> Sequence[Item] | None:
    value = item.value
    if isinstance(value, ObjectValue) and value.items:
        if all(isinstance(inner.value, ObjectValue) for inner in value.items):
            return [Item(item.keys + inner.keys, inner.value) for inner in value.items]
    elif isinstance(value, ListValue) and value.values:
        objects = [entry for entry in value.values if isinstance(entry, ObjectValue)]
        if len(objects) == len(value.values):
            return [Item(item.keys, entry) for entry in objects]
    return None
