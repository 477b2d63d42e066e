"""``sops`` as a person reads it: who decrypts how much, the files, then the findings."""

from collections import Counter
from collections.abc import Callable, Iterable

from rbacgraph.model.answers.encryption_at_rest.encrypted_files import (
    SOPS_SEVERITIES,
    EncryptedFile,
    SopsFinding,
    SopsFindingId,
    SopsResult,
)
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


def _plain_file(finding: SopsFinding) -> str:
    holds = f"The file holds {count(finding.count, 'value')} in plaintext: {_keys(finding)}"
    return f"{holds}. The creation rule at {finding.rule} wants them encrypted."


def _plain_value(finding: SopsFinding) -> str:
    number = count(finding.count, "value")
    return f"The file is encrypted, but holds {number} in plaintext: {_keys(finding)}."


def _keys(finding: SopsFinding) -> str:
    more = finding.count - len(finding.keys)
    return ", ".join(finding.keys) + (f" and {more:,} more" if more > 0 else "")


def _recipients(words: str) -> Callable[[SopsFinding], str]:
    return lambda finding: words.format(listing(list(finding.recipients)), finding.rule)


def _single(finding: SopsFinding) -> str:
    files = "" if finding.count == 1 else f" and {finding.count - 1:,} more"
    return f"This file{files} cannot be decrypted if the key {finding.recipients[0]} is lost."


_UPDATE = "sops updatekeys FILE"
_WORDS: dict[SopsFindingId, tuple[str | Callable[[SopsFinding], str], str]] = {
    "plaintext-file": (
        _plain_file,
        "sops encrypt -i FILE; if it was committed, change the values, since Git keeps them",
    ),
    "plaintext-value": (
        _plain_value,
        "encrypt the file again with the right encrypted_regex, and change the values",
    ),
    "decrypted-copy": (
        "The file is called like a decrypted copy of an encrypted file.",
        "remove it, and keep *.dec out of Git by .gitignore",
    ),
    "leftover-ciphertext": (
        "The file holds encrypted values, but no metadata of SOPS: nobody can decrypt them.",
        "take the file from an older revision, or encrypt the values again",
    ),
    "no-mac": (
        "The file has no MAC: SOPS refuses to decrypt it, and nothing shows if it was changed.",
        "take the file from an older revision, or encrypt it again",
    ),
    "stale-recipient": (
        _recipients(
            "The file is still encrypted to {}, which the creation rule at {} does not name."
        ),
        f"{_UPDATE}; then sops rotate -i FILE, and change the values: old revisions remain",
    ),
    "missing-recipient": (
        _recipients("The file is not encrypted to {}, which the creation rule at {} names."),
        _UPDATE,
    ),
    "other-key-groups": (
        lambda finding: f"The file has other key groups than the creation rule at {finding.rule}.",
        _UPDATE,
    ),
    "single-recipient": (
        _single,
        "add a recipient whose key is kept apart",
    ),
    "mac-only-encrypted": (
        "The file has a MAC of the encrypted values alone: others may be changed unnoticed.",
        "leave mac_only_encrypted out, unless something else writes to the file",
    ),
    "no-rule": (
        "The file has no creation rule: sops updatekeys does not know its recipients.",
        "add a rule for it to .sops.yaml",
    ),
    "unused-rule": (
        "No encrypted file of the input has this creation rule.",
        "remove it, or correct its path_regex; a rule above it may match the files",
    ),
    "regex-not-tried": (
        "rbacgraph does not try this path_regex: the rules of files that get so far are unknown.",
        "write it without nested repetition",
    ),
}


def finding_words(finding: SopsFinding) -> str:
    """Say what is wrong."""
    words = _WORDS[finding.id][0]
    return words if isinstance(words, str) else words(finding)


def finding_advice(finding: SopsFinding) -> str:
    """Say what to do."""
    return _WORDS[finding.id][1]


def sops_text(result: SopsResult, look: Look) -> str:
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


def _recipient_columns(files: Iterable[EncryptedFile]) -> list[Column]:
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


def _file_columns(files: Iterable[EncryptedFile]) -> list[Column]:
    rows = list(files)
    return [
        Column(
            "FILE", [clean(place(row.file, row.line)) for row in rows], shrinks=True, names=True
        ),
        Column("BECOMES", [clean(", ".join(row.secrets)) or "-" for row in rows], shrinks=True),
        Column("RECIPIENTS", [_number(row) for row in rows]),
        Column("RULE", [clean(row.rule) or "-" for row in rows], expendable=1),
    ]


def _number(row: EncryptedFile) -> str:
    number = len({name for group in row.groups for name in group})
    groups = len(row.groups)
    return f"{number} ({row.needed} of {groups} groups)" if groups > 1 else str(number)


def _finding(finding: SopsFinding, look: Look) -> list[str]:
    where = place(finding.file, finding.line)
    style = _STYLES[finding.severity]
    lines = look.pair(f"{finding.severity}  {finding.id}", where, styles=(style, "place"))
    if finding.secrets:
        lines += look.prose(f"Secret {listing(list(finding.secrets))}", indent=2)
    lines += look.prose(finding_words(finding), indent=2)
    return lines + look.prose(f"→ {finding_advice(finding)}", indent=2, hang=2, style="quiet")


_NO_RULES = "Without creation rules (.sops.yaml), rbacgraph looks for no plaintext file."


def _foot(result: SopsResult, look: Look) -> list[str]:
    counts = Counter(finding.severity for finding in result.findings)
    numbers = [f"{counts[severity]} {severity}" for severity in SOPS_SEVERITIES if counts[severity]]
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


def _document(result: SopsResult) -> SopsDocument:
    findings = [
        document(
            SopsFindingDocument,
            finding,
            message=finding_words(finding),
            advice=finding_advice(finding),
        )
        for finding in result.findings
    ]
    return document(SopsDocument, result, findings=findings)


SOPS = QuestionFormats[SopsResult](
    text=sops_text,
    columns=AnswerColumns[SopsResult, SopsFinding](
        lambda result: result.findings,
        {
            "severity": lambda finding: finding.severity,
            "id": lambda finding: finding.id,
            "file": lambda finding: finding.file,
            "line": lambda finding: finding.line,
            "message": finding_words,
            "advice": finding_advice,
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
