"""Durations and times as Go reads them: ``90s``, ``1h30m``, ``2d``, or a number of seconds."""

import re
from datetime import UTC, datetime
from fractions import Fraction

_PART = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_SECONDS = {
    "ns": Fraction(1, 10**9),
    "us": Fraction(1, 10**6),
    "µs": Fraction(1, 10**6),
    "μs": Fraction(1, 10**6),
    "ms": Fraction(1, 1000),
    "s": Fraction(1),
    "m": Fraction(60),
    "h": Fraction(3600),
}
_DAY = 86400


def seconds(value: object) -> Fraction:
    """Return a duration in seconds.

    Parameters
    ----------
    value:
        A number of seconds, or a text: a number, Go's form, or days as ``2d``.

    Raises
    ------
    ValueError
        If the value is no duration.

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
    sign, body = (-1, text[1:]) if text.startswith("-") else (1, text.removeprefix("+"))
    parts = _PART.findall(body)
    if not parts or "".join(amount + unit for amount, unit in parts) != body:
        message = f"{value!r} is no duration"
        raise ValueError(message)
    return sign * sum(
        (
            Fraction(amount.strip(".") if amount.endswith(".") else amount) * _SECONDS[unit]
            for amount, unit in parts
        ),
        Fraction(0),
    )


def moment(value: str) -> datetime:
    """Return a point in time with its zone; without one it is UTC.

    Raises
    ------
    ValueError
        If the text is no time.

    Examples
    --------
    >>> moment("2099-01-01T00:00:00Z").year
    2099
    """
    if re.fullmatch(r"[0-9]+", value):
        return datetime.fromtimestamp(int(value), UTC)
    read = datetime.fromisoformat(value)
    return read if read.tzinfo else read.replace(tzinfo=UTC)
