"""``risks`` as a comment on a pull request, or a ticket."""

from rbacgraph.model.answers.risk.risks import Risk, RisksResult
from rbacgraph.report.answers.risks import alone_words, factor_words, opens_words, risks_sentence
from rbacgraph.report.formats.as_markdown import code, comment, escaped, folded, numbered_table
from rbacgraph.report.formats.unread import passed_over_words, unread_markdown
from rbacgraph.report.review.diff_markdown import hop_lines, inline, stacked
from rbacgraph.report.review.risks_words import (
    every_news,
    news_sentence,
    suppressed_sentence,
    until_words,
)
from rbacgraph.report.text.layout.text import count
from rbacgraph.report.text.words import evidence_place, evidence_words, place

_NAMES = 3
_SIGNS = {
    "critical": "\N{LARGE RED CIRCLE} critical",
    "high": "\N{LARGE ORANGE CIRCLE} high",
    "medium": "\N{LARGE YELLOW CIRCLE} medium",
    "low": "\N{LARGE BLUE CIRCLE} low",
}


def risks_markdown(result: RisksResult) -> str:
    """Return the comment, no longer than GitHub accepts."""
    shown = result.risks[: result.top] if result.top else result.risks
    lines = [f"**{escaped(risks_sentence(result))}**", ""]
    for sentence in (news_sentence(result), suppressed_sentence(result)):
        lines += [escaped(sentence), ""] if sentence else []
    news = every_news(result)
    lines += [f"- {escaped(one.words)}: {_named(one.risk)}" for one in news]
    lines += [""] if news else []
    if shown:
        titles = ("severity", "cause", "held by", "opens", "alone", "fix")
        lines += [*numbered_table(titles, shown, _row), ""]
    lines += unread_markdown(result.review.unread)
    beside = passed_over_words(result.review.unread_kinds, result.review.not_manifests)
    lines += [escaped(beside), ""] if beside else []
    details = [_details(risk, number) for number, risk in enumerate(shown, 1)]
    details += [_suppressed(result), _by_design(result)]
    return comment(lines, [block for block in details if block], "more cause")


def _named(risk: Risk) -> str:
    return f"{_SIGNS[risk.severity]} {code(str(risk.text))}"


def _row(risk: Risk) -> tuple[str, ...]:
    return (
        _SIGNS[risk.severity],
        code(str(risk.text)),
        stacked(risk.subjects, _NAMES),
        escaped(opens_words(risk)),
        escaped(alone_words(risk)),
        escaped(str(risk.change)),
    )


def _details(risk: Risk, number: int) -> list[str]:
    where = place(risk.file, risk.line) if risk.file else ""
    lines = [f"- {code(where)} {inline(risk.subjects)}" if where else f"- {inline(risk.subjects)}"]
    lines += [f"- {one.factor}: {escaped(factor_words(one))}" for one in risk.factors]
    lacking = (lack for one in risk.factors for lack in one.lacking)
    lines += [f"- not known: {escaped(str(lack))}" for lack in lacking]
    lines += [f"- fix: {escaped(str(risk.change))} ({code(f'rbacgraph risks --fix {risk.id}')})"]
    for one in risk.evidence:
        lines.append(f"- {code(evidence_words(one))} {code(evidence_place(one))}")
    if risk.path:
        lines += ["- the shortest example:", *hop_lines(risk.path)]
    return folded(f"{number}. {_SIGNS[risk.severity]}: {code(str(risk.text))}", lines)


def _suppressed(result: RisksResult) -> list[str]:
    found = result.review.suppressed
    lines = [
        f"- {_named(one.risk)}: {escaped(one.by.reason)}, {escaped(until_words(one.by))}"
        for one in found
    ]
    return folded(f"{count(len(found), 'risk')} suppressed", lines) if found else []


def _by_design(result: RisksResult) -> list[str]:
    found = result.by_design
    lines = [f"- {code(str(risk.text))}: {escaped(risk.operator)}" for risk in found]
    return folded(f"{count(len(found), 'cause')} by design of operators", lines) if found else []
