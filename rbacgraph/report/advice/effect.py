"""The effect of changes in words: who reaches which Secrets before and after."""

from collections.abc import Iterator

from rbacgraph.model.changes.access_effect import Effect, Linked, Pairs, Reaching
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.text import both, count_both, fitting, plus_words
from rbacgraph.report.text.words import secret_name

_SHOWN = 8
_ROOM = 60


def effect_lines(effect: Effect, look: Look) -> list[str]:
    """Return who reaches what before and after, and which paths are gone."""
    before, after = reaching_words(effect.before), reaching_words(effect.after)
    lines = look.prose(f"Before: {before}.", indent=2, hang=2)
    lines += look.prose(f"After: {after}.", indent=2, hang=2)
    lines.extend(_pairs(effect.gone, "no longer", look))
    lines.extend(_pairs(effect.new, "now", look))
    return lines


def reaching_words(reaching: Reaching) -> str:
    """Return in words how much is reached.

    Examples
    --------
    >>> reaching_words(
    ...     Reaching(
    ...         secrets=2,
    ...         conditional_secrets=0,
    ...         principals=1,
    ...         conditional_principals=0,
    ...         pairs=2,
    ...         conditional_pairs=0,
    ...     )
    ... )
    '1 principal reaches 2 Secrets, 2 pairs of principal and Secret'
    """
    pairs = count_both(reaching.pairs, reaching.conditional_pairs, "pair")
    plus = plus_words(reaching.conditional_pairs)
    return f"{who_reaches(reaching)}, {pairs} of principal and Secret{plus}"


def who_reaches(reaching: Reaching) -> str:
    """Return in words how many principals reach how many Secrets."""
    principals = reaching.principals, reaching.conditional_principals
    secrets = count_both(reaching.secrets, reaching.conditional_secrets, "Secret")
    verb = "reaches" if principals == (1, 0) else "reach"
    return f"{count_both(*principals, 'principal')} {verb} {secrets}"


def _pairs(pairs: Pairs, now: str, look: Look) -> Iterator[str]:
    shown = pairs.by_principal if look.wide else pairs.by_principal[:_SHOWN]
    for linked in shown:
        words = f"{linked.name} {now} reaches {_secrets(linked)}"
        yield from look.prose(words, indent=2, hang=2)
    certain = sum(linked.total > 0 for linked in shown)
    left = pairs.principals - certain, pairs.conditional_principals - (len(shown) - certain)
    if any(left):
        yield f"  … and {both(*left)} more principals {now} reach some"


def _secrets(linked: Linked) -> str:
    names = [secret_name(name) for name in linked.first]
    if linked.total + linked.conditional == 1:
        return names[0] + (" under a condition" if linked.conditional else "")
    listed = fitting(names, _ROOM) if linked.whole else f"{', '.join(names[:2])} …"
    return f"{count_both(linked.total, linked.conditional, 'Secret')}: {listed}"
