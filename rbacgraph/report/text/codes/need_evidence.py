"""How a need is known, in words: the one place where they are made."""

from rbacgraph.model.inputs.need_evidence import How, NeedEvidence

WORDS = {
    How.LOG: "audit log",
    How.CHECKED: "audit log: asked beside a request that passed",
    How.WRITE: "{}: to {} {}",
    How.STATED: "{}",
    How.UNLOGGABLE: "kept: no log can show it",
    How.UNLOGGED: "kept: the audit policy leaves it out of the log",
    How.WIDENED: "{}",
    How.KEPT: "it is kept",
    How.SAVED: "{}",
}


def need_evidence_words(evidence: NeedEvidence) -> str:
    """Say how a need is known.

    Examples
    --------
    >>> need_evidence_words(NeedEvidence.of(How.LOG) | NeedEvidence.of(How.STATED, "need.txt:3"))
    'audit log, need.txt:3'
    """
    return ", ".join(WORDS[how].format(*subject) for how, subject in evidence.parts)


NeedEvidence.words = need_evidence_words
