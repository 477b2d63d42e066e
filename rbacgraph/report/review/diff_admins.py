"""Who becomes effectively cluster-admin by a change: the first thing that ``diff`` says."""

from collections.abc import Sequence

from rbacgraph.model.answers.diff import AdminChange, DiffResult
from rbacgraph.model.answers.paths import Admin
from rbacgraph.model.effort import path_effort
from rbacgraph.model.printable import clean
from rbacgraph.report.formats.as_markdown import code, escaped, folded
from rbacgraph.report.review.diff_words import cause_places, cause_words, level_words, like_words
from rbacgraph.report.text.admins import admin_chain, admin_sentence
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.text import count
from rbacgraph.report.text.paths.routes import evidence_lines, name_words, way_lines
from rbacgraph.report.text.words import describe, place

_LABEL = 5
_SHOWN = 20
_ALL = 10**6
_NAMES = 8
_SECTIONS = (
    ("BECOMES CLUSTER-ADMIN", "certain", True),
    ("CEASES TO BE CLUSTER-ADMIN", "good", False),
)


def admins_words(result: DiffResult) -> str:
    """Return what the headline says of cluster-admins; maybe nothing."""
    gained = [one for one in result.admins if one.gained]
    lost = [one for one in result.admins if not one.gained]
    gone, weaker = (
        [one for one in lost if (one.after == "none") == none] for none in (True, False)
    )
    said = (
        _became(gained),
        _people(gone, _verb(_count(gone), gained=False)),
        _people(
            weaker,
            f"{_is(_count(weaker))} now effectively cluster-admin only under a condition",
        ),
    )
    words = "; ".join(filter(None, said))
    return f"{words}." if words else ""


def _became(entries: Sequence[AdminChange]) -> str:
    sure = [one for one in entries if one.after == "certain"]
    only = [one for one in entries if one.after != "certain"]
    words = _people(sure or only, _verb(_count(sure or only), gained=True))
    if not only:
        return words
    more = f", {_count(only):,} more" if sure else ""
    return f"{words}{more} only under a condition"


def _people(entries: Sequence[AdminChange], verb: str) -> str:
    """Return who does something: a name, or how many; nothing if it is nobody."""
    people = sorted({name for one in entries for name in one.principals})
    if not people:
        return ""
    return f"{people[0] if len(people) == 1 else count(len(people), 'principal')} {verb}"


def _count(entries: Sequence[AdminChange]) -> int:
    return len({name for one in entries for name in one.principals})


def _is(people: int) -> str:
    return "is" if people == 1 else "are"


def _verb(people: int, *, gained: bool) -> str:
    one = people == 1
    if gained:
        return f"{'becomes' if one else 'become'} effectively cluster-admin"
    return f"{'ceases' if one else 'cease'} to be effectively cluster-admin"


def admins_lines(result: DiffResult, look: Look) -> list[str]:
    """Return the sections of the text, numbered from 1."""
    lines: list[str] = []
    number = 1
    for title, style, gained in _SECTIONS:
        entries = [one for one in result.admins if one.gained == gained]
        if entries:
            lines += ["", look.paint(title, style)]
        shown = entries if look.wide else entries[:_SHOWN]
        for one in shown:
            lines += ["", *_entry(one, number, look)]
            number += 1
        left = len(entries) - len(shown)
        lines += ["", f"… and {left:,} more; -o wide shows them"] if left else []
        number += left
    return lines


def _entry(one: AdminChange, number: int, look: Look) -> list[str]:
    lines: list[str] = []
    for cause in one.causes:
        words = cause_words(cause, gained=one.gained)
        lines += look.pair(words, place(*cause.place), indent=_LABEL, styles=("name", "place"))
    room = _ALL if look.wide else 2 * look.width - _LABEL
    words = f"{name_words(one.principals, room)} {entry_verb(one)}"
    lines += look.prose(words, indent=_LABEL, hang=2)
    lines[0] = look.paint(f"[{number}] ".ljust(_LABEL), "quiet") + lines[0][_LABEL:]
    return [*lines, *admin_lines(one.way, look, like_words(one.principals, one.way.principal))]


def entry_verb(one: AdminChange) -> str:
    """Return what happens to the principals of an entry, and under which condition."""
    people = len(one.principals)
    if one.after == "none":
        words = _verb(people, gained=False)
        if one.unseen:
            words = f"{_is(people)} no longer seen to be effectively cluster-admin"
    elif one.gained:
        words = _verb(people, gained=True)
    else:
        words = f"{_is(people)} still effectively cluster-admin"
    level = level_words(one)
    return f"{words} ({level})" if level else words


def admin_lines(way: Admin, look: Look, whose: str = "") -> list[str]:
    """Return a way to full control in one line, or in a wide look each hop with evidence.

    ``whose`` says first whose way it is.
    """
    if not look.wide:
        effort = path_effort(way.effort) if way.path else ""
        through = clean(": ".join(filter(None, (whose, admin_chain(way)))))
        lines = look.pair(through, effort, indent=_LABEL + 2, styles=("edge", "quiet"))
        return [*lines, *_conditions(way, look)]
    lines = way_lines(way.path, look, whose) if way.path else []
    if way.rights:
        whose = describe(way.path.target) if way.path else way.principal
        lines += look.prose(f"{whose} has every right on every resource", indent=_LABEL)
        lines += evidence_lines(way.rights, look)
    return [*lines, *_conditions(way, look)]


def _conditions(way: Admin, look: Look) -> list[str]:
    return [
        line
        for condition in way.conditions
        for line in look.prose(
            f"condition: {condition!s}",
            indent=_LABEL + 2,
            hang=2,
            style="conditional",
        )
    ]


def admins_blocks(result: DiffResult) -> list[list[str]]:
    """Return the same as folded blocks of a comment."""
    blocks = []
    for title, _, gained in _SECTIONS:
        entries = [one for one in result.admins if one.gained == gained]
        if entries:
            lines = [line for one in entries for line in _items(one)]
            blocks.append(folded(f"{title.capitalize()} ({len(entries):,})", lines))
    return blocks


def _items(one: AdminChange) -> list[str]:
    shown = [code(name) for name in one.principals[:_NAMES]]
    left = len(one.principals) - _NAMES
    who = ", ".join([*shown, *([f"{left:,} more"] if left > 0 else [])])
    like = like_words(one.principals, one.way.principal)
    lines = [f"- {who} {escaped(', '.join(filter(None, (entry_verb(one), like))))}"]
    for cause in one.causes:
        spots = " ".join(map(code, cause_places(cause)))
        lines.append(f"  - {code(cause_words(cause, gained=one.gained))} {spots}".rstrip())
    return [*lines, f"  - {escaped(admin_sentence(one.way))}"]
