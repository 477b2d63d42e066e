"""Gives all phrases their words: the modules that make these are imported here."""

from rbacgraph.report.text.codes import (  # noqa: F401 - each sets the words of its phrases
    added_words,
    assumptions,
    blind_spots,
    causes,
    encryption_findings,
    inferences,
    need_evidence,
    risks,
    vault_reasons,
)
from rbacgraph.report.text.codes.factors import entries, secret_values  # noqa: F401 - the same
