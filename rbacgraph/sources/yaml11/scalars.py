"""Resolves a plain YAML scalar as kubectl does: string, boolean, number or null.

Source: sigs.k8s.io/yaml ``goyaml.v2/resolve.go``; keys as in its ``yaml.go``.
"""

import base64
import binascii
import math
import re
import struct

from rbacgraph.sources.yaml11.faults import YamlFault

PREFIX = "tag:yaml.org,2002:"

_TAGGED: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    "int": (int,),
    "float": (float,),
    "null": (type(None),),
    "timestamp": (str,),
}
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
# The exponents for which Go's 'g' format writes no exponent.
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
    """Format a number as Go's ``strconv.FormatFloat(value, 'g', -1, 32)`` does.

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


def key_of(value: object, line: int) -> str:
    """Return a mapping's key as a JSON string.

    Raises YamlFault if JSON cannot have such a key.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return format_float(value)
    raise YamlFault(line, "has a key that is null or no scalar")


def value_of(tag: str | None, plain: bool, text: str, line: int) -> object:
    """Return the value of a scalar: quoted ones are strings, unknown tags mean nothing.

    Raises YamlFault if the tag says another type, or JSON cannot hold the value.
    """
    if tag is None or tag == "!":
        return _checked(resolve(text), line) if plain else text
    name = tag.removeprefix(PREFIX)
    if name == "binary":
        try:
            return base64.b64decode("".join(text.split()), validate=True).decode()
        except (binascii.Error, ValueError):
            raise YamlFault(line, "has a !!binary value that is not base64 text") from None
    types = _TAGGED.get(name)
    if types is None or name == tag:
        return text
    value = resolve(text)
    if name == "float" and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) not in types:
        raise YamlFault(line, f"has a value that is no !!{name}, which its tag says it is")
    return _checked(value, line)


def _checked(value: object, line: int) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        raise YamlFault(line, "has a value (.inf or .nan) that JSON cannot hold")
    return value
