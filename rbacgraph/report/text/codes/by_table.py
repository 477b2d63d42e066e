"""Words of phrases by a table: for each code a template, or a function of the subject."""

from collections.abc import Callable, Mapping
from typing import Any

from rbacgraph.model.phrase import Phrase


def by_table(words: Mapping[Any, str | Callable[..., str]]) -> Callable[[Phrase], str]:
    """Return what makes words of phrases.

    Examples
    --------
    >>> from rbacgraph.model.answers.inference import Inferred
    >>> by_table({Inferred.IS_MADE: "made by {}"})(Inferred.IS_MADE("Certificate shop/web"))
    'made by Certificate shop/web'
    """

    def say(phrase: Phrase) -> str:
        found, subject = words[phrase.code], phrase.subject
        return found.format(*subject) if isinstance(found, str) else found(*subject)

    return say
