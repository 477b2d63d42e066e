"""Conditions in CEL, as far as a request settles them; everything else stays open.

Source: IAM documentation, "Conditions: attribute reference" and "Resource attributes": an
expression is true, false, or not known here. ``resource.name`` of a secret's version holds the
project's number: ``projects/NUMBER/secrets/NAME/versions/VERSION``.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from rbacgraph.stores.truth import DoubtKind, Truth, all_of, any_of, doubt, negated

_TOKEN = re.compile(
    r"""\s*(?:'[^'\\]*'|"[^"\\]*"|\.?[A-Za-z_][\w.]*|\d[\w.]*|&&|\|\||[!=<>]=|[-!<>(),\[\]])"""
)
_DEPTH = 100
"""Deeper nesting is left open."""

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
"""No request is older than this release of rbacgraph."""


class GcpRequest(NamedTuple):
    """What a request says of itself.

    ``type``, ``service``: the resource's, as ``secretmanager.googleapis.com/SecretVersion``.
    ``name``: the resource's name as far as it is known; ``None`` if nothing of it is.
    ``open``: whether more follows the name, such as a version that nobody named.
    ``now``: the time; without one any time of this release or later.
    """

    service: str
    type: str
    name: str | None = None
    open: bool = False
    now: datetime | None = None


def holds(expression: str, attributes: GcpRequest) -> Truth:
    """Whether a condition holds for a request; a doubt names the expression.

    Examples
    --------
    >>> version = GcpRequest("s", "s/SecretVersion", "projects/1/secrets/db/versions/", open=True)
    >>> holds("resource.name.startsWith('projects/1/secrets/db/')", version)
    True
    >>> holds("!(resource.type == 's/SecretVersion') || false", version)
    False
    """
    if not expression:
        return True
    unknown = doubt(DoubtKind.CONDITION, expression)
    tokens = _tokens(expression)
    if tokens is None:
        return unknown
    reader = _Reader(tokens, attributes, unknown)
    try:
        answer = reader.either()
    except _NotReadError:
        return unknown
    return answer if reader.at_end else unknown


class _NotReadError(Exception):
    """The expression holds what this reader does not know."""


def _tokens(text: str) -> list[str] | None:
    found, position, end = [], 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            return None
        found.append(match.group().strip())
        position = match.end()
    return found


