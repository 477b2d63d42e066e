"""The formats of ``risks``: its table, what a review adds to it, and reports for reviews."""

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from importlib import resources

from msgspec.structs import replace

from rbacgraph.model.answers.paths import Path
from rbacgraph.model.answers.risk.risk_review import Suppression
from rbacgraph.model.answers.risk.risks import Risk, RisksResult
from rbacgraph.model.answers.risk.severities import RiskSeverity
from rbacgraph.model.printable import clean
from rbacgraph.report.answers.risks import RISKS as ANSWER
from rbacgraph.report.answers.risks import (
    alone_words,
    factor_words,
    opens_words,
    risks_sentence,
    risks_text,
)
from rbacgraph.report.formats import sarif
from rbacgraph.report.formats.as_markdown import code, comment, escaped, folded, numbered_table
from rbacgraph.report.formats.sarif import CRITICAL, HIGH, LOW, MEDIUM
from rbacgraph.report.formats.unread import (
    passed_over_words,
    unread_lines,
    unread_markdown,
    unread_words,
)
from rbacgraph.report.review.diff_markdown import hop_lines, inline, stacked
from rbacgraph.report.review.risks_words import (
    every_news,
    news_sentence,
    suppressed_sentence,
    until_words,
)
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.table import Column, table_lines
from rbacgraph.report.text.layout.text import count
from rbacgraph.report.text.paths.routes import name_words
from rbacgraph.report.text.words import evidence_place, evidence_words, place

_NAMES = 3
_SIGNS = {
    "critical": "\N{LARGE RED CIRCLE} critical",
    "high": "\N{LARGE ORANGE CIRCLE} high",
    "medium": "\N{LARGE YELLOW CIRCLE} medium",
    "low": "\N{LARGE BLUE CIRCLE} low",
}

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


def reviewed_text(result: RisksResult, look: Look) -> str:
    """Return the causes, then what changed and what is suppressed."""
    blocks = [_changes(result, look), _suppressed(result, look), _ended(result, look)]
    lines = [line for block in blocks if block for line in ("", *block)]
    lines += unread_lines(result.review.unread, look)
    beside = passed_over_words(result.review.unread_kinds, result.review.not_manifests)
    lines += ["", *look.prose(beside, hang=2, style="quiet")] if beside else []
    return risks_text(result, look, lines[1:])


def _changes(result: RisksResult, look: Look) -> list[str]:
    sentence = news_sentence(result)
    lines = look.prose(clean(sentence), style="heading") if sentence else []
    found = every_news(result)
    if not found:
        return lines
    columns = [
        Column("SINCE", [clean(one.words) for one in found], shrinks=True),
        Column("SEVERITY", [one.risk.severity for one in found]),
        Column("CAUSE", [clean(str(one.risk.text)) for one in found], shrinks=True, names=True),
        Column("ID", [one.risk.id for one in found], expendable=1),
    ]
    table, left_out = table_lines(columns, look)
    return [*lines, *table, *([f"({left_out})"] if left_out else [])]


def _suppressed(result: RisksResult, look: Look) -> list[str]:
    sentence = suppressed_sentence(result)
    lines = look.prose(clean(sentence), style="heading") if sentence else []
    found = result.review.suppressed
    if not found:
        return lines
    columns = [
        Column("SUPPRESSED", [one.risk.id for one in found]),
        Column("SEVERITY", [one.risk.severity for one in found]),
        Column("CAUSE", [clean(str(one.risk.text)) for one in found], shrinks=True, names=True),
        Column("REASON", [clean(one.by.reason) for one in found], shrinks=True),
        Column("UNTIL", [clean(one.by.until) or "-" for one in found]),
    ]
    table, left_out = table_lines(columns, look)
    return [*lines, *table, *([f"({left_out})"] if left_out else [])]


def _ended(result: RisksResult, look: Look) -> list[str]:
    """Return the entries that suppress nothing."""
    review = result.review
    return [
        *(line for one in review.expired for line in _entry(one, "expired", result, look)),
        *(line for one in review.unmatched for line in _entry(one, "no such risk", result, look)),
    ]


def _entry(one: Suppression, why: str, result: RisksResult, look: Look) -> list[str]:
    words = clean(f"{why}: {one.id}, {until_words(one)} ({one.reason})")
    where = place(result.review.file, one.line)
    return look.pair(words, where, styles=("conditional", "place"))


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
    details += [_suppressed_markdown(result), _by_design_markdown(result)]
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


def _suppressed_markdown(result: RisksResult) -> list[str]:
    found = result.review.suppressed
    lines = [
        f"- {_named(one.risk)}: {escaped(one.by.reason)}, {escaped(until_words(one.by))}"
        for one in found
    ]
    return folded(f"{count(len(found), 'risk')} suppressed", lines) if found else []


def _by_design_markdown(result: RisksResult) -> list[str]:
    found = result.by_design
    lines = [f"- {code(str(risk.text))}: {escaped(risk.operator)}" for risk in found]
    return folded(f"{count(len(found), 'cause')} by design of operators", lines) if found else []


