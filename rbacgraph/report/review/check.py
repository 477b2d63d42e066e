"""The text of ``check``: who reaches what against the policy, and by which path."""

from collections.abc import Sequence
from typing import NamedTuple

from rbacgraph.model.answers.policy_check import CheckResult, Excess, ExcessAdmin
from rbacgraph.report.documents.filling import document
from rbacgraph.report.documents.reviews import CheckDocument, excess_documents
from rbacgraph.report.formats.rows import AnswerColumns, techniques
from rbacgraph.report.formats.unread import passed_over_words, unread_lines
from rbacgraph.report.question_formats import QuestionFormats
from rbacgraph.report.review import check_words
from rbacgraph.report.review.check_markdown import check_markdown
from rbacgraph.report.review.check_sarif import check_sarif
from rbacgraph.report.review.diff_admins import admin_lines
from rbacgraph.report.review.diff_words import what_words
from rbacgraph.report.text.footer import basis_lines
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.text import count
from rbacgraph.report.text.paths.routes import name_words, way_lines
from rbacgraph.report.text.words import evidence_place, kind_of, namespace_of, place, secret_name

_LABEL = 5
_SHOWN = 100
_ALL = 10**6


def check_text(result: CheckResult, look: Look) -> str:
    """Return all findings: expired entries, certain findings, conditional ones."""
    lines = look.prose(f"Policy {result.policy} on {result.today}", style="heading")
    lines += look.prose(check_words.check_sentence(result))
    if result.expired:
        lines += ["", look.paint("EXPIRED", "conditional"), ""]
    for entry in result.expired:
        where = place(result.policy, entry.line)
        lines += look.pair(
            check_words.expired_words(entry), where, indent=_LABEL, styles=("", "place")
        )
    lines += _admins(result.admins, look)
    number = 1 + len(result.admins)
    certain = [found for found in result.findings if found.certain]
    conditional = result.findings[len(certain) :]
    lines += _section("NOT ALLOWED, CERTAIN", "certain", certain, number, look)
    lines += _section(
        "NOT ALLOWED, CONDITIONAL", "conditional", conditional, len(certain) + number, look
    )
    lines += unread_lines(result.unread, look)
    sentence = check_words.default_sentence(result)
    lines += ["", *look.prose(sentence)] if sentence else []
    beside = passed_over_words(result.unread_kinds, result.not_manifests)
    lines += ["", *look.prose(beside, hang=2, style="quiet")] if beside else []
    lines += [""]
    return "\n".join([*lines, *basis_lines(result.basis, look)]) + "\n"


def _admins(findings: Sequence[ExcessAdmin], look: Look) -> list[str]:
    lines = ["", look.paint("CLUSTER-ADMIN, NOT ALLOWED", "certain")] if findings else []
    shown = findings if look.wide else findings[:_SHOWN]
    room = _ALL if look.wide else look.width - _LABEL
    for number, found in enumerate(shown, 1):
        evidence = check_words.first_place(found)
        words = check_words.admin_words(found, name_words(found.principals, room))
        where = evidence_place(evidence) if evidence else ""
        own = look.pair(words, where, indent=_LABEL, styles=("name", "place"))
        own[0] = look.paint(f"[{number}] ".ljust(_LABEL), "quiet") + own[0][_LABEL:]
        lines += ["", *own, *admin_lines(found.way, look)]
    left = len(findings) - len(shown)
    return [*lines, *(["", f"… and {left:,} more; -o wide shows them"] if left else [])]


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
    evidence = check_words.first_place(found)
    where = evidence_place(evidence) if evidence else ""
    lines = look.pair(words, where, indent=_LABEL, styles=("name", "place"))
    lines[0] = look.paint(f"[{number}] ".ljust(_LABEL), "quiet") + lines[0][_LABEL:]
    return [*lines, *way_lines(found.path, look)]


class _Row(NamedTuple):
    """A principal that reaches a Secret or is cluster-admin; or an expired entry."""

    file: str
    line: int
    principal: str = ""
    secret: str = ""
    certain: bool = False
    techniques: str = ""
    effort: int = 0
    expired: str = ""
    cluster_admin: bool = False


def _rows(result: CheckResult) -> list[_Row]:
    rows = [
        _Row(file, line, principal, secret, found.certain, way, found.path.effort)
        for found in result.findings
        for way, evidence in [(techniques(found.path), check_words.first_place(found))]
        for file, line in [(evidence.file, evidence.line) if evidence else ("", 0)]
        for principal in found.principals
        for secret in found.secrets
    ]
    admins = (
        _Row(
            file,
            line,
            principal,
            certain=found.certain,
            techniques=techniques(found.way.path) if found.way.path else "",
            effort=found.way.effort,
            cluster_admin=True,
        )
        for found in result.admins
        for evidence in [check_words.first_place(found)]
        for file, line in [(evidence.file, evidence.line) if evidence else ("", 0)]
        for principal in found.principals
    )
    expired = (
        _Row(result.policy, entry.line, expired=check_words.expired_words(entry))
        for entry in result.expired
    )
    return [*admins, *rows, *expired]


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
            "secret": lambda row: secret_name(row.secret) if row.secret else "",
            "namespace": lambda row: namespace_of(row.secret) if row.secret else "",
            "certain": lambda row: row.certain,
            "techniques": lambda row: row.techniques,
            "effort": lambda row: row.effort,
            "file": lambda row: row.file,
            "line": lambda row: row.line,
            "expired": lambda row: row.expired,
            "cluster_admin": lambda row: row.cluster_admin,
        },
        frozenset({"principal_kind", "namespace"}),
        types={"certain": bool, "effort": int, "line": int, "cluster_admin": bool},
        shown=("principal", "secret", "certain", "techniques", "expired"),
    ),
    document=_check_document,
    extras={"markdown": lambda result, _: check_markdown(result), "sarif": check_sarif},
)
