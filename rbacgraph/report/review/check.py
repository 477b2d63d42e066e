"""The text of ``check``: who reaches what against the policy, and by which path."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rbacgraph.model.answers.paths import EdgePage
from rbacgraph.model.answers.policy_check import CheckResult, Excess, ExcessAdmin, Expired
from rbacgraph.report.documents.as_yaml import yaml_lines
from rbacgraph.report.documents.filling import document
from rbacgraph.report.documents.reviews import CheckDocument, excess_documents
from rbacgraph.report.formats import sarif
from rbacgraph.report.formats.as_markdown import (
    ROWS,
    code,
    comment,
    escaped,
    folded,
    numbered_table,
)
from rbacgraph.report.formats.rows import AnswerColumns, techniques
from rbacgraph.report.formats.unread import passed_over_words, unread_lines, unread_markdown
from rbacgraph.report.question_formats import QuestionFormats
from rbacgraph.report.review import check_words
from rbacgraph.report.review.check_words import (
    admin_words,
    all_evidence,
    expired_words,
    first_place,
    wide_words,
)
from rbacgraph.report.review.diff_admins import admin_lines
from rbacgraph.report.review.diff_markdown import hop_lines, inline, stacked
from rbacgraph.report.review.diff_words import what_words
from rbacgraph.report.text.admins import admin_sentence
from rbacgraph.report.text.footer import basis_lines
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.text import count
from rbacgraph.report.text.paths.routes import name_words, way_lines
from rbacgraph.report.text.words import (
    chain,
    count_kinds,
    evidence_place,
    kind_of,
    namespace_of,
    place,
    secret_name,
)

_KNOWN = """# Known findings that check does not report again (`rbacgraph check --write-baseline`).
# What is known as conditional is reported once it is certain.
"""

EXPIRED = "expired-entry"
_PAGE = """An entry of the policy has expired.

What it allowed is a finding since. Renew it with another date, or take away the access and the
entry."""
ADMIN = "forbidden-cluster-admin"
_ADMIN_PAGE = """A principal may not be cluster-admin and is it.

The policy says under admins who may be effectively cluster-admin. Another principal gets full
control of the cluster: by bindings of its own, or by a path of techniques. rbacgraph admins shows
all who do.

