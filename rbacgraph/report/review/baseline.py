"""Writes a baseline: known findings, in YAML that a person can review."""

from collections.abc import Iterable

from rbacgraph.model.answers.policy_check import Excess, ExcessAdmin
from rbacgraph.report.documents.as_yaml import yaml_lines

_HEAD = """# Known findings that check does not report again (`rbacgraph check --write-baseline`).
# What is known as conditional is reported once it is certain.
"""


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
    return _HEAD + "\n".join(yaml_lines({"known": blocks}, "")) + "\n"
