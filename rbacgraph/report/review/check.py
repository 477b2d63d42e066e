"""The text of ``check``: who reaches what against the policy, and by which path."""

from collections.abc import Sequence
from typing import NamedTuple

from rbacgraph.model.answers.policy_check import CheckResult, Excess
from rbacgraph.report.documents.document import CheckDocument, document, excess_documents
from rbacgraph.report.formats.rows import AnswerColumns, techniques
from rbacgraph.report.formats.unread import unread_lines
from rbacgraph.report.question_formats import QuestionFormats
from rbacgraph.report.review.check_markdown import check_markdown
from rbacgraph.report.review.check_sarif import check_sarif
from rbacgraph.report.review.check_words import (
    check_sentence,
    default_sentence,
    expired_words,
    first_place,
)
from rbacgraph.report.review.diff_words import what_words
from rbacgraph.report.text.footer import basis_lines
from rbacgraph.report.text.look import Look
from rbacgraph.report.text.routes import name_words, way_lines
from rbacgraph.report.text.text import count
from rbacgraph.report.text.words import evidence_place, kind_of, namespace_of, place, secret_name

_LABEL = 5
_SHOWN = 100
_ALL = 10**6


def check_text(result: CheckResult, look: Look) -> str:
    """Return all findings: expired entries, certain findings, conditional ones."""
    lines = look.prose(f"Policy {result.policy} on {result.today}", style="heading")
    lines += look.prose(check_sentence(result))
    if result.expired:
        lines += ["", look.paint("EXPIRED", "conditional"), ""]
    for entry in result.expired:
        where = place(result.policy, entry.line)
        lines += look.pair(expired_words(entry), where, indent=_LABEL, styles=("", "place"))
    certain = [found for found in result.findings if found.certain]
    conditional = result.findings[len(certain) :]
    lines += _section("NOT ALLOWED, CERTAIN", "certain", certain, 1, look)
    lines += _section(
        "NOT ALLOWED, CONDITIONAL", "conditional", conditional, len(certain) + 1, look
    )
    lines += unread_lines(result.unread, look)
    sentence = default_sentence(result)
    lines += ["", *look.prose(sentence)] if sentence else []
    lines += [""]
    return "\n".join([*lines, *basis_lines(result.basis, look)]) + "\n"


def _section(
    title: str, style: str, findings: Sequence[Excess], first: int, look: Look
) -> list[str]:
    if not findings:
        return []
    lines = ["", look.paint(title, style)]
    shown = findings if look.wide else findings[:_SHOWN]
    for number, found in enumerate(shown, first):
        lines += ["", *_finding(found, number, look)]
    if len(shown) < len(findings):
        left = findings[len(shown) :]
        pairs = count(sum(found.pairs for found in left), "path")
        words = f"… and {count(len(left), 'more finding')} ({pairs}); -o wide shows them"
        lines += ["", *look.prose(words, style="quiet")]
    return lines


def _finding(found: Excess, number: int, look: Look) -> list[str]:
    room = _ALL if look.wide else look.width - _LABEL
    verb = "gets at" if len(found.principals) == 1 else "get at"
    words = f"{name_words(found.principals, room)} {verb} {what_words(found.secrets, room)}"
    evidence = first_place(found)
    where = evidence_place(evidence) if evidence else ""
    lines = look.pair(words, where, indent=_LABEL, styles=("name", "place"))
    lines[0] = look.paint(f"[{number}] ".ljust(_LABEL), "quiet") + lines[0][_LABEL:]
    return [*lines, *way_lines(found.path, look)]


class _Row(NamedTuple):
    """A principal that reaches a Secret, or an expired entry: then the rest is empty."""

    file: str
    line: int
    principal: str = ""
    secret: str = ""
    certain: bool = False
    techniques: str = ""
    effort: int = 0
    expired: str = ""


def _rows(result: CheckResult) -> list[_Row]:
    rows = [
        _Row(file, line, principal, secret, found.certain, way, found.path.effort)
        for found in result.findings
        for way, evidence in [(techniques(found.path), first_place(found))]
        for file, line in [(evidence.file, evidence.line) if evidence else ("", 0)]
        for principal in found.principals
        for secret in found.secrets
    ]
    expired = (
        _Row(result.policy, entry.line, expired=expired_words(entry)) for entry in result.expired
    )
    return [*rows, *expired]


def _check_document(result: CheckResult) -> CheckDocument:
    findings = tuple(excess_documents(result.findings))
    return document(CheckDocument, result, findings=findings)


CHECK = QuestionFormats[CheckResult](
    text=check_text,
    columns=AnswerColumns[CheckResult, _Row](
        _rows,
        {
            "principal": lambda row: row.principal,
            "principal_kind": lambda row: kind_of(row.principal),
            "secret": lambda row: secret_name(row.secret),
            "namespace": lambda row: namespace_of(row.secret),
            "certain": lambda row: row.certain,
            "techniques": lambda row: row.techniques,
            "effort": lambda row: row.effort,
            "file": lambda row: row.file,
            "line": lambda row: row.line,
            "expired": lambda row: row.expired,
        },
        frozenset({"principal_kind", "namespace"}),
        types={"certain": bool, "effort": int, "line": int},
        shown=("principal", "secret", "certain", "techniques", "expired"),
    ),
    document=_check_document,
    extras={"markdown": lambda result, _: check_markdown(result), "sarif": check_sarif},
)