References
https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege"""
_ROOM = 200

_NAMES = 3
_SIGNS = {True: "\N{LARGE RED CIRCLE} certain", False: "\N{LARGE ORANGE CIRCLE} conditional"}

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
        lines += [*numbered_table(titles, result.findings, _markdown_row), ""]
    lines += unread_markdown(result.unread)
    sentence = check_words.default_sentence(result)
    lines += [escaped(sentence), ""] if sentence else []
    beside = passed_over_words(result.unread_kinds, result.not_manifests)
    lines += [escaped(beside), ""] if beside else []
    details = [_folded_details(found, number) for number, found in enumerate(result.findings, 1)]
    return comment(lines, details, "more finding")


def _markdown_row(found: Excess) -> tuple[str, ...]:
    evidence = check_words.first_place(found)
    return (
        _SIGNS[found.certain],
        stacked(found.principals, _NAMES),
        stacked([secret_name(secret) for secret in found.secrets], _NAMES),
        code(chain(hop.edge for hop in found.path.hops)),
        code(evidence_place(evidence)) if evidence else "",
    )


def _folded_details(found: Excess, number: int) -> list[str]:
    who, what = inline(found.principals), inline([secret_name(secret) for secret in found.secrets])
    words = f"{escaped(count_kinds(found.principals))}, {count(len(found.secrets), 'Secret')}"
    lines = [f"- {who} → {what}", *hop_lines(found.path)]
    return folded(f"{number}. {_SIGNS[found.certain]}: {words}", lines)


def check_sarif(result: CheckResult, pages: Sequence[EdgePage]) -> str:
    """Return one result for each finding, and one for each expired entry.

    A pattern of the policy that allows more than it seems to is no result: it is a notification.
    """
    rules = sarif.edge_rules(pages)
    rules[EXPIRED] = sarif.Rule(EXPIRED, "An entry of the policy has expired", _PAGE, "warning")
    expired = (_expired(entry, result) for entry in result.expired)
    rules[ADMIN] = sarif.Rule(ADMIN, "A principal may not be cluster-admin and is it", _ADMIN_PAGE)
    admins = (_admin(found, result) for found in result.admins)
    findings = [*admins, *(_excess(found, result) for found in result.findings), *expired]
    wide = [sarif.SarifSpot(result.policy, one.line, wide_words(one)) for one in result.wide]
    return sarif.sarif_text(findings, rules, result.unread, wide)


def _admin(found: ExcessAdmin, result: CheckResult) -> sarif.SarifFinding:
    evidence = first_place(found)
    spots = [
        sarif.SarifSpot(e.file, e.line) for e in all_evidence(found) if e.file and not e.assumed
    ]
    severity = sarif.CRITICAL if found.certain else sarif.HIGH
    words = admin_words(found, name_words(found.principals, _ROOM))
    return sarif.SarifFinding(
        rule=ADMIN,
        level="error" if found.certain else "warning",
        text=f"{words}, which {result.policy} does not allow. {admin_sentence(found.way)}",
        spot=sarif.SarifSpot(evidence.file, evidence.line)
        if evidence
        else sarif.SarifSpot(result.policy, 1),
        others=tuple(dict.fromkeys(spots)),
        path=found.way.path,
        identity=("admin", str(found.certain), *found.principals),
        severity=severity,
    )


def _expired(entry: Expired, result: CheckResult) -> sarif.SarifFinding:
    return sarif.SarifFinding(
        rule=EXPIRED,
        level="warning",
        text=f"The entry has expired: {expired_words(entry)}.",
        spot=sarif.SarifSpot(result.policy, entry.line),
        identity=("expired", *entry.secrets, *entry.allow, entry.until),
    )


def _excess(found: Excess, result: CheckResult) -> sarif.SarifFinding:
    evidence = first_place(found)
    every = (e for hop in found.path.hops for e in hop.evidence if e.file and not e.assumed)
    spots = [sarif.SarifSpot(e.file, e.line) for e in every]
    verb = "gets at" if len(found.principals) == 1 else "get at"
    words = f"{name_words(found.principals, _ROOM)} {verb} {what_words(found.secrets, _ROOM)}"
    words += "" if found.certain else ", only under a condition"
    how = chain(hop.edge for hop in found.path.hops)
    rated = sarif.Rated(found.principals, found.secrets, found.path, certain=found.certain)
    return sarif.SarifFinding(
        rule=found.path.opening,
        level="error" if found.certain else "warning",
        text=f"{words}, which {result.policy} does not allow. By: {how}. {rated.sentence}",
        spot=sarif.SarifSpot(evidence.file, evidence.line)
        if evidence
        else sarif.SarifSpot(result.policy, 1),
        others=tuple(dict.fromkeys(spots)),
        path=found.path,
        identity=("access", str(found.certain), *found.principals, "to", *found.secrets),
        severity=rated.severity,
    )


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


def baseline_text(findings: Iterable[Excess], admins: Iterable[ExcessAdmin] = ()) -> str:
    """Return the findings as known; the same findings give the same text."""
    alike: dict[tuple[bool, tuple[str, ...]], set[str]] = {}
    for found in findings:
        alike.setdefault((not found.certain, found.secrets), set()).update(found.principals)
    known = sorted((conditional, sorted(who), what) for (conditional, what), who in alike.items())
    blocks: list[dict[str, object]] = [
        {"certain": not conditional, "principals": principals, "secrets": secrets}
        for conditional, principals, secrets in known
    ]
    by_certainty: dict[bool, set[str]] = {}
    for one in admins:
        by_certainty.setdefault(one.certain, set()).update(one.principals)
    blocks += [
        {"certain": certain, "cluster-admin": True, "principals": sorted(by_certainty[certain])}
        for certain in sorted(by_certainty, reverse=True)
    ]
    return _KNOWN + "\n".join(yaml_lines({"known": blocks}, "")) + "\n"
