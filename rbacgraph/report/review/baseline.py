"""Writes a baseline: known findings, in YAML that a person can review."""

from collections.abc import Iterable

from rbacgraph.model.answers.policy_check import Excess
from rbacgraph.report.documents.as_yaml import yaml_lines

_HEAD = """# Known findings that check does not report again (`rbacgraph check --write-baseline`).
# A path that is known as conditional is reported once it is certain.
"""


def baseline_text(findings: Iterable[Excess]) -> str:
    """Return the findings as known; the same findings give the same text."""
    alike: dict[tuple[bool, tuple[str, ...]], set[str]] = {}
    for found in findings:
        alike.setdefault((not found.certain, found.secrets), set()).update(found.principals)
    known = sorted((conditional, sorted(who), what) for (conditional, what), who in alike.items())
    blocks = [
        {"certain": not conditional, "principals": principals, "secrets": secrets}
        for conditional, principals, secrets in known
    ]
    return _HEAD + "\n".join(yaml_lines({"known": blocks}, "")) + "\n"
