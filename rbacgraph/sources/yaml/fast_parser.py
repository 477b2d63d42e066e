"""The fast parser: strict, of YAML 1.2, and never given what would be too deep for it."""

import re
from functools import cache, partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

# It has no limit of its own for block style. A level takes a column, or two levels share one: a
# sequence may begin at the indentation of the key before it.
_DEEP = re.compile(rb"\n[ ?:-]{100}")


@cache
def _parser(*, repeated_keys: bool) -> "Callable[[str], Any]":
    """Return the parser, loading it on first use."""
    from yaml_rs import DuplicateKeyPolicy, loads

    policy = DuplicateKeyPolicy.LastWins if repeated_keys else DuplicateKeyPolicy.Error
    return partial(loads, parse_datetime=False, duplicate_key_policy=policy)


def parse_fast(text: bytes, *, repeated_keys: bool = False) -> Any:  # noqa: ANN401 - any value
    r"""Return the value of a text.

    ``repeated_keys``: whether a mapping may hold a key twice.
    Raises ValueError if it is not YAML 1.2, holds a key twice in one mapping, or is deep.

    Examples
    --------
    >>> parse_fast(b"a: [1, yes, '2']\n")
    {'a': [1, 'yes', '2']}
    """
    if _DEEP.search(b"\n" + text):
        raise ValueError("is too deep for the fast parser")
    return _parser(repeated_keys=repeated_keys)(text.decode())
