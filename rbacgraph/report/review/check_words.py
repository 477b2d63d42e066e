"""The findings of ``check`` in words, for every format."""

from collections.abc import Sequence

from rbacgraph.model.answers.policy_check import CheckResult, Excess, ExcessAdmin, Expired
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.report.formats.unread import as_far
from rbacgraph.report.text.layout.text import count, listing


def check_sentence(result: CheckResult) -> str:
    """Return the summary of all findings."""
    parts = [*_admins(result), *_paths(result), *_entries(len(result.expired))]
    if not parts:
        total = count(result.secrets, "Secret")
        return f"No findings in {total}{_known(result)}{as_far(result.unread)}."
    return f"{'; '.join(parts)}{_known(result)}{as_far(result.unread)}."


def _paths(result: CheckResult) -> list[str]:
    pairs = sum(found.pairs for found in result.findings)
    sure = sum(found.pairs for found in result.findings if found.certain)
    if not pairs:
        return []
    part = f", {sure:,} of them for certain" if sure else ", none for certain"
    words = count(pairs, "path of a principal to a Secret is", "paths of principals to Secrets are")
    return [f"{words} not allowed{'' if sure == pairs else part}"]


def _admins(result: CheckResult) -> list[str]:
    """Return who may not be cluster-admin and is it."""
    people = {name for found in result.admins for name in found.principals}
    if not people:
        return []
    sure = {name for found in result.admins if found.certain for name in found.principals}
    if len(people) == 1:
        words = f"{min(people)} is effectively cluster-admin"
        return [f"{words} and may not be it" + ("" if sure else ", only under a condition")]
    words = f"{count(len(people), 'principal')} are effectively cluster-admin and may not be it"
    part = f", {len(sure):,} of them for certain" if sure else ", none for certain"
    return [words if len(sure) == len(people) else words + part]


def admin_words(found: ExcessAdmin, who: str) -> str:
    """Return who is cluster-admin against the policy."""
    verb = "is" if len(found.principals) == 1 else "are"
    condition = "" if found.certain else ", only under a condition"
    return f"{who} {verb} effectively cluster-admin{condition}"


def _entries(expired: int) -> list[str]:
    return [count(expired, "entry has expired", "entries have expired")] if expired else []


def _known(result: CheckResult) -> str:
    parts = []
    if result.known:
        parts.append(f"{count(result.known, 'path')} known and not shown")
    if result.gone:
        parts.append(f"{count(result.gone, 'known path')} gone")
    return f" ({listing(parts)})" if parts else ""


def default_sentence(result: CheckResult) -> str:
    """Return what happens to Secrets that no entry covers; empty if there are none."""
    number = len(result.without_entry)
    if not number:
        return ""
    words = f"{count(number, 'Secret')} {'is' if number == 1 else 'are'} in no entry of the policy"
    if result.default == "deny":
        return f"{words}: nobody may get at {'it' if number == 1 else 'them'}."
    return f"{words} and {'was' if number == 1 else 'were'} not checked (default: allow)."


def expired_words(expired: Expired) -> str:
    """Return what an entry allowed, until when, and why."""
    reason = f": {expired.reason}" if expired.reason else ""
    secrets, allowed = ", ".join(expired.secrets), ", ".join(expired.allow) or "nobody"
    return f"{secrets} for {allowed} until {expired.until}{reason}"


def first_place(found: Excess | ExcessAdmin) -> Evidence | None:
    """Return the evidence to look at first: the first that is in a file."""
    return next((e for e in all_evidence(found) if e.file and not e.assumed), None)


def all_evidence(found: Excess | ExcessAdmin) -> Sequence[Evidence]:
    """Return all evidence of a finding, from its start to its end."""
    path = found.way.path if isinstance(found, ExcessAdmin) else found.path
    rights = found.way.rights if isinstance(found, ExcessAdmin) else ()
    return [*(e for hop in (path.hops if path else ()) for e in hop.evidence), *rights]
