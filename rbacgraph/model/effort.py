"""The scale of efforts in words, for one technique and for a whole path."""

_LOW, _MEDIUM = 2, 5
_LOW_SUM, _MEDIUM_SUM = 3, 7


def technique_effort(effort: int) -> str:
    """Return the effort of one technique in words.

    Examples
    --------
    >>> [technique_effort(effort) for effort in (0, 2, 5, 6)]
    ['none', 'low (2)', 'medium (5)', 'high (6)']
    """
    return _effort(effort, _LOW, _MEDIUM)


def path_effort(effort: int) -> str:
    """Return the effort of a path in words.

    Examples
    --------
    >>> [path_effort(effort) for effort in (3, 7, 8)]
    ['effort: low (3)', 'effort: medium (7)', 'effort: high (8)']
    """
    return f"effort: {_effort(effort, _LOW_SUM, _MEDIUM_SUM)}"


def is_low(effort: int) -> bool:
    """Whether the effort of a path is low.

    Examples
    --------
    >>> is_low(3), is_low(4)
    (True, False)
    """
    return effort <= _LOW_SUM


def is_high(effort: int) -> bool:
    """Whether the effort of a path is high.

    Examples
    --------
    >>> is_high(7), is_high(8)
    (False, True)
    """
    return effort > _MEDIUM_SUM


def _effort(effort: int, low: int, medium: int) -> str:
    if not effort:
        return "none"
    word = "low" if effort <= low else "medium" if effort <= medium else "high"
    return f"{word} ({effort})"
