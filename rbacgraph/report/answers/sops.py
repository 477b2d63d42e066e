"""``sops`` as a person reads it: who decrypts how much, the files, then the findings."""

from collections import Counter
from collections.abc import Iterable

from rbacgraph.model.answers.encryption_at_rest import encrypted_files
from rbacgraph.model.printable import clean
from rbacgraph.report.documents.encryption import SopsDocument, SopsFindingDocument
from rbacgraph.report.documents.filling import document
from rbacgraph.report.formats.rows import AnswerColumns, joined
from rbacgraph.report.question_formats import QuestionFormats
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.table import Column, table_lines
from rbacgraph.report.text.layout.text import count, listing
from rbacgraph.report.text.words import place

_STYLES = {"high": "certain", "medium": "conditional", "low": "heading"}
_SCOPE = (
    "rbacgraph decrypts nothing and reads no value: rbacgraph paths and exposure show who gets at"
    " these keys through the cluster."
)


def sops_text(result: encrypted_files.SopsResult, look: Look) -> str:
    """Lay out the answer."""
    sections = []
    if result.files:
        sections += [_table(_recipient_columns(result.files), look)]
        sections += [_table(_file_columns(result.files), look)]
    sections += [_finding(finding, look) for finding in result.findings]
    sections.append(_foot(result, look))
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def _table(columns: list[Column], look: Look) -> list[str]:
    lines, left_out = table_lines(columns, look)
    return [*lines, *([f"({left_out})"] if left_out else [])]


def _recipient_columns(files: Iterable[encrypted_files.EncryptedFile]) -> list[Column]:
    """Return how much each recipient decrypts, alone or with others."""
    alone: Counter[str] = Counter()
    together: Counter[str] = Counter()
    for one in files:
        counted = alone if one.needed <= 1 else together
        counted.update({name for group in one.groups for name in group})
    names = sorted({*alone, *together}, key=lambda name: (-alone[name], -together[name], name))
    columns = [
        Column("RECIPIENT", [clean(name) for name in names], shrinks=True, names=True),
        Column("DECRYPTS", [str(alone[name]) for name in names], number=True),
    ]
    if together:
        cells = [str(together[name]) for name in names]
        columns.append(Column("WITH OTHERS", cells, number=True))
    return columns


def _file_columns(files: Iterable[encrypted_files.EncryptedFile]) -> list[Column]:
    rows = list(files)
    return [
        Column(
            "FILE", [clean(place(row.file, row.line)) for row in rows], shrinks=True, names=True
        ),
        Column("BECOMES", [clean(", ".join(row.secrets)) or "-" for row in rows], shrinks=True),
        Column("RECIPIENTS", [_number(row) for row in rows]),
        Column("RULE", [clean(row.rule) or "-" for row in rows], expendable=1),
    ]


def _number(row: encrypted_files.EncryptedFile) -> str:
    number = len({name for group in row.groups for name in group})
    groups = len(row.groups)
    return f"{number} ({row.needed} of {groups} groups)" if groups > 1 else str(number)


def _finding(finding: encrypted_files.SopsFinding, look: Look) -> list[str]:
    where = place(finding.file, finding.line)
    style = _STYLES[finding.severity]
    lines = look.pair(f"{finding.severity}  {finding.id}", where, styles=(style, "place"))
    if finding.secrets:
        lines += look.prose(f"Secret {listing(list(finding.secrets))}", indent=2)
    lines += look.prose(encrypted_files.finding_words(finding), indent=2)
    return lines + look.prose(
        f"→ {encrypted_files.finding_advice(finding)}", indent=2, hang=2, style="quiet"
    )


_NO_RULES = "Without creation rules (.sops.yaml), rbacgraph looks for no plaintext file."


def _foot(result: encrypted_files.SopsResult, look: Look) -> list[str]:
    counts = Counter(finding.severity for finding in result.findings)
    numbers = [
        f"{counts[severity]} {severity}"
        for severity in encrypted_files.SOPS_SEVERITIES
        if counts[severity]
    ]
    total = count(len(result.findings), "finding")
    words = f"{total}: {', '.join(numbers)}." if numbers else "No findings."
    if not result.rules:
        words += " " + _NO_RULES
    files = count(len(result.files), "encrypted document")
    rules = count(result.rules, "creation rule")
    return [
        *look.prose(f"{files}, {rules}. {words}"),
        *look.prose(_SCOPE, style="quiet"),
    ]


def _document(result: encrypted_files.SopsResult) -> SopsDocument:
    findings = [
        document(
            SopsFindingDocument,
            finding,
            message=encrypted_files.finding_words(finding),
            advice=encrypted_files.finding_advice(finding),
        )
        for finding in result.findings
    ]
    return document(SopsDocument, result, findings=findings)


SOPS = QuestionFormats[encrypted_files.SopsResult](
    text=sops_text,
    columns=AnswerColumns[encrypted_files.SopsResult, encrypted_files.SopsFinding](
        lambda result: result.findings,
        {
            "severity": lambda finding: finding.severity,
            "id": lambda finding: finding.id,
            "file": lambda finding: finding.file,
            "line": lambda finding: finding.line,
            "message": encrypted_files.finding_words,
            "advice": encrypted_files.finding_advice,
            "keys": lambda finding: joined(finding.keys),
            "count": lambda finding: finding.count,
            "recipients": lambda finding: joined(finding.recipients),
            "secrets": lambda finding: joined(finding.secrets),
            "rule": lambda finding: finding.rule,
        },
        frozenset({"severity", "id"}),
        types={"line": int, "count": int},
        shown=("severity", "id", "file", "line", "message"),
    ),
    document=_document,
)
