"""Durations and times as Go reads them: ``90s``, ``1h30m``, ``2d``, or a number of seconds."""

import re
from datetime import UTC, datetime
from fractions import Fraction

from rbacgraph.model.go.duration import parse_duration

_DAY = 86400
_NANOSECONDS = 10**9


def seconds(value: object) -> Fraction:
    """Return a duration in seconds.

    ``value``: a number of seconds, or a text: a number, Go's form, or days as ``2d``.
    Raises ValueError if the value is no duration.

    Examples
    --------
    >>> seconds("1h30m"), seconds(60), seconds("2d"), seconds("")
    (Fraction(5400, 1), Fraction(60, 1), Fraction(172800, 1), Fraction(0, 1))
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Fraction(value)
    text = value.strip() if isinstance(value, str) else repr(value)
    if not text:
        return Fraction(0)
    if re.fullmatch(r"-?[0-9]+", text):
        return Fraction(int(text))
    if re.fullmatch(r"[0-9]+d", text):
        return Fraction(int(text[:-1]) * _DAY)
    nanoseconds = parse_duration(text)
    if nanoseconds is None:
        message = f"{value!r} is no duration"
        raise ValueError(message)
    return Fraction(nanoseconds, _NANOSECONDS)


def moment(value: str) -> datetime:
    """Return a point in time with its zone; without one it is UTC.

    Raises ValueError if the text is no time.

    Examples
    --------
    >>> moment("2099-01-01T00:00:00Z").year
    2099
    """
    if re.fullmatch(r"[0-9]+", value):
        return datetime.fromtimestamp(int(value), UTC)
    read = datetime.fromisoformat(value)
    return read if read.tzinfo else read.replace(tzinfo=UTC)
