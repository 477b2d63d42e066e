"""What a change does besides Secrets: identities and nodes, objects without effect, the extent."""

from collections.abc import Sequence
from typing import TypeVar

from rbacgraph.model.answers.diff import (
    ChangedObject,
    ComparedKind,
    DiffResult,
    GainedIdentity,
)
from rbacgraph.report.formats.as_markdown import code, escaped, folded
from rbacgraph.report.formats.unread import passed_over_words
from rbacgraph.report.review import diff_words
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.text import count
from rbacgraph.report.text.paths.routes import name_words, way_lines
from rbacgraph.report.text.words import chain, count_kinds, object_name, place

_T = TypeVar("_T")
_LABEL = 5
_SHOWN = 20
_ALL = 10**6
_NAMES = 8
_SECTIONS = (
    ("IDENTITIES AND NODES GAINED", "certain", True, False),
    ("IDENTITIES AND NODES LOST", "good", False, False),
    ("NEW IDENTITIES AND NODES: who controls them", "heading", True, True),
    ("DELETED IDENTITIES AND NODES: who controlled them", "heading", False, True),
)
_TITLE = "CHANGED WITHOUT EFFECT ON SECRETS"


def extent_words(result: DiffResult) -> str:
    """Return what the summary says of identities and of objects without effect; maybe nothing."""
    said = []
    for gained, verb in ((True, "gain"), (False, "lose")):
        for certain, how in ((True, ""), (False, " under a condition")):
            entries = [
                one
                for one in result.identities
                if (one.gained, one.certain) == (gained, certain)
                and (one.causes or not one.appeared)
            ]
            if entries:
                people = {name for one in entries for name in one.principals}
                identities = {name for one in entries for name in one.identities}
                who = count(len(people), f"principal {verb}s", f"principals {verb}")
                said.append(f"{who} {count_kinds(sorted(identities))}{how}")
    objects = result.without_effect
    if objects:
        changed = count(len(objects), "RBAC object changes", "RBAC objects change")
        said.append(f"{changed} without effect on Secrets")
    return f"{'; '.join(said)}." if said else ""


def compared_words(result: DiffResult) -> str:
    """Return how many objects were compared and differ, and what else changed."""
    beside = passed_over_words(result.unread_kinds, result.not_manifests, "changed file")
    return " ".join(filter(None, (kinds_words(result.compared), beside)))


def kinds_words(kinds: Sequence[ComparedKind]) -> str:
    """Return how many objects were compared, and how many differ.

    Examples
    --------
    >>> kinds_words([ComparedKind("Role", 2, 3, 1), ComparedKind("Secret", 4, 4, 0)])
    'Compared: Role 2 → 3 (1 differs), Secret 4.'
    >>> kinds_words([ComparedKind("Role", 2, 2, 0)])
    'Compared: Role 2. No object differs.'
    """
    if not kinds:
        return ""
    said = f"Compared: {', '.join(map(_compared, kinds))}."
    return said if any(one.differing for one in kinds) else f"{said} No object differs."


def _compared(one: ComparedKind) -> str:
    number = f"{one.before:,}" if one.before == one.after else f"{one.before:,} → {one.after:,}"
    differ = "differs" if one.differing == 1 else "differ"
    return f"{one.kind} {number}" + (f" ({one.differing:,} {differ})" if one.differing else "")


def extent_lines(result: DiffResult, first: int, look: Look) -> list[str]:
    """Return the sections of the text below those about Secrets, numbered from ``first``."""
    lines: list[str] = []
    for title, style, gained, appeared in _SECTIONS:
        entries = [
            one for one in result.identities if (one.gained, one.appeared) == (gained, appeared)
        ]
        lines += _section(title, style, entries, first, look)
        first += len(entries)
    if result.without_effect:
        lines += ["", look.paint(_TITLE, "heading"), ""]
        for one in _shown(result.without_effect, look):
            where = place(one.file, one.line)
            words = changed_words(one, parts=_ALL if look.wide else _NAMES)
            lines += look.pair(words, where, indent=_LABEL, styles=("name", "place"))
        lines += _left(result.without_effect, look)
    compared = compared_words(result)
    return [*lines, *(["", *look.prose(compared, hang=2, style="quiet")] if compared else [])]


def _shown(entries: Sequence[_T], look: Look) -> Sequence[_T]:
    return entries if look.wide else entries[:_SHOWN]