class _Reader:
    """Reads ``||``, ``&&``, ``!``, parentheses, and single comparisons."""

    def __init__(self, tokens: list[str], attributes: GcpRequest, unknown: Truth) -> None:
        self._tokens = tokens
        self._attributes = attributes
        self._unknown = unknown
        self._position = 0
        self._depth = 0

    @property
    def at_end(self) -> bool:
        return self._position == len(self._tokens)

    def either(self) -> Truth:
        answers = [self._both()]
        while self._takes("||"):
            answers.append(self._both())
        return any_of(answers)

    def _both(self) -> Truth:
        answers = [self._one()]
        while self._takes("&&"):
            answers.append(self._one())
        return all_of(answers)

    def _one(self) -> Truth:
        self._depth += 1
        if self._depth > _DEPTH:
            raise _NotReadError
        try:
            if self._takes("!"):
                return negated(self._one())
            if self._takes("("):
                answer = self.either()
                self._needs(")")
                return answer
            return self._comparison()
        finally:
            self._depth -= 1

    def _comparison(self) -> Truth:
        word = self._next()
        if word in ("true", "false") and self._peek() not in _SIGNS:
            return word == "true"
        if not re.match(r"[A-Za-z_]", word):
            raise _NotReadError
        arguments = self._arguments() if self._peek() == "(" else None
        chained = self._calls()
        if self._peek() not in (*_SIGNS, "in"):
            if arguments is None:
                raise _NotReadError
            return self._unknown if chained else self._called(word, arguments)
        sign, operand = self._next(), self._operand()
        if arguments is not None or sign == "in":
            return self._unknown
        return self._compared(word, sign, operand)

    def _calls(self) -> bool:
        """Take the calls on what a call returns; whether there was one."""
        found = False
        while self._peek().startswith("."):
            found = True
            self._position += 1
            self._arguments()
        return found

    def _arguments(self) -> list[str]:
        """Take a call's arguments: of one text alone, that text; of others, tokens."""
        self._needs("(")
        found, depth = [], 1
        while depth:
            found.append(self._next())
            depth += {"(": 1, ")": -1}.get(found[-1], 0)
        return found[:-1]

    def _operand(self) -> list[str]:
        first = self._next()
        if first == "[":
            while self._next() != "]":
                pass
            return [first]
        if not re.match(r"""['"\w]""", first):
            raise _NotReadError
        return [first, *self._arguments()] if self._peek() == "(" else [first]

    def _called(self, word: str, arguments: list[str]) -> Truth:
        owner, _, method = word.rpartition(".")
        text = _text(arguments)
        if method not in _METHODS or text is None:
            return self._unknown
        return self._of(owner, lambda value, more: _METHODS[method](value, text, more))

    def _compared(self, word: str, sign: str, operand: list[str]) -> Truth:
        if word == "request.time":
            return self._at(sign, operand)
        text = _text(operand)
        if text is None or sign not in ("==", "!="):
            return self._unknown
        answer = self._of(word, lambda value, more: _equals(value, text, more))
        return negated(answer) if sign == "!=" else answer

    def _of(self, word: str, ask: Callable[[str, bool], bool | None]) -> Truth:
        """Ask about the value of an attribute: True, False, or ``None`` if that is open."""
        value = {
            "resource.name": self._attributes.name,
            "resource.type": self._attributes.type,
            "resource.service": self._attributes.service,
        }.get(word)
        if value is None:
            return self._unknown
        answer = ask(value, word == "resource.name" and self._attributes.open)
        return self._unknown if answer is None else answer

    def _at(self, sign: str, operand: list[str]) -> Truth:
        stamp = _text(operand[1:]) if operand[0] == "timestamp" else None
        try:
            limit = datetime.fromisoformat(stamp) if stamp else None
        except ValueError:
            limit = None
        if limit is None or limit.tzinfo is None:
            return self._unknown
        now = self._attributes.now
        if now is not None:
            return _ORDER[sign](now, limit)
        return sign in (">", ">=", "!=") if limit < SINCE else self._unknown

    def _peek(self) -> str:
        return self._tokens[self._position] if not self.at_end else ""

    def _next(self) -> str:
        if self.at_end:
            raise _NotReadError
        self._position += 1
        return self._tokens[self._position - 1]

    def _takes(self, token: str) -> bool:
        found = self._peek() == token
        self._position += found
        return found

    def _needs(self, token: str) -> None:
        if not self._takes(token):
            raise _NotReadError


_ORDER: Mapping[str, Callable[[datetime, datetime], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
}
_SIGNS = frozenset(_ORDER)


def _text(tokens: list[str]) -> str | None:
    """Return the text of one literal; ``None`` if the tokens are anything else."""
    return tokens[0][1:-1] if len(tokens) == 1 and tokens[0][0] in "'\"" else None


def _starts(value: str, text: str, more: bool) -> bool | None:
    if value.startswith(text):
        return True
    return None if more and text.startswith(value) else False


def _ends(value: str, text: str, more: bool) -> bool | None:
    return None if more and text else value.endswith(text)


def _equals(value: str, text: str, more: bool) -> bool | None:
    if not more:
        return value == text
    return None if text.startswith(value) and text != value else False


def _contains(value: str, text: str, more: bool) -> bool | None:
    if text in value:
        return True
    return None if more else False


_METHODS: Mapping[str, Callable[[str, str, bool], bool | None]] = {
    "startsWith": _starts,
    "endsWith": _ends,
    "contains": _contains,
}
