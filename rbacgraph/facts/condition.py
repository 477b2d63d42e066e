"""Conditions of edges: what must also be true, in words; empty where nothing more must."""

CERTAIN = ""
_AND = " and "


def both(*conditions: str) -> str:
    """Join conditions: all of them must be true; ``CERTAIN`` adds nothing.

    Nor does a condition that was joined to another one before.

    Examples
    --------
    >>> both("a Pod runs", CERTAIN, "the node runs cron", "a Pod runs")
    'a Pod runs and the node runs cron'
    >>> both("a Pod runs and the node runs cron", "the node runs cron")
    'a Pod runs and the node runs cron'
    """
    own = list(dict.fromkeys(filter(None, conditions)))
    if len(own) > 1:
        own = [one for one in own if not any(_has(other, one) for other in own)]
    return _AND.join(own)


def _has(joined: str, one: str) -> bool:
    """Whether a condition is one of several that were joined."""
    return len(joined) > len(one) and f"{_AND}{one}{_AND}" in f"{_AND}{joined}{_AND}"
