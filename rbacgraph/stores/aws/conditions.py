"""Condition elements: operators, sets of values, keys that are absent.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Multivalued context
keys".
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from ipaddress import ip_address, ip_network
from operator import eq, ge, gt, le, lt
from typing import Any, TypeAlias

from rbacgraph.stores.aws.context import Context, text_of_value
from rbacgraph.stores.aws.patterns import (
    AwsPart,
    Filled,
    fill,
    glob,
    parts_of,
    segments,
    text_of,
)
from rbacgraph.stores.truth import DoubtKind as Kind
from rbacgraph.stores.truth import StoreDoubts, Truth, all_of, any_of, doubt, negated

ARN_SEGMENTS = 6


class GrammarError(Exception):
    """A part of a statement is not of the policy language; the message names the part."""


# One value of the policy against one of the request; ValueError if either cannot be read.
_Compare: TypeAlias = Callable[[Filled, str], Truth]


def _plain(compare: Callable[[str, str], bool]) -> _Compare:
    return lambda wanted, value: compare(text_of(wanted), value)


def _arn(wanted: Filled, value: str) -> Truth:
    pattern, given = segments(wanted), value.split(":", ARN_SEGMENTS - 1)
    if len(pattern) == 1 and not text_of(wanted):
        return doubt(Kind.UNSETTLED, "ArnLike *")
    return len(pattern) == len(given) == ARN_SEGMENTS and all(
        glob(part).fits(text) for part, text in zip(pattern, given, strict=True)
    )


def _number(text: str) -> Decimal:
    try:
        found = Decimal(text.strip())
    except InvalidOperation as error:
        raise ValueError("number") from error
    if not found.is_finite():
        raise ValueError("number")
    return found


_SECONDS = re.compile(r"-?\d{5,}(\.\d+)?")


def _time(text: str) -> datetime:
    if _SECONDS.fullmatch(text):
        return datetime.fromtimestamp(float(text), UTC)
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _truth_value(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError("boolean")
    return text.lower() == "true"


@dataclass(frozen=True, slots=True)
class _Operator:
    compare: _Compare
    negative: bool = False
    wildcards: bool = False
    variables: bool = True


def _ordered(read: Callable[[str], Decimal] | Callable[[str], datetime]) -> dict[str, _Operator]:
    """Return the six comparisons of numbers, or of times, by the end of their names."""

    def compared(order: Callable[[Any, Any], bool]) -> _Compare:
        return _plain(lambda wanted, value: order(read(value), read(wanted)))

    orders = {
        "equals": eq,
        "lessthan": lt,
        "lessthanequals": le,
        "greaterthan": gt,
        "greaterthanequals": ge,
    }
    found = {name: _Operator(compared(order), variables=False) for name, order in orders.items()}
    return {**found, "notequals": _Operator(compared(eq), negative=True, variables=False)}


def _with_opposite(
    name: str, opposite: str, compare: _Compare, *, wildcards: bool = False, variables: bool = True
) -> dict[str, _Operator]:
    return {
        name: _Operator(compare, wildcards=wildcards, variables=variables),
        opposite: _Operator(compare, negative=True, wildcards=wildcards, variables=variables),
    }


_OPERATORS: Mapping[str, _Operator] = {
    **_with_opposite("stringequals", "stringnotequals", _plain(eq)),
    **_with_opposite(
        "stringequalsignorecase",
        "stringnotequalsignorecase",
        _plain(lambda wanted, value: wanted.casefold() == value.casefold()),
    ),
    **_with_opposite(
        "stringlike",
        "stringnotlike",
        lambda wanted, value: glob(wanted).fits(value),
        wildcards=True,
    ),
    **_with_opposite("arnequals", "arnnotequals", _arn, wildcards=True),
    **_with_opposite("arnlike", "arnnotlike", _arn, wildcards=True),
    **_with_opposite(
        "ipaddress",
        "notipaddress",
        _plain(lambda wanted, value: ip_address(value) in ip_network(wanted, strict=False)),
        variables=False,
    ),
    "bool": _Operator(
        _plain(lambda wanted, value: _truth_value(value) == _truth_value(wanted)), variables=False
    ),
    "binaryequals": _Operator(_plain(eq), variables=False),
    **{f"numeric{name}": operator for name, operator in _ordered(_number).items()},
    **{f"date{name}": operator for name, operator in _ordered(_time).items()},
}

_ANY, _ALL = "foranyvalue", "forallvalues"
_IF_EXISTS = "ifexists"


@dataclass(frozen=True, slots=True)
class AwsCondition:
    """One operator and one key of a Condition element."""

    operator: str
    key: str
    texts: tuple[str, ...]
    values: tuple[tuple[AwsPart, ...], ...]
    compared: _Operator | None
    quantifier: str
    if_exists: bool
    is_null: bool

    def holds(self, context: Context) -> Truth:
        """Whether the condition holds in a request."""
        given = context.values_of(self.key)
        if self.is_null:
            return self._null(given)
        if self.compared is None:
            return doubt(Kind.POLICY, self.operator)
        if isinstance(given, frozenset):
            return given
        if given is None:
            return self._absent(self.compared)
        return self._present(self.compared, given, context)

    def begins(self, key: str) -> Sequence[tuple[str, bool]] | None:
        """Return how a key's only value must begin, and whether that is all of it.

        ``None`` if the condition asks for no text of it.
        """
        named = self.compared in (_OPERATORS["stringequals"], _OPERATORS["stringlike"])
        if not named or self.key.lower() != key.lower():
            return None
        heads = [next(iter(parts), "") for parts in self.values]
        return [
            (head if isinstance(head, str) else "", len(parts) <= 1 and isinstance(head, str))
            for head, parts in zip(heads, self.values, strict=True)
        ]

    def _present(self, compared: _Operator, given: tuple[str, ...], context: Context) -> Truth:
        answers = [self._one(compared, value, context) for value in given]
        every, some = all_of(answers), any_of(answers)
        if self.quantifier == _ALL:
            return given == ("",) or every  # "a null data set, such as an empty string"
        if self.quantifier == _ANY or every == some:
            return some
        return doubt(Kind.UNSETTLED, self.key)  # several values, and no word on how many must fit

    def _absent(self, compared: _Operator) -> Truth:
        if self.quantifier == _ALL:
            return True
        if self.quantifier == _ANY:
            return doubt(Kind.UNSETTLED, self.operator) if self.if_exists else False
        return self.if_exists or compared.negative

    def _one(self, compared: _Operator, value: str, context: Context) -> Truth:
        """Whether one value of the request fits."""
        answers = (self._compared(compared, wanted, value, context) for wanted in self.values)
        fits = any_of(answers)
        return negated(fits) if compared.negative else fits

    def _compared(
        self, compared: _Operator, wanted: tuple[AwsPart, ...], value: str, context: Context
    ) -> Truth:
        filled = fill(wanted, context)
        if isinstance(filled, frozenset):
            return filled
        if filled is None:  # a variable without a value fits nothing
            return doubt(Kind.UNSETTLED, self.key) if compared.negative else False
        try:
            return compared.compare(filled, value)
        except (ValueError, OverflowError, OSError):
            return doubt(Kind.POLICY, self.operator)

    def _null(self, given: tuple[str, ...] | StoreDoubts | None) -> Truth:
        wanted = {text.lower() for text in self.texts}
        if self.quantifier or not wanted <= {"true", "false"}:
            return doubt(Kind.POLICY, self.operator)
        if isinstance(given, frozenset):
            return given
        if given == ("",):
            return doubt(Kind.UNSETTLED, self.key)
        return ("true" if given is None else "false") in wanted


def read_conditions(element: object, *, variables: bool) -> tuple[AwsCondition, ...]:
    """Return a Condition element's operators and keys.

    Raises GrammarError if the element has another shape.
    """
    if not isinstance(element, Mapping):
        raise GrammarError("Condition")
    found = []
    for operator, keys in element.items():
        if not isinstance(keys, Mapping):
            raise GrammarError(str(operator))
        for key, values in keys.items():
            found.append(_condition(str(operator), str(key), values, variables))
    return tuple(found)


def _condition(operator: str, key: str, values: object, variables: bool) -> AwsCondition:
    quantifier, colon, name = operator.lower().rpartition(":")
    if_exists = name.endswith(_IF_EXISTS)
    compared = _OPERATORS.get(name.removesuffix(_IF_EXISTS))
    if colon and quantifier not in (_ANY, _ALL):
        compared = None
    texts = condition_texts(values)
    use_variables = variables and compared is not None and compared.variables
    return AwsCondition(
        operator=operator,
        key=key,
        texts=texts,
        values=tuple(
            parts_of(
                text,
                wildcards=compared is not None and compared.wildcards,
                variables=use_variables,
            )
            for text in texts
        ),
        compared=compared,
        quantifier=quantifier,
        if_exists=if_exists,
        is_null=name == "null",
    )


def condition_texts(values: object) -> tuple[str, ...]:
    """Return a condition's values as texts: one or a list of texts, numbers or booleans.

    Raises GrammarError for any other shape.
    """
    items: Sequence[object] = values if isinstance(values, list) else [values]
    if not all(isinstance(item, (str, bool, int, float)) for item in items):
        raise GrammarError("Condition")
    return tuple(text_of_value(item) for item in items)
