"""The findings of ``check`` in words, for every format."""

from collections.abc import Sequence

from rbacgraph.model.answers import policy_check
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.report.formats.unread import as_far
from rbacgraph.report.text.layout.text import count, count_both, listing, plus_words


def check_sentence(result: policy_check.CheckResult) -> str:
    """Return the summary of all findings."""
    parts = [*_admins(result), *_paths(result), *_entries(len(result.expired))]
    if not parts:
        total = count(result.secrets, "Secret")
        return f"No findings in {total}{_known(result)}{as_far(result.unread)}."
    return f"{'; '.join(parts)}{_known(result)}{as_far(result.unread)}."


def _paths(result: policy_check.CheckResult) -> list[str]:
    sure = sum(found.pairs for found in result.findings if found.certain)
    only = sum(found.pairs for found in result.findings if not found.certain)
    if not (sure or only):
        return []
    nouns = "path of a principal to a Secret is", "paths of principals to Secrets are"
    return [f"{count_both(sure, only, *nouns)} not allowed{plus_words(only)}"]


def _admins(result: policy_check.CheckResult) -> list[str]:
    """Return who may not be cluster-admin and is it."""
    sure, only = (
        {name for found in result.admins if found.certain is certain for name in found.principals}
        for certain in (True, False)
    )
    people = sure | only
    if not people:
        return []
    if len(people) == 1:
        words = f"{min(people)} is effectively cluster-admin"
        return [f"{words} and may not be it" + ("" if sure else ", only under a condition")]
    who = count_both(len(sure), len(only - sure), "principal")
    words = f"{who} are effectively cluster-admin and may not be it"
    return [words + plus_words(len(only - sure))]


def admin_words(found: policy_check.ExcessAdmin, who: str) -> str:
    """Return who is cluster-admin against the policy."""
    verb = "is" if len(found.principals) == 1 else "are"
    condition = "" if found.certain else ", only under a condition"
    return f"{who} {verb} effectively cluster-admin{condition}"


def _entries(expired: int) -> list[str]:
    return [count(expired, "entry has expired", "entries have expired")] if expired else []


def _known(result: policy_check.CheckResult) -> str:
    parts = []
    known, gone = (
        (result.known, result.known_conditional),
        (result.gone, result.gone_conditional),
    )
    if any(known):
        parts.append(f"{count_both(*known, 'path')} known and not shown")
    if any(gone):
        parts.append(f"{count_both(*gone, 'known path')} gone")
    return f" ({listing(parts)})" if parts else ""


def default_sentence(result: policy_check.CheckResult) -> str:
    """Return what happens to Secrets that no entry covers; empty if there are none."""
    number = len(result.without_entry)
    if not number:
        return ""
    words = f"{count(number, 'Secret')} {'is' if number == 1 else 'are'} in no entry of the policy"
    if result.default == "deny":
        return f"{words}: nobody may get at {'it' if number == 1 else 'them'}."
    return f"{words} and {'was' if number == 1 else 'were'} not checked (default: allow)."


def expired_words(expired: policy_check.Expired) -> str:
    """Return what an entry allowed, until when, and why."""
    reason = f": {expired.reason}" if expired.reason else ""
    secrets, allowed = ", ".join(expired.secrets), ", ".join(expired.allow) or "nobody"
    return f"{secrets} for {allowed} until {expired.until}{reason}"


def wide_words(wide: policy_check.WidePattern) -> str:
    """Return what a pattern allows that its writer may not mean."""
    return f"{wide.pattern} also allows every ServiceAccount, as it matches {wide.group}"


def first_place(found: policy_check.Excess | policy_check.ExcessAdmin) -> Evidence | None:
    """Return the evidence to look at first: the first that is in a file."""
    return next((e for e in all_evidence(found) if e.file and not e.assumed), None)


def all_evidence(found: policy_check.Excess | policy_check.ExcessAdmin) -> Sequence[Evidence]:
    """Return all evidence of a finding, from its start to its end."""
    path = found.way.path if isinstance(found, policy_check.ExcessAdmin) else found.path
    rights = found.way.rights if isinstance(found, policy_check.ExcessAdmin) else ()
    return [*(e for hop in (path.hops if path else ()) for e in hop.evidence), *rights]
