"""Statements about changes in words: the one place where they are made."""

from rbacgraph.model.changes.statement import Say, Statement
from rbacgraph.report.text.codes.by_table import by_table
from rbacgraph.report.text.codes.statements.of_cuts import OF_CUTS
from rbacgraph.report.text.codes.statements.of_proofs import OF_PROOFS
from rbacgraph.report.text.codes.statements.of_suggestions import OF_SUGGESTIONS

WORDS = {
    Say.NOTHING: "",
    Say.AS_WRITTEN: "{}",
    Say.ALL_OF: lambda *several: "; ".join(map(str, several)),
    **OF_SUGGESTIONS,
    **OF_CUTS,
    **OF_PROOFS,
}

Statement.words = by_table(WORDS)
