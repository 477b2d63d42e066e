"""``check`` as SARIF: each finding at the line that grants it."""

from collections.abc import Sequence

from rbacgraph.model.answers.paths import EdgePage
from rbacgraph.model.answers.policy_check import CheckResult, Excess, Expired
from rbacgraph.report.formats.sarif import Rule, SarifFinding, SarifSpot, edge_rules, sarif_text
from rbacgraph.report.review.check_words import expired_words, first_place
from rbacgraph.report.review.diff_words import what_words
from rbacgraph.report.review.severity import Rated
from rbacgraph.report.text.routes import name_words
from rbacgraph.report.text.words import chain

EXPIRED = "expired-entry"
_PAGE = """An entry of the policy has expired.

What it allowed is a finding since. Renew it with another date, or take away the access and the
entry."""
_ROOM = 200


def check_sarif(result: CheckResult, pages: Sequence[EdgePage]) -> str:
    """Return one result for each finding, and one for each expired entry."""
    rules = edge_rules(pages)
    rules[EXPIRED] = Rule(EXPIRED, "An entry of the policy has expired", _PAGE, "warning")
    expired = (_expired(entry, result) for entry in result.expired)
    findings = [*(_excess(found, result) for found in result.findings), *expired]
    return sarif_text(findings, rules, result.unread)


def _expired(entry: Expired, result: CheckResult) -> SarifFinding:
    return SarifFinding(
        rule=EXPIRED,
        level="warning",
        text=f"The entry has expired: {expired_words(entry)}.",
        spot=SarifSpot(result.policy, entry.line),
        identity=("expired", *entry.secrets, *entry.allow, entry.until),
    )


def _excess(found: Excess, result: CheckResult) -> SarifFinding:
    evidence = first_place(found)
    every = (e for hop in found.path.hops for e in hop.evidence if e.file and not e.assumed)
    spots = [SarifSpot(e.file, e.line) for e in every]
    verb = "gets at" if len(found.principals) == 1 else "get at"
    words = f"{name_words(found.principals, _ROOM)} {verb} {what_words(found.secrets, _ROOM)}"
    words += "" if found.certain else ", only under a condition"
    how = chain(hop.edge for hop in found.path.hops)
    rated = Rated(found.principals, found.secrets, found.path, certain=found.certain)
    return SarifFinding(
        rule=found.path.opening,
        level="error" if found.certain else "warning",
        text=f"{words}, which {result.policy} does not allow. By: {how}. {rated.sentence}",
        spot=SarifSpot(evidence.file, evidence.line) if evidence else SarifSpot(result.policy, 1),
        others=tuple(dict.fromkeys(spots)),
        path=found.path,
        identity=("access", str(found.certain), *found.principals, "to", *found.secrets),
        severity=rated.severity,
    )
