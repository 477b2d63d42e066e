"""``risks`` as SARIF: each cause at the line of its object, with the change that closes it."""

from rbacgraph.model.answers.risk.risks import Risk, RisksResult
from rbacgraph.model.answers.risk.severities import RiskSeverity
from rbacgraph.report.answers.risks import alone_words, factor_words, opens_words
from rbacgraph.report.formats import sarif
from rbacgraph.report.review.risks_words import until_words
from rbacgraph.report.review.severity import CRITICAL, HIGH, LOW, MEDIUM
from rbacgraph.report.text.paths.routes import name_words

_SEVERITIES: dict[RiskSeverity, sarif.SecuritySeverity] = {
    "critical": CRITICAL,
    "high": HIGH,
    "medium": MEDIUM,
    "low": LOW,
}
_ERRORS = frozenset({"critical", "high"})
_ROOM = 200
_PAGE = """{summary}.

{what}

The severity is what the cause opens, by who can start there: rbacgraph risks -o wide prints the
factors and the path, and rbacgraph risks --fix ID the change that closes it.
"""
_KINDS = {
    "binding": (
        "A binding opens a way to Secrets",
        "Its subjects reach Secrets, or full control of the cluster, by the role that it binds.",
    ),
    "role": (
        "Rules of a role open a way to Secrets",
        "Who holds the role reaches Secrets, or full control of the cluster, by these rules.",
    ),
    "pod": (
        "The settings of a Pod give its node away",
        "Who controls the Pod controls its node, and what other Pods there hold.",
    ),
    "membership": (
        "The input names who is in group system:masters",
        "Its members may do everything: the API server asks no authorizer about them.",
    ),
    "authorizer": (
        "An API server allows every request",
        "By AlwaysAllow, everybody who may send a request controls the whole cluster.",
    ),
    "token": (
        "A token Secret lasts until somebody deletes it",
        "Who reads the Secret acts as its ServiceAccount, from anywhere, until it is deleted.",
    ),
}


def risks_sarif(result: RisksResult) -> str:
    """Return one result for each cause, also for suppressed ones, which SARIF marks.

    Causes that operators need by design are no findings: the log says how many there are.
    """
    rules = {
        f"risk-{kind}": sarif.Rule(
            f"risk-{kind}", summary, _PAGE.format(summary=summary, what=what)
        )
        for kind, (summary, what) in _KINDS.items()
    }
    news = result.review.news()
    states = dict.fromkeys((risk.id for risk in result.risks), "unchanged")
    states |= {key: "new" if what == "new" else "updated" for key, what in news.items()}
    findings = [
        _finding(risk, state=states[risk.id] if result.review.since else "")
        for risk in result.risks
    ]
    findings += [
        _finding(one.risk, accepted=f"{one.by.reason} ({until_words(one.by)})")
        for one in result.review.suppressed
    ]
    return sarif.sarif_text(findings, rules, result.review.unread)


def _finding(risk: Risk, *, state: str = "", accepted: str = "") -> sarif.SarifFinding:
    spots = [sarif.SarifSpot(one.file, one.line) for one in risk.evidence if one.file]
    own = [sarif.SarifSpot(risk.file, risk.line)] if risk.file else spots[:1]
    factors = "; ".join(f"{one.factor}: {factor_words(one)}" for one in risk.factors)
    return sarif.SarifFinding(
        rule=f"risk-{risk.kind}",
        level="error" if risk.severity in _ERRORS else "warning",
        text=(
            f"{risk.text}. Held by {name_words(risk.subjects, _ROOM)}. Opens {opens_words(risk)}."
            f" If closed alone: {alone_words(risk)}. Fix: {risk.change}. {factors}."
        ),
        spot=own[0] if own else None,
        others=tuple(dict.fromkeys(spots)),
        path=risk.path,
        identity=("risk", risk.id),
        severity=_SEVERITIES[risk.severity],
        state=state,
        accepted=accepted,
    )
