"""Describes what a gate could not read: its rights are unknown."""

from collections.abc import Sequence

from msgspec.structs import replace

from rbacgraph.model.inputs.diagnostic import Diagnostic
from rbacgraph.model.inputs.unread import FORBIDDEN, Unread, UnreadKind
from rbacgraph.model.printable import no_command
from rbacgraph.report.formats.as_markdown import code, escaped
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.text import count, listing
from rbacgraph.report.text.words import place

_INDENT = 5
_NAMED = 10


def as_far(unread: Sequence[Unread]) -> str:
    """Return the qualification of a sentence if something was not read.

    Examples
    --------
    >>> as_far([Unread("a.yaml", 1, "is cut off")])
    ', as far as the input could be read'
    """
    return ", as far as the input could be read" if unread else ""


def unread_sentence(unread: Sequence[Unread]) -> str:
    """Return the names of the files and folders, and of the lists of a live cluster.

    Examples
    --------
    >>> unread_sentence([Unread("a.yaml", 1, "is cut off"), Unread("chart/templates", 0, "no", 9)])
    '10 files were not read whole: a.yaml and chart/templates (9 files)'
    >>> unread_sentence([Unread("secrets", 0, "may not be listed", 0)])
    '1 list was not read whole: secrets'
    """
    files, lists = sum(one.files for one in unread), sum(not one.files for one in unread)
    parts = ((files, "file"), (lists, "list"))
    what = listing([count(number, noun) for number, noun in parts if number])
    names = [_name(one) for one in unread[:_NAMED]]
    left = len(unread) - len(names)
    names += [f"{left:,} more"] if left else []
    verb = "was" if files + lists == 1 else "were"
    return f"{what} {verb} not read whole: {listing(names)}"


def refused_as_one(errors: Sequence[Diagnostic], refused: Sequence[str]) -> list[Diagnostic]:
    """Return the errors, those about lists that a live cluster refuses as one."""
    first = next((one for one in errors if one.code == FORBIDDEN), None)
    if first is None:
        return list(errors)
    names = [*refused[:_NAMED], *([f"{len(refused) - _NAMED:,} more"] if refused[_NAMED:] else [])]
    secrets = " --with-secrets" if "secrets" in refused else ""
    one = replace(
        first,
        message=f"the API server refuses {count(len(refused), 'list')}, or parts of them:"
        f" {listing(names)}",
        advice="--collect-namespace NAMESPACE asks where you have rights; rbacgraph"
        f" collector-role{secrets} prints the ClusterRole that allows every list; -v shows each"
        " with what it hides",
    )
    return [one if error is first else error for error in errors if _stays(error, first)]


def _stays(error: Diagnostic, first: Diagnostic) -> bool:
    return error is first or error.code != FORBIDDEN


def unread_lines(unread: Sequence[Unread], look: Look) -> list[str]:
    """Return what was not read, each with its reason."""
    if not unread:
        return []
    lines = ["", look.paint("NOT READ WHOLE: what it grants is unknown", "conditional"), ""]
    for one in unread if look.wide else unread[:_NAMED]:
        where = "" if one.files != 1 else place(one.file, one.line)
        lines += look.pair(unread_words(one), where, indent=_INDENT, styles=("", "place"))
    left = len(unread) - _NAMED
    if left > 0 and not look.wide:
        lines += look.prose(f"… and {left:,} more; -o wide shows them", style="quiet")
    return lines


def unread_markdown(unread: Sequence[Unread]) -> list[str]:
    """Return what was not read as a Markdown list."""
    if not unread:
        return []
    lines = ["\N{WARNING SIGN} **Not read whole: what it grants is unknown**", ""]
    for one in unread[:_NAMED]:
        where = "" if one.files != 1 else f" ({code(place(one.file, one.line))})"
        lines.append(f"- {escaped(unread_words(one))}{where}")
    left = len(unread) - _NAMED
    return [*lines, *([f"- … and {left:,} more"] if left > 0 else []), ""]


def unread_words(one: Unread) -> str:
    """Return what was not read, and why.

    Examples
    --------
    >>> unread_words(Unread("a.yaml", 1, "is cut off"))
    'a.yaml: is cut off'
    """
    return f"{_name(one)}: {one.message}" if one.file else one.message


def passed_over_words(kinds: Sequence[UnreadKind], not_manifests: int, noun: str = "file") -> str:
    """Return what was read and not looked into.

    Examples
    --------
    >>> passed_over_words([UnreadKind("Event", 1)], 2)
    'Not looked into: Event. Not manifests: 2 files.'
    """
    others = f"Not manifests: {count(not_manifests, noun)}." if not_manifests else ""
    return " ".join(filter(None, (unread_kinds_words(kinds), others)))


def unread_kinds_words(kinds: Sequence[UnreadKind]) -> str:
    """Return which kinds are not looked into.

    Examples
    --------
    >>> unread_kinds_words([UnreadKind("Template.x.io", 1, True), UnreadKind("Event", 1)])
    'Not looked into: Template.x.io, which may hold roles or bindings; Event.'
    """
    holding = [one.kind for one in kinds if one.may_hold_roles]
    others = [one.kind for one in kinds if not one.may_hold_roles]
    holds = [f"{listing(holding)}, which may hold roles or bindings"] if holding else []
    said = "; ".join([*holds, *([listing(others)] if others else [])])
    return f"Not looked into: {said}." if said else ""


def _name(one: Unread) -> str:
    name = no_command(one.file)
    return f"{name} ({count(one.files, 'file')})" if one.files > 1 else name
