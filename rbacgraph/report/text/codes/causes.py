"""What changed in words: the one place where they are made."""

from rbacgraph.model.answers.risk.cause_text import CauseText, Happening
from rbacgraph.report.text.codes.by_table import by_table

_WORDS = {
    Happening.NOTHING: "",
    Happening.AS_EVIDENCE_SAYS: "{}",
    Happening.AGGREGATED_TO: "aggregated to {}",
    Happening.SELECTS: "selects {}",
    Happening.IS_REFERRED_TO: "is referred to",
    Happening.NEW_VERSION: "version {}, before {}",
    Happening.OTHER_KINDS_LISTED: "other kinds of objects were listed completely",
    Happening.OTHER_KINDS_LISTED_AS: "other kinds of objects were listed completely: {}",
    Happening.VERSION_IS_GONE: "is no longer there in this version",
    Happening.NOTHING_SHOWS_IT: "the input does not show what changed",
}

CauseText.words = by_table(_WORDS)
