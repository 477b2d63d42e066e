"""``encryption`` as a person reads it: how each resource is stored, then the findings."""

from collections import Counter
from functools import partial

from rbacgraph.model.answers.encryption_at_rest.encryption import (
    SEVERITIES,
    EncryptionResult,
    Finding,
    ResourceEncryption,
)
from rbacgraph.model.printable import clean
from rbacgraph.report.documents.encryption import EncryptionDocument
from rbacgraph.report.documents.filling import document
from rbacgraph.report.formats.rows import AnswerColumns, joined
from rbacgraph.report.question_formats import QuestionFormats
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.table import Column, table_lines
from rbacgraph.report.text.layout.text import count, listing
from rbacgraph.report.text.words import place

_STYLES = {"error": "certain", "high": "certain", "medium": "conditional"}
_PLAINTEXT = {
    "written": "written",
    "may-remain": "may remain",
    "unreadable": "unreadable",
    "unknown": "?",
}
_SCOPE = (
    "Encryption at rest protects etcd and its backups: a client that may read through the "
    "API server gets it decrypted."
)


def encryption_text(result: EncryptionResult, look: Look) -> str:
    """Lay out the answer."""
    sections = [_head(result, look)]
    if result.resources:
        lines, left_out = table_lines(_columns(result, look), look)
        sections.append([*lines, *([f"({left_out})"] if left_out else [])])
    sections += [_finding(finding, look) for finding in result.findings]
    sections.append(_foot(result, look))
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def finding_place(finding: Finding) -> str:
    """Print where a finding is, as editors open it."""
    where = place(finding.file, finding.line)
    return f"{where}:{finding.column}" if finding.line and finding.column else where


def _head(result: EncryptionResult, look: Look) -> list[str]:
    lines = []
    if result.loads:
        lines += look.prose(f"{result.file}: the API server loads this file.", style="heading")
    elif result.file:
        errors = sum(f.severity == "error" for f in result.findings if f.file == result.file)
        lines += look.prose(
            f"{result.file}: the API server refuses this file, for {count(errors, 'error')}: it "
            "does not start, or goes on with the one before where it reloads automatically.",
            style="heading",
        )
    for server in result.servers:
        words = [f"--encryption-provider-config={server.config}"] if server.config else []
        words += ["automatic reload"] if server.reload else []
        words += [f"etcd at {listing(server.etcd_servers)}"] if server.etcd_servers else []
        flags = ", ".join(words if server.config else ["no --encryption-provider-config", *words])
        lines += look.pair(
            f"{server.pod}: {flags}.", place(server.file, server.line), styles=("", "place")
        )
    if result.searched and not result.servers:
        lines += look.prose("No kube-apiserver Pod in the input.")
    return lines


def _columns(result: EncryptionResult, look: Look) -> list[Column]:
    rows = result.resources
    columns = [
        Column("RESOURCE", [_resource(row) for row in rows]),
        Column("DECIDED BY", [_rule(row) for row in rows], expendable=1),
        Column("WRITTEN BY", [clean(row.writes) for row in rows], shrinks=True),
        Column("ALSO READ BY", [_reads(row) for row in rows], shrinks=True),
        Column("PLAINTEXT", [_PLAINTEXT[row.plaintext] for row in rows]),
    ]
    if look.wide:
        columns.append(Column("PREFIX IN ETCD", [clean(row.prefix) or "-" for row in rows]))
    places = [clean(place(row.file, row.line)) or "-" for row in rows]
    return [*columns, Column("FILE:LINE", places, expendable=2)]


def _resource(row: ResourceEncryption) -> str:
    return "*.* (all else)" if row.resource == "*.*" else clean(row.resource)


def _rule(row: ResourceEncryption) -> str:
    return "no entry" if row.entry is None else clean(f"{row.rule} in resources[{row.entry}]")


def _reads(row: ResourceEncryption) -> str:
    return clean(", ".join(row.reads)) or "-"


def _finding(finding: Finding, look: Look) -> list[str]:
    lines = look.pair(
        f"{finding.severity}  {finding.id}",
        finding_place(finding),
        styles=(_STYLES.get(finding.severity, "heading"), "place"),
    )
    lines += look.prose(str(finding.message), indent=2)
    if finding.advice:
        lines += look.prose(f"→ {finding.advice}", indent=2, hang=2, style="quiet")
    if look.wide and finding.reference:
        lines += look.prose(finding.reference, indent=4, style="quiet")
    return lines


def _foot(result: EncryptionResult, look: Look) -> list[str]:
    counts = Counter(finding.severity for finding in result.findings)
    numbers = [f"{counts[severity]} {severity}" for severity in SEVERITIES if counts[severity]]
    total = count(len(result.findings), "finding")
    words = f"{total}: {', '.join(numbers)}." if numbers else "No findings."
    version = f"Read as an API server of Kubernetes {result.kubernetes_version} does. "
    return [
        *look.prose(words),
        *look.prose(f"{version if result.file else ''}{_SCOPE}", style="quiet"),
    ]


ENCRYPTION = QuestionFormats[EncryptionResult](
    text=encryption_text,
    columns=AnswerColumns[EncryptionResult, Finding](
        lambda result: result.findings,
        {
            "severity": lambda finding: finding.severity,
            "id": lambda finding: finding.id,
            "resources": lambda finding: joined(finding.resources),
            "message": lambda finding: str(finding.message),
            "advice": lambda finding: str(finding.advice),
            "field": lambda finding: finding.field,
            "file": lambda finding: finding.file,
            "line": lambda finding: finding.line,
            "column": lambda finding: finding.column,
            "reference": lambda finding: finding.reference,
        },
        frozenset({"severity", "id"}),
        types={"line": int, "column": int},
        shown=("severity", "id", "resources", "message", "advice"),
    ),
    document=partial(document, EncryptionDocument),
)
