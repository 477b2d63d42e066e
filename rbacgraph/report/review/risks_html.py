"""``risks`` as one HTML file without scripts: a table, then each cause with path and evidence."""

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from importlib import resources

from rbacgraph.model.answers.paths import Path
from rbacgraph.model.answers.risk.risks import Risk, RisksResult
from rbacgraph.model.printable import clean
from rbacgraph.report.answers.risks import alone_words, factor_words, opens_words, risks_sentence
from rbacgraph.report.formats.unread import passed_over_words, unread_words
from rbacgraph.report.review.risks_words import (
    every_news,
    news_sentence,
    suppressed_sentence,
    until_words,
)
from rbacgraph.report.text.layout.text import count
from rbacgraph.report.text.words import evidence_place, evidence_words, place


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
            *_suppressed(result),
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


def _suppressed(result: RisksResult) -> Iterable[str]:
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
