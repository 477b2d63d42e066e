"""Measures, wraps and aligns plain text."""

import textwrap
import unicodedata
from collections.abc import Iterable, Sequence

from rbacgraph.model import phrase

count, listing = phrase.count, phrase.listing

ELLIPSIS = "…"
GAP = "  "
_NARROWEST = 20


def width(text: str) -> int:
    """Return the number of terminal columns of ``text``.

    Examples
    --------
    >>> width("ab"), width("猫")
    (2, 2)
    """
    if text.isascii():
        return len(text)
    return sum(_char_width(char) for char in text)


def _char_width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cut(text: str, columns: int) -> str:
    """Cut ``text`` to ``columns``, with a mark of the cut as the last column.

    Examples
    --------
    >>> cut("shop/db-credentials", 8)
    'shop/db…'
    """
    if width(text) <= columns:
        return text
    kept, used = [], 0
    for char in text:
        used += _char_width(char)
        if used > columns - 1:
            break
        kept.append(char)
    return "".join(kept) + ELLIPSIS


def cut_middle(text: str, columns: int) -> str:
    """Cut ``text`` to ``columns`` in its middle: names differ at their ends.

    Examples
    --------
    >>> cut_middle("prometheus-operator-7d9f", 11)
    'promet…7d9f'
    """
    if width(text) <= columns:
        return text
    tail = cut(text[::-1], columns // 2)[:-1][::-1]
    return cut(text, columns - width(tail)) + tail


def cut_name(name: str, columns: int) -> str:
    """Cut a name to ``columns`` in its middle, and never the kind of a ServiceAccount.

    Examples
    --------
    >>> cut_name("serviceaccount:shop/api", 11), cut_name("serviceaccount:web/importer", 10)
    ('sa:shop/api', 'sa:we…rter')
    """
    if width(name) <= columns:
        return name
    kind = "serviceaccount:"
    return cut_middle(f"sa:{name.removeprefix(kind)}" if name.startswith(kind) else name, columns)


def cut_chain(text: str, columns: int, *, joint: str = " > ") -> str:
    """Cut a chain of words to ``columns``, at best without cutting a word.

    Examples
    --------
    >>> cut_chain("request-token > read-secret > token-of", 28)
    'request-token > … > token-of'
    >>> cut_chain("request-token > read-secret", 20)
    'request-token > …'
    >>> cut_chain("request-token > read-secret", 16)
    'request-token >…'
    """
    if width(text) <= columns:
        return text
    first, *others = text.split(joint)
    shorter = [joint.join((first, ELLIPSIS, *others[-1:])), joint.join((first, ELLIPSIS))]
    return next((one for one in shorter if width(one) <= columns), cut(text, columns))


def wrap(text: str, columns: int) -> list[str]:
    """Break ``text`` at spaces; a word that does not fit stays whole, so that it can be copied."""
    if width(text) <= columns:
        return [text]
    lines = textwrap.wrap(
        text, max(columns, _NARROWEST), break_long_words=False, break_on_hyphens=False
    )
    return lines or [""]


def wrap_even(text: str, columns: int) -> list[str]:
    """Break ``text`` into as few lines as :func:`wrap`, of similar length.

    Examples
    --------
    >>> wrap("can get Secret db-credentials in shop", 34)
    ['can get Secret db-credentials in', 'shop']
    >>> wrap_even("can get Secret db-credentials in shop", 34)
    ['can get Secret', 'db-credentials in shop']
    """
    lines = wrap(text, columns)
    for narrower in range(columns - 1, _NARROWEST - 1, -1):
        even = wrap(text, narrower)
        if len(even) > len(lines):
            break
        lines = even
    return lines


def fitting(words: Sequence[str], columns: int, *, separator: str = ", ") -> str:
    """Join as many words as fit, at least one, and count the rest.

    Examples
    --------
    >>> fitting(["alpha", "beta", "gamma"], 14)
    'alpha (+2 more)'
    """
    whole = separator.join(words)
    if width(whole) <= columns:
        return whole
    most = columns // (len(separator) + 1) + 1
    for shown in range(min(len(words) - 1, most), 1, -1):
        text = f"{separator.join(words[:shown])} (+{len(words) - shown:,} more)"
        if width(text) <= columns:
            return text
    return f"{words[0]} (+{len(words) - 1:,} more)" if len(words) > 1 else whole


def columns_of(rows: Iterable[Sequence[str]]) -> list[int]:
    """Return the width of each column."""
    return [max(map(width, column)) for column in zip(*rows, strict=True)]


def both(certain: int, conditional: int) -> str:
    """Return how many for certain, then how many only under a condition: never their sum.

    Examples
    --------
    >>> both(3, 0), both(1200, 1), both(0, 55)
    ('3', '1,200 +1', '0 +55')
    """
    return f"{certain:,} +{conditional:,}" if conditional else f"{certain:,}"


def count_both(certain: int, conditional: int, singular: str, plural: str = "") -> str:
    """Return both numbers with a noun.

    Examples
    --------
    >>> count_both(1, 0, "pair"), count_both(1, 1, "pair"), count_both(0, 1, "pair")
    ('1 pair', '1 +1 pairs', '0 +1 pairs')
    """
    if not conditional:
        return count(certain, singular, plural)
    return f"{both(certain, conditional)} {plural or singular + 's'}"


def plus_words(*conditional: int) -> str:
    """Return what the second of both numbers means, if one is said.

    Examples
    --------
    >>> plus_words(0, 0), plus_words(0, 2)
    ('', ' (+: only under a condition)')
    """
    return " (+: only under a condition)" if any(conditional) else ""
