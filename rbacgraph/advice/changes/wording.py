"""Words that several notes share."""

from collections.abc import Iterable

from rbacgraph.model.changes.change import ObjectKey

_SHOWN = 5


def role_name(key: ObjectKey) -> str:
    """Return a role or binding in words."""
    kind, namespace, name = key
    return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"


def listed(words: Iterable[str]) -> str:
    """List the first few words, and count the others.

    Examples
    --------
    >>> listed("abcabcdefg")
    'a, b, c, d, e and 2 more'
    """
    found = list(dict.fromkeys(words))
    more = f" and {len(found) - _SHOWN:,} more" if len(found) > _SHOWN else ""
    return f"{', '.join(found[:_SHOWN])}{more}"
