"""What an answer adds to the words of others: the one place where words are made of it."""

from collections.abc import Callable
from functools import partial

from rbacgraph.model.answers.added_words import AddedWords, Adding
from rbacgraph.report.text.codes.by_table import by_table


def _server(verb: str, reason: str) -> str:
    words = f"the API server itself {verb} it"
    return f"{words}: {reason}" if reason else words


WORDS: dict[Adding, str | Callable[..., str]] = {
    Adding.SERVER_ALLOWS: partial(_server, "allows"),
    Adding.SERVER_DENIES: partial(_server, "does not allow"),
    Adding.ELSE_THE_SAME: "{} (if {}; else another path gives the same)",
}

AddedWords.words = by_table(WORDS)
