"""Durations as Go writes them. Source: Go ``src/time/format.go`` (``ParseDuration``)."""

import re
from decimal import Decimal

_UNITS = {
    "ns": 1,
    "us": 10**3,
    "\u00b5s": 10**3,
    "\u03bcs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_PART = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h)"
_WHOLE = re.compile(rf"([-+]?)((?:{_PART})+)")
_PARTS = re.compile(r"([0-9.]+)([^0-9.]+)")
_LIMIT = 1 << 63


def parse_duration(text: str) -> int | None:
    """Return the nanoseconds of a duration; None if Go refuses it.

    Examples
    --------
    >>> parse_duration("1m3s"), parse_duration("-.5s"), parse_duration("3")
    (63000000000, -500000000, None)
    """
    if re.fullmatch(r"[-+]?0", text):
        return 0
    found = _WHOLE.fullmatch(text)
    if found is None:
        return None
    parts = _PARTS.findall(found[2])
    total = sum(int(Decimal(number) * _UNITS[unit]) for number, unit in parts)
    if total >= _LIMIT:
        return None
    return -total if found[1] == "-" else total
