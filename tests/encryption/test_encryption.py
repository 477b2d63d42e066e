"""Files of an EncryptionConfiguration: what the server says, and what follows from each.

What is said about fixtures/encryption stands in encryption.txt. After a change that is meant:
``python tests/authz/test_encryption.py > tests/authz/encryption.txt``, and read the difference.
"""

import sys
from pathlib import Path

from rbacgraph.encryption_at_rest.examine import examine
from rbacgraph.sources.config.encryption_config import read_encryption

FOLDER = Path(__file__).parents[2] / "fixtures" / "encryption"
CASES = [*sorted((FOLDER / "good").iterdir()), *sorted((FOLDER / "bad").iterdir())]


def answer(path):
    return examine(read_encryption(path))


def transcript():
    """Return the rows and findings of each fixture."""
    lines = []
    for case in CASES:
        found = answer(case)
        lines.append(f"== {case.parent.name}/{case.name}: {'loads' if found.loads else 'refused'}")
        for row in found.resources:
            chain = " < ".join((row.writes, *row.reads))
            rule = f"{row.rule} [{row.entry}]" if row.rule else "no entry"
            lines.append(f"{row.resource}: {row.plaintext}: {chain} ({rule}) {row.prefix}".strip())
        for f in found.findings:
            place = f"{f.line}:{f.column}"
            lines.append(f"{place} {f.severity} {f.id}: {f.message}".replace(f"{FOLDER}/", ""))
    return "\n".join(lines) + "\n"


def test_what_is_said_about_each_file():
    expected = Path(__file__).with_name("encryption.txt").read_text(encoding="utf-8")
    assert transcript() == expected


def test_good_files_load_and_bad_ones_do_not():
    for case in CASES:
        assert answer(case).loads is (case.parent.name == "good"), case


if __name__ == "__main__":
    sys.stdout.write(transcript())
