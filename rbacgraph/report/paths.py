"""``paths`` as a person reads it: every way to a Secret, with evidence."""

from collections import Counter
from collections.abc import Sequence

from rbacgraph.model.results import Members, Path, PathsResult, SecretPaths
from rbacgraph.report.beside import changer_lines, reference_lines
from rbacgraph.report.fold import fold_principals
from rbacgraph.report.footer import basis_lines
from rbacgraph.report.look import Look
from rbacgraph.report.routes import route_lines
from rbacgraph.report.text import count, fitting, listing
from rbacgraph.report.words import place, short

_FOLDED_ROOM = 40


def paths_text(result: PathsResult, look: Look) -> str:
    """Lay out all paths, cheapest first, the certain ones before the conditional ones."""
    lines: list[str] = []
    for secret in result.secrets:
        lines += [*_secret(secret, result.source, look), ""]
    nothing = not any(secret.paths for secret in result.secrets)
    lines += basis_lines(result.basis, look, edges=nothing)
    return "\n".join(lines) + "\n"


def _secret(secret: SecretPaths, source: str, look: Look) -> list[str]:
    certain = [path for path in secret.paths if path.certain]
    conditional = [path for path in secret.paths if not path.certain]
    lines = [look.heading(_title(secret))]
    if secret.inferred:
        lines += look.prose(f"Not in the input: {secret.inferred}.", style="conditional")
    lines += look.prose(_summary(certain, conditional, source))
    if not source:
        lines += _openings(secret.paths, look)
    for members in secret.members:
        lines += look.prose(_members(members))
    lines += _section("CERTAIN", certain, 1, look)
    shown = len(fold_principals(certain))
    lines += _section("CONDITIONAL", conditional, shown + 1, look)
    lines += _left_out(secret, look)
    lines += changer_lines(secret.changers, look)
    return lines + reference_lines(secret.references, look)


def _title(secret: SecretPaths) -> str:
    about = ", ".join(filter(None, (secret.type, place(secret.file, secret.line))))
    return f"Secret {short(secret.secret)}" + (f"  ({about})" if about else "")


def _summary(certain: list[Path], conditional: list[Path], source: str) -> str:
    sure = {path.principal for path in certain}
    only = {path.principal for path in conditional} - sure
    if source:
        return _source_summary(source, bool(sure), bool(only))
    if not sure and not only:
        return "No path was found: nobody reaches it."
    if not sure:
        return f"{count(len(only), 'principal')} {_reach(len(only))} it, only under a condition."
    words = f"{count(len(sure), 'principal')} {_reach(len(sure))} it for certain"
    return f"{words}, {len(only):,} more only under a condition." if only else f"{words}."


def _openings(paths: Sequence[Path], look: Look) -> list[str]:
    """Count principals by the technique that yields the Secret to them."""
    pairs = {(path.opening, path.principal) for path in paths}
    if not pairs:
        return []
    counts = Counter(opening for opening, _ in pairs)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    words = ", ".join(f"{opening} {number:,}" for opening, number in ordered)
    return look.prose(f"Opened by {words}.", hang=2)


def _source_summary(source: str, sure: bool, only: bool) -> str:
    if sure:
        return f"{source} reaches it for certain."
    if only:
        return f"{source} reaches it, only under a condition."
    return f"No path was found from {source}."


def _reach(number: int) -> str:
    return "reaches" if number == 1 else "reach"


def _members(members: Members) -> str:
    who = [
        count(number, noun)
        for number, noun in ((members.service_accounts, "ServiceAccount"), (members.users, "user"))
        if number
    ]
    how = "" if members.implied else ", by the mapping given"
    return f"Also reached as members: {listing(who)} through {members.group}{how}."


def _section(title: str, paths: list[Path], first: int, look: Look) -> list[str]:
    if not paths:
        return []
    lines = ["", look.paint(title, title.lower())]
    for number, route in enumerate(fold_principals(paths), first):
        lines += ["", *route_lines(route, number, look)]
    return lines


def _left_out(secret: SecretPaths, look: Look) -> list[str]:
    lines = []
    if secret.truncated:
        lines += look.prose(
            f"{count(secret.truncated, 'more path')} left out: the limit on paths was reached.",
            style="conditional",
        )
    if secret.folded:
        total = count(len(secret.folded), "control-plane identity", "control-plane identities")
        names = list(secret.folded)
        room = 10**6 if look.wide else 2 * look.width - _FOLDED_ROOM
        lines += look.prose(
            f"Not listed: {total} with shipped bindings only: {fitting(names, room)}.",
            style="quiet",
        )
    return ["", *lines] if lines else []
