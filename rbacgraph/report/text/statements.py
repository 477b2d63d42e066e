"""Statements about changes in words: the one place where they are made."""

from rbacgraph.model.changes.statement import Say, Statement
from rbacgraph.report.text.statements_of_cuts import OF_CUTS
from rbacgraph.report.text.statements_of_proofs import OF_PROOFS
from rbacgraph.report.text.statements_of_suggestions import OF_SUGGESTIONS

WORDS = {
    Say.NOTHING: "",
    Say.AS_WRITTEN: "{}",
    Say.ALL_OF: lambda *several: "; ".join(map(str, several)),
    **OF_SUGGESTIONS,
    **OF_CUTS,
    **OF_PROOFS,
}


def statement_words(statement: Statement) -> str:
    """Say what an answer about changes states.

    Examples
    --------
    >>> statement_words(Say.GIVES_ROLE("reader", "user:alice"))
    'gives reader to user:alice'
    """
    words = WORDS[Say(statement.code)]
    return words.format(*statement.subject) if isinstance(words, str) else words(*statement.subject)


Statement.words = statement_words
