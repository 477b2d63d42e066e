"""Conditions of edges: what must also be true, in words; empty where nothing more must."""

CERTAIN = ""


def both(*conditions: str) -> str:
    """Join conditions: all of them must be true; ``CERTAIN`` adds nothing.

    Examples
    --------
    >>> both("a Pod runs", CERTAIN, "the node runs cron", "a Pod runs")
    'a Pod runs and the node runs cron'
    """
    return " and ".join(dict.fromkeys(filter(None, conditions)))