def risks_html(result: RisksResult) -> str:
    """Return the file: every name is escaped, and the page may load or run nothing."""
    style = resources.files(__package__).joinpath("risks.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>What to fix first</title>\n<style>{style}</style>\n</head>\n<body>",
            "<h1>What to fix first</h1>",
            *_head(result),
            *_causes(result),
            *_suppressed_html(result),
            *_by_design(result),
            "</body>\n</html>\n",
        ]
    )


def _text(words: object) -> str:
    return escape(clean(str(words)))


def _severity(risk: Risk) -> str:
    return f'<span class="{risk.severity}">{risk.severity}</span>'


def _head(result: RisksResult) -> Iterable[str]:
    for words in (risks_sentence(result), news_sentence(result), suppressed_sentence(result)):
        if words:
            yield f"<p>{_text(words)}</p>"
    news = [f"<li>{_text(one.words)}: {_text(one.risk.text)}</li>" for one in every_news(result)]
    if news:
        yield from ("<ul>", *news, "</ul>")
    for one in result.review.unread:
        where = place(one.file, one.line) if one.files == 1 else ""
        yield f"<p><strong>Not read whole:</strong> {_text(unread_words(one))} {_text(where)}</p>"
    if beside := passed_over_words(result.review.unread_kinds, result.review.not_manifests):
        yield f"<p>{_text(beside)}</p>"


def _causes(result: RisksResult) -> Iterable[str]:
    shown = result.risks[: result.top] if result.top else result.risks
    if not shown:
        return
    titles = ("#", "Severity", "Cause", "Held by", "Opens", "Alone", "Fix")
    yield from _table(titles, [_cells(risk, number) for number, risk in enumerate(shown, 1)])
    if len(shown) < len(result.risks):
        yield f"<p>{count(len(result.risks) - len(shown), 'more cause')}.</p>"
    yield "<h2>Each cause</h2>"
    for number, risk in enumerate(shown, 1):
        yield from _article(risk, number)


def _cells(risk: Risk, number: int) -> tuple[str, ...]:
    first, *more = risk.subjects
    return (
        f'<a href="#{risk.id}">{number}</a>',
        _severity(risk),
        _text(risk.text),
        _text(first) + (f" and {len(more):,} more" if more else ""),
        _text(opens_words(risk)),
        _text(alone_words(risk)),
        _text(risk.change),
    )


def _table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterable[str]:
    head = "".join(f'<th scope="col">{title}</th>' for title in titles)
    yield f'<div class="scroll"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>'
    for row in rows:
        yield f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>"
    yield "</tbody>\n</table></div>"


def _article(risk: Risk, number: int) -> Iterable[str]:
    where = f"<code>{_text(place(risk.file, risk.line))}</code> " if risk.file else ""
    yield f'<article id="{risk.id}">'
    yield f"<h3>{number}. {_severity(risk)} {_text(risk.text)}</h3>"
    yield f'<p>{where}<span class="quiet">{risk.id}</span></p>'
    yield f"<p>Held by {_text(', '.join(risk.subjects))}.</p>\n<ul>"
    for one in risk.factors:
        yield f"<li>{_text(one.factor)}: {_text(factor_words(one))}</li>"
        yield from (f"<li>not known: {_text(lack)}</li>" for lack in one.lacking)
    yield "</ul>"
    yield f"<p>Fix: {_text(risk.change)} <code>rbacgraph risks --fix {risk.id}</code></p>"
    yield "<p>Because of:</p>\n<ul>"
    for evidence in risk.evidence:
        line = f"{evidence_words(evidence)} {evidence_place(evidence)}"
        yield f"<li><code>{_text(line)}</code></li>"
    yield "</ul>"
    if risk.path:
        yield from _path(risk.path)
    yield "</article>"


def _path(path: Path) -> Iterable[str]:
    yield "<p>The shortest example:</p>\n<ol>"
    for hop in path.hops:
        beside = f" ({', '.join(hop.others)})" if hop.others else ""
        condition = f", {hop.condition!s}" if hop.condition else ""
        yield f"<li>{_text(f'{hop.source}{beside} {hop.text}{condition}')}"
        yield f" <code>{_text(hop.edge)}</code></li>"
    yield "</ol>"


def _suppressed_html(result: RisksResult) -> Iterable[str]:
    found = result.review.suppressed
    if found:
        yield f"<h2>{count(len(found), 'risk')} suppressed</h2>"
        yield from _table(
            ("Severity", "Cause", "Reason", "Until"),
            [
                (
                    _severity(one.risk),
                    _text(one.risk.text),
                    _text(one.by.reason),
                    _text(until_words(one.by)),
                )
                for one in found
            ],
        )


def _by_design(result: RisksResult) -> Iterable[str]:
    found = result.by_design
    if found:
        yield f"<h2>{count(len(found), 'cause')} by design of operators</h2>"
        yield from _table(
            ("Severity", "Cause", "Operator", "Opens"),
            [
                (
                    _severity(risk),
                    _text(risk.text),
                    _text(risk.operator),
                    _text(opens_words(risk)),
                )
                for risk in found
            ],
        )


RISKS = replace(
    ANSWER,
    text=reviewed_text,
    extras={
        "markdown": lambda result, _: risks_markdown(result),
        "sarif": lambda result, _: risks_sarif(result),
        "html": lambda result, _: risks_html(result),
    },
)