def _left(entries: Sequence[object], look: Look) -> list[str]:
    left = len(entries) - len(_shown(entries, look))
    return ["", f"… and {left:,} more; -o wide shows them"] if left else []


def _section(
    title: str, style: str, entries: Sequence[GainedIdentity], first: int, look: Look
) -> list[str]:
    if not entries:
        return []
    lines = ["", look.paint(title, style)]
    for number, one in enumerate(_shown(entries, look), first):
        lines += ["", *_entry(one, number, look)]
    return [*lines, *_left(entries, look)]


def _entry(one: GainedIdentity, number: int, look: Look) -> list[str]:
    lines: list[str] = []
    for cause in one.causes:
        words = diff_words.cause_words(cause, gained=one.gained)
        lines += look.pair(words, place(*cause.place), indent=_LABEL, styles=("name", "place"))
    room = _ALL if look.wide else 2 * look.width - _LABEL
    level = diff_words.level_words(one)
    words = f"{name_words(one.principals, room)} {_verb(one)} {name_words(one.identities, room)}"
    words += f" ({level})" if level else ""
    lines += look.prose(words, indent=_LABEL, hang=2)
    lines[0] = look.paint(f"[{number}] ".ljust(_LABEL), "quiet") + lines[0][_LABEL:]
    return [
        *lines,
        *(way_lines(one.path, look, diff_words.whose_words(one, one.path)) if one.path else []),
    ]


def _verb(one: GainedIdentity) -> str:
    verb = "controls" if len(one.principals) == 1 else "control"
    if one.after == "none":
        return f"no longer {verb}"
    return verb if one.gained else f"still {verb}"


def changed_words(one: ChangedObject, *, parts: int) -> str:
    """Return what happened to an object, and to at most some of its parts.

    Examples
    --------
    >>> from rbacgraph.model.answers.diff import Part
    >>> parts = (Part("subjects", 1, "user:bob"),)
    >>> changed_words(ChangedObject("RoleBinding", "shop", "a", "changed", parts), parts=3)
    'RoleBinding shop/a changed: new subjects[1] user:bob'
    """
    said = [f"new {diff_words.part_words(part)}" for part in one.new]
    said += [f"without {diff_words.part_words(part)}" for part in one.gone]
    left = len(said) - parts
    words = f"{one.kind} {object_name(one.namespace, one.name)} {diff_words.change_words(one)}"
    more = [f"{left:,} more"] if left > 0 else []
    return f"{words}: {', '.join([*said[:parts], *more])}" if said else words


def extent_blocks(result: DiffResult) -> list[list[str]]:
    """Return the same as folded blocks of a comment."""
    blocks = []
    for title, _, gained, appeared in _SECTIONS:
        entries = [
            one for one in result.identities if (one.gained, one.appeared) == (gained, appeared)
        ]
        if entries:
            lines = [line for one in entries for line in _items(one)]
            blocks.append(folded(f"{_sentence(title)} ({len(entries):,})", lines))
    if result.without_effect:
        lines = [
            f"- {code(changed_words(one, parts=_NAMES))} {_where(one.file, one.line)}".rstrip()
            for one in result.without_effect
        ]
        blocks.append(folded(f"{_sentence(_TITLE)} ({len(lines):,})", lines))
    return blocks


def _sentence(title: str) -> str:
    return f"{title[0]}{title[1:].lower()}".replace("secrets", "Secrets")


def _where(file: str, line: int) -> str:
    where = place(file, line)
    return code(where) if where else ""


def _items(one: GainedIdentity) -> list[str]:
    level = diff_words.level_words(one)
    who, what = (", ".join(_codes(names)) for names in (one.principals, one.identities))
    lines = [f"- {who} {_verb(one)} {what}{f' ({level})' if level else ''}"]
    for cause in one.causes:
        words = code(diff_words.cause_words(cause, gained=one.gained))
        lines.append(f"  - {words} {_where(*cause.place)}".rstrip())
    if one.path:
        whose = escaped(diff_words.whose_words(one, one.path))
        how = code(chain(hop.edge for hop in one.path.hops))
        lines.append(f"  - {whose}: {how}" if whose else f"  - by {how}")
    return lines


def _codes(names: Sequence[str]) -> list[str]:
    left = len(names) - _NAMES
    return [*map(code, names[:_NAMES]), *([escaped(f"{left:,} more")] if left > 0 else [])]
