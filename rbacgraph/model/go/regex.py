"""Searches with the regular expressions of Go, as far as Python's mean the same.

Go's engine takes linear time. Python's may take forever: a pattern that could is not tried.
"""

import re
import warnings
from functools import lru_cache
from math import factorial

_MOST_STEPS = 50_000_000
_REPEATED_GROUP = re.compile(r"\)[*+{]")
_REPEAT = re.compile(r"(?<!\\)[*+{]")
_CHOICE = re.compile(r"(?<![\\(*+?}])\?|(?<!\\)\|")
_OTHER_IN_GO = re.compile(r"\[\[:|\\[QEzpPC]|\(\?<|\(\?[a-zA-Z-]*U|\{,|[*+?}]\+")
_REFUSED_BY_GO = re.compile(r"\(\?(?:=|!|<=|<!|>|P=|P>|#)|\\[1-9Z]")


def search(pattern: str, text: str) -> bool | None:
    """Whether a pattern matches somewhere in a text; None if that is not known.

    Examples
    --------
    >>> search("prod", "nonprod"), search("^prod$", "nonprod"), search("(a+)+$", "aaaa")
    (True, False, None)
    """
    if _REPEATED_GROUP.search(pattern) or _OTHER_IN_GO.search(pattern) or is_refused(pattern):
        return None
    if _steps(pattern, len(text)) > _MOST_STEPS or "\n" in text:
        return None  # Python's $ also matches before a line break
    compiled = _compiled(pattern)
    return None if compiled is None else compiled.search(text) is not None


def _steps(pattern: str, size: int) -> int:
    """Return about how many steps Python may take at worst: each repeat ends at any place."""
    places = len(_REPEAT.findall(pattern)) + (not pattern.startswith("^"))
    ways = int(size**places) // factorial(places)
    return ways << len(_CHOICE.findall(pattern))


def is_refused(pattern: str) -> bool:
    """Whether Go refuses a pattern.

    Examples
    --------
    >>> is_refused("(?!dev)"), is_refused("["), is_refused("prod")
    (True, True, False)
    """
    plain = re.sub(r"\\\\", "", pattern)
    if _REFUSED_BY_GO.search(plain):
        return True
    if _OTHER_IN_GO.search(pattern):
        return False
    return _compiled(pattern) is None


@lru_cache(256)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """Compile a pattern; None if Python refuses it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what may mean something else one day
            return re.compile(pattern, re.ASCII)
    except (re.error, OverflowError, RecursionError):
        return None
