"""The findings of ``check`` in words, for every format."""

from rbacgraph.model.answers.policy_check import CheckResult, Excess, Expired
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.report.formats.unread import as_far
from rbacgraph.report.text.text import count, listing


def check_sentence(result: CheckResult) -> str:
    """Return the summary of all findings."""
    parts = [*_paths(result), *_entries(len(result.expired))]
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


def first_place(found: Excess) -> Evidence | None:
    """Return the evidence to look at first: the first that is in a file."""
    every = (e for hop in found.path.hops for e in hop.evidence)
    return next((e for e in every if e.file and not e.assumed), None)
