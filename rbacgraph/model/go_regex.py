"""Searches with the regular expressions of Go, as far as Python's mean the same.

Go's engine takes linear time. Python's may take forever: a pattern that could is not tried.
"""

import re

_MOST_REPEATS = 3
_MOST_STEPS = 20_000_000
_REPEATED_GROUP = re.compile(r"\)[*+{]")
_REPEAT = re.compile(r"(?<!\\)[*+{]")
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
    repeats = len(_REPEAT.findall(pattern))
    if repeats > _MOST_REPEATS and len(text) ** repeats > _MOST_STEPS:
        return None
    if "\n" in text:  # Python's $ matches before the last one
        return None
    try:
        return re.search(pattern, text, re.ASCII) is not None
    except (re.error, OverflowError, RecursionError):
        return None


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
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return True
    return False
