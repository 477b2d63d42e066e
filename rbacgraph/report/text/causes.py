"""What changed in words: the one place where they are made."""

from rbacgraph.model.answers.cause_text import CauseText, Happening

_WORDS = {
    Happening.NOTHING: "",
    Happening.AS_EVIDENCE_SAYS: "{}",
    Happening.AGGREGATED_TO: "aggregated to {}",
    Happening.IS_REFERRED_TO: "is referred to",
    Happening.NEW_VERSION: "version {}, before {}",
    Happening.OTHER_KINDS_LISTED: "other kinds of objects were listed completely",
    Happening.VERSION_IS_GONE: "is no longer there in this version",
    Happening.NOTHING_SHOWS_IT: "the input does not show what changed",
}


def cause_text_words(text: CauseText) -> str:
    """Say what changed besides the parts of an object.

    Examples
    --------
    >>> cause_text_words(Happening.NEW_VERSION("1.36", "1.30"))
    'version 1.36, before 1.30'
    """
    return _WORDS[Happening(text.code)].format(*text.subject)


CauseText.words = cause_text_words
