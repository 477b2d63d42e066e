"""Reads a text in HCL 1, or in its JSON form if it begins with a brace, into a tree."""

from rbacgraph.stores.vault.hcl.json_form import read_json_form
from rbacgraph.stores.vault.hcl.tokens import Mark, Token, tokens
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


def read_hcl(text: str) -> ObjectValue:
    """Return the tree of a text.

    Raises HclError if the text is neither HCL 1 nor its JSON form.

    Examples
    --------
    >>> tree = read_hcl('path "kv/a" { capabilities = ["read"] }')
    >>> [key.text for key in tree.items[0].keys]
    ['path', 'kv/a']
    """
    if text.strip().startswith("{"):
        return read_json_form(text)
    reader = _Reader(text)
    return ObjectValue(tuple(reader.items(inside=False)), 1, 1)


class _Reader:
    """Reads tokens; it looks one token ahead only where it must decide."""

    def __init__(self, text: str) -> None:
        self._tokens = tokens(text)
        self._ahead: Token | None = None
        self._depth = 0

    @property
    def _next(self) -> Token:
        if self._ahead is None:
            self._ahead = next(self._tokens)
        return self._ahead

    def _take(self) -> Token:
        token = self._next
        if token.type is not Mark.END:
            self._ahead = None
        return token

    def items(self, *, inside: bool) -> list[Item]:
        """Read entries up to the closing brace, or up to the end of the text."""
        items: list[Item] = []
        while not (inside and self._next.type is Mark.RIGHT_BRACE):
            if self._next.type is Mark.END:
                break
            items.append(self._item())
            if self._next.type is Mark.COMMA:
                self._take()
        return items

    def _item(self) -> Item:
        keys: list[ItemKey] = []
        while True:
            token = self._take()
            if token.type is LiteralKind.STRING or token.type is Mark.IDENT:
                keys.append(ItemKey(token.text, token.line, token.column))
            elif token.type is Mark.LEFT_BRACE and keys:
                return Item(tuple(keys), self._object(token))
            elif token.type is Mark.ASSIGN and len(keys) == 1:
                return Item(tuple(keys), self._value())
            elif token.type is Mark.ASSIGN and keys:
                raise _wrong(token, "expected '{' after two keys, got '='")
            else:
                raise _wrong(token, f"expected a key, '=' or '{{', got {token}")

    def _value(self) -> Value:
        token = self._take()
        if isinstance(token.type, LiteralKind):
            return Literal(token.type, token.text, token.line, token.column)
        if token.type is Mark.LEFT_BRACE:
            return self._object(token)
        if token.type is Mark.LEFT_BRACKET:
            return self._list(token)
        raise _wrong(token, f"expected a value, got {token}")

    def _object(self, opening: Token) -> ObjectValue:
        self._descend(opening)
        items = self.items(inside=True)
        closing = self._take()
        if closing.type is not Mark.RIGHT_BRACE:
            raise _wrong(closing, f"expected '}}', got {closing}")
        self._depth -= 1
        return ObjectValue(tuple(items), opening.line, opening.column)

    def _list(self, opening: Token) -> ListValue:
        self._descend(opening)
        values: list[Value] = []
        needs_comma = False
        while True:
            token = self._next
            if token.type is Mark.RIGHT_BRACKET:
                self._take()
                self._depth -= 1
                return ListValue(tuple(values), opening.line, opening.column)
            if token.type is Mark.COMMA:
                self._take()
                needs_comma = False
            elif needs_comma:
                raise _wrong(token, f"expected ',' or ']' in the list, got {token}")
            else:
                # After a list within a list the server asks for no comma.
                needs_comma = token.type is not Mark.LEFT_BRACKET
                values.append(self._value())

    def _descend(self, opening: Token) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise _wrong(opening, f"more than {DEEPEST} levels of braces and brackets")


def _wrong(token: Token, message: str) -> HclError:
    return HclError(message, token.line, token.column)
