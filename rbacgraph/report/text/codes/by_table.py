"""Words of phrases by a table: for each code a template, or a function of the subject."""

from collections.abc import Callable, Mapping
from typing import Any

from rbacgraph.model.phrase import Phrase


def by_table(words: Mapping[Any, str | Callable[..., str]]) -> Callable[[Phrase], str]:
    """Return what makes words of phrases.

    Examples
    --------
    >>> from rbacgraph.model.changes.statement import Say
    >>> by_table({Say.GIVES_ROLE: "gives {} to {}"})(Say.GIVES_ROLE("reader", "user:alice"))
    'gives reader to user:alice'
    """

    def say(phrase: Phrase) -> str:
        found, subject = words[phrase.code], phrase.subject
        return found.format(*subject) if isinstance(found, str) else found(*subject)

    return say
