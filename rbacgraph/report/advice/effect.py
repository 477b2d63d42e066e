"""The effect of changes in words: who reaches which Secrets before and after."""

from collections.abc import Iterator

from rbacgraph.model.changes.access_effect import Effect, Linked, Pairs, Reaching
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.text import count, fitting
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
    principals = reaching.principals + reaching.conditional_principals
    secrets = reaching.secrets + reaching.conditional_secrets
    pairs = reaching.pairs + reaching.conditional_pairs
    verb = "reaches" if principals == 1 else "reach"
    both = count(pairs, "pair") + " of principal and Secret"
    return f"{count(principals, 'principal')} {verb} {count(secrets, 'Secret')}, {both}"


def _pairs(pairs: Pairs, now: str, look: Look) -> Iterator[str]:
    shown = pairs.by_principal if look.wide else pairs.by_principal[:_SHOWN]
    for linked in shown:
        words = f"{linked.name} {now} reaches {_secrets(linked)}"
        yield from look.prose(words, indent=2, hang=2)
    if len(shown) < pairs.principals:
        yield f"  … and {pairs.principals - len(shown):,} more principals {now} reach some"


def _secrets(linked: Linked) -> str:
    names = [secret_name(name) for name in linked.first]
    if linked.total == 1:
        return names[0]
    listed = fitting(names, _ROOM) if linked.total == len(names) else ", ".join(names[:2])
    more = "" if linked.total == len(names) else " …"
    return f"{linked.total:,} Secrets: {listed}{more}"
