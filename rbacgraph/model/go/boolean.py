"""Booleans as Go writes them. Source: Go ``src/strconv/atob.go`` (``ParseBool``)."""

_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})


def parse_bool(value: object) -> bool | None:
    """Return the boolean that a text says; None if Go refuses it, or it is no text.

    Examples
    --------
    >>> parse_bool("T"), parse_bool("false"), parse_bool("yes"), parse_bool(None)
    (True, False, None, None)
    """
    if not isinstance(value, str):
        return None
    return True if value in _TRUE else False if value in _FALSE else None
