"""``check`` as a comment on a pull request."""

from rbacgraph.model.answers.policy_check import CheckResult, Excess
from rbacgraph.report.formats.as_markdown import (
    ROWS,
    code,
    comment,
    escaped,
    folded,
    numbered_table,
)
from rbacgraph.report.formats.unread import passed_over_words, unread_markdown
from rbacgraph.report.review import check_words
from rbacgraph.report.review.diff_markdown import hop_lines, inline, stacked
from rbacgraph.report.text.admins import admin_sentence
from rbacgraph.report.text.layout.text import count
from rbacgraph.report.text.words import chain, count_kinds, evidence_place, place, secret_name

_NAMES = 3
_SIGNS = {True: "\N{LARGE RED CIRCLE} certain", False: "\N{LARGE ORANGE CIRCLE} conditional"}


def check_markdown(result: CheckResult) -> str:
    """Return the comment, no longer than GitHub accepts."""
    lines = [f"**{escaped(check_words.check_sentence(result))}**", ""]
    lines += [f"Policy {code(result.policy)} on {escaped(result.today)}.", ""]
    expired = result.expired[:ROWS]
    for entry in expired:
        where = code(place(result.policy, entry.line))
        lines += [f"- \N{HOURGLASS} expired: {escaped(check_words.expired_words(entry))} ({where})"]
    if len(expired) < len(result.expired):
        lines += [f"- … and {count(len(result.expired) - len(expired), 'more expired entry')}"]
    lines += [""] if expired else []
    for wide in result.wide[:ROWS]:
        where = code(place(result.policy, wide.line))
        lines += [f"- \N{WARNING SIGN} {escaped(check_words.wide_words(wide))} ({where})"]
    if len(result.wide) > ROWS:
        lines += [f"- … and {count(len(result.wide) - ROWS, 'more pattern')}"]
    lines += [""] if result.wide else []
    for found in result.admins[:ROWS]:
        words = f"{inline(found.principals)}: {escaped(admin_sentence(found.way))}"
        lines += [f"- \N{POLICE CARS REVOLVING LIGHT} {words}"]
    if len(result.admins) > ROWS:
        lines += [f"- … and {count(len(result.admins) - ROWS, 'more finding')}"]
    lines += [""] if result.admins else []
    if result.findings:
        titles = ("", "who", "Secrets", "how", "where")
        lines += [*numbered_table(titles, result.findings, _row), ""]
    lines += unread_markdown(result.unread)
    sentence = check_words.default_sentence(result)
    lines += [escaped(sentence), ""] if sentence else []
    beside = passed_over_words(result.unread_kinds, result.not_manifests)
    lines += [escaped(beside), ""] if beside else []
    details = [_details(found, number) for number, found in enumerate(result.findings, 1)]
    return comment(lines, details, "more finding")


def _row(found: Excess) -> tuple[str, ...]:
    evidence = check_words.first_place(found)
    return (
        _SIGNS[found.certain],
        stacked(found.principals, _NAMES),
        stacked([secret_name(secret) for secret in found.secrets], _NAMES),
        code(chain(hop.edge for hop in found.path.hops)),
        code(evidence_place(evidence)) if evidence else "",
    )


def _details(found: Excess, number: int) -> list[str]:
    who, what = inline(found.principals), inline([secret_name(secret) for secret in found.secrets])
    words = f"{escaped(count_kinds(found.principals))}, {count(len(found.secrets), 'Secret')}"
    lines = [f"- {who} → {what}", *hop_lines(found.path)]
    return folded(f"{number}. {_SIGNS[found.certain]}: {words}", lines)
