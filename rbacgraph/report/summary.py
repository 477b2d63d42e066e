"""Sentences about the paths to a Secret: how many get there, how, and who else."""

from collections import Counter
from collections.abc import Sequence

from rbacgraph.model.results import Members, Path, SecretPaths
from rbacgraph.report.text import count, fitting, listing


def reach_sentence(secret: SecretPaths, source: str, it: str) -> str:
    """Say how many principals get there for certain, and how many only under a condition."""
    sure = {path.principal for path in secret.paths if path.certain}
    only = {path.principal for path in secret.paths} - sure
    if source:
        return _source_sentence(source, it, sure=bool(sure), only=bool(only))
    if not sure and not only:
        but = " but the control plane itself" if secret.folded else ""
        return f"No path was found: nobody{but} reaches {it}."
    if not sure:
        return f"{_principals(len(only))} {it}, only under a condition."
    words = f"{_principals(len(sure))} {it} for certain"
    return f"{words}, {len(only):,} more only under a condition." if only else f"{words}."


def opening_sentence(paths: Sequence[Path]) -> str:
    """Count principals by the technique that yields the Secret to them."""
    counts = Counter(opening for opening, _ in {(path.opening, path.principal) for path in paths})
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return f"Opened by {', '.join(f'{opening} {number:,}' for opening, number in ordered)}."


def members_sentence(members: Members) -> str:
    """Say who gets there only as a member of a group that is counted once."""
    who = [
        count(number, noun)
        for number, noun in ((members.service_accounts, "ServiceAccount"), (members.users, "user"))
        if number
    ]
    how = "" if members.implied else ", by the mapping given"
    return f"Also reached as members: {listing(who)} through {members.group}{how}."


def folded_sentence(names: Sequence[str], columns: int) -> str:
    """Say which identities of the control plane are not listed."""
    total = count(len(names), "control-plane identity", "control-plane identities")
    return f"Not listed: {total} with shipped bindings only: {fitting(names, columns)}."


def changers_sentence(number: int, it: str) -> str:
    """Say how many may change a Secret, where the question was about one source only."""
    who = count(number, "principal")
    return f"{who} may change or delete {it} directly; -o wide lists them."


def truncated_sentence(number: int) -> str:
    """Say how many paths are not there."""
    return f"{count(number, 'more path')} left out: the limit on paths was reached."


def _source_sentence(source: str, it: str, *, sure: bool, only: bool) -> str:
    if sure:
        return f"{source} reaches {it} for certain."
    if only:
        return f"{source} reaches {it}, only under a condition."
    return f"No path was found from {source}."


def _principals(number: int) -> str:
    return f"{count(number, 'principal')} {'reaches' if number == 1 else 'reach'}"
