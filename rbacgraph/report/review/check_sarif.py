"""``check`` as SARIF: each finding at the line that grants it."""

from collections.abc import Sequence

from rbacgraph.model.answers.paths import EdgePage
from rbacgraph.model.answers.policy_check import CheckResult, Excess, ExcessAdmin, Expired
from rbacgraph.report.formats.sarif import Rule, SarifFinding, SarifSpot, edge_rules, sarif_text
from rbacgraph.report.review.check_words import (
    admin_words,
    all_evidence,
    expired_words,
    first_place,
    wide_words,
)
from rbacgraph.report.review.diff_words import what_words
from rbacgraph.report.review.severity import CRITICAL, HIGH, Rated
from rbacgraph.report.text.admins import admin_sentence
from rbacgraph.report.text.paths.routes import name_words
from rbacgraph.report.text.words import chain

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


def check_sarif(result: CheckResult, pages: Sequence[EdgePage]) -> str:
    """Return one result for each finding, and one for each expired entry.

    A pattern of the policy that allows more than it seems to is no result: it is a notification.
    """
    rules = edge_rules(pages)
    rules[EXPIRED] = Rule(EXPIRED, "An entry of the policy has expired", _PAGE, "warning")
    expired = (_expired(entry, result) for entry in result.expired)
    rules[ADMIN] = Rule(ADMIN, "A principal may not be cluster-admin and is it", _ADMIN_PAGE)
    admins = (_admin(found, result) for found in result.admins)
    findings = [*admins, *(_excess(found, result) for found in result.findings), *expired]
    wide = [SarifSpot(result.policy, one.line, wide_words(one)) for one in result.wide]
    return sarif_text(findings, rules, result.unread, wide)


def _admin(found: ExcessAdmin, result: CheckResult) -> SarifFinding:
    evidence = first_place(found)
    spots = [SarifSpot(e.file, e.line) for e in all_evidence(found) if e.file and not e.assumed]
    severity = CRITICAL if found.certain else HIGH
    words = admin_words(found, name_words(found.principals, _ROOM))
    return SarifFinding(
        rule=ADMIN,
        level="error" if found.certain else "warning",
        text=f"{words}, which {result.policy} does not allow. {admin_sentence(found.way)}",
        spot=SarifSpot(evidence.file, evidence.line) if evidence else SarifSpot(result.policy, 1),
        others=tuple(dict.fromkeys(spots)),
        path=found.way.path,
        identity=("admin", str(found.certain), *found.principals),
        severity=severity,
    )


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
