"""What a plain YAML scalar is to kubectl: string, boolean, number or null.

Source: sigs.k8s.io/yaml ``goyaml.v2/resolve.go``; keys as in its ``yaml.go``.
"""

import math
import re
import struct

_WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), False),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_INTEGER = re.compile(
    r"(?P<sign>[-+]?)(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[bB](?P<bin>[01]+)|0[oO]?(?P<oct>[0-7]+)"
    r"|(?P<dec>0|[1-9][0-9]*))\Z"
)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_DIGITS = 400
# Exponents between which Go's 'g' format writes no exponent.
_SMALLEST, _LARGEST = -4, 6


def resolve(text: str) -> str | bool | int | float | None:
    """Return the value of a plain scalar.

    Examples
    --------
    >>> resolve("yes"), resolve("0123"), resolve("1e3"), resolve("2001-01-01"), resolve("08")
    (True, 83, 1000.0, '2001-01-01', 8.0)
    """
    if text in _WORDS:
        return _WORDS[text]
    first = text[0]
    if first == ".":
        return _float(text)
    if first not in "+-0123456789":
        return text
    plain = text.replace("_", "")
    integer = _INTEGER.match(plain)
    if integer:
        return _integer(integer) if len(plain) <= _DIGITS else math.inf
    number = _float(plain)
    return text if isinstance(number, str) else number


def _integer(found: re.Match[str]) -> int:
    for name, base in (("hex", 16), ("bin", 2), ("oct", 8), ("dec", 10)):
        if found[name] is not None:
            return int(found["sign"] + found[name], base)
    raise AssertionError(found)


def _float(text: str) -> float | str:
    if not _FLOAT.match(text):
        return text
    number = float(text)
    return text if math.isinf(number) else number


def format_float(value: float) -> str:
    """Format as Go's ``strconv.FormatFloat(value, 'g', -1, 32)``.

    Examples
    --------
    >>> format_float(1.10), format_float(1e6), format_float(0.1)
    ('1.1', '1e+06', '0.1')
    """
    if math.isnan(value) or math.isinf(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    try:
        single = struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return ".inf" if value > 0 else "-.inf"
    digits = "0e+00"
    for precision in range(17):
        digits = f"{single:.{precision}e}"
        if struct.pack("<f", float(digits)) == struct.pack("<f", single):
            break
    mantissa, _, exponent = digits.partition("e")
    power = int(exponent)
    if _SMALLEST <= power < _LARGEST:
        places = len(mantissa.lstrip("-").replace(".", "")) - 1 - power
        return f"{float(digits):.{max(places, 0)}f}"
    return f"{mantissa}e{power:+03d}"
