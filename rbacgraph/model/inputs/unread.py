"""Files and lists that were not read completely: a gate must not pass what they may hold."""

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import PurePath

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.model.inputs.diagnostic import UNLISTED, Diagnostic

TEMPLATE = "template"
"""The code of a template file whose values are not filled in yet."""

BUILT = "built"
"""The code of a file that means something only once a chart or a kustomization is built."""

PARTIAL_LIST = "partial-list"
"""The code of a List that holds one page of several."""

PLACEHOLDER, POD_PLACEHOLDER = "placeholder", "pod-placeholder"
"""The codes of a placeholder where it decides who has a right, and where it says who a Pod is."""

ENCRYPTED_FIELD, POD_ENCRYPTED = "encrypted-field", "pod-encrypted-field"
"""The codes of the same where SOPS encrypted it."""

ENCRYPTED_NAME = "encrypted-name"
"""The code of an object that grants nothing, and whose name SOPS encrypted."""

OF_NO_RIGHT = frozenset({POD_PLACEHOLDER, POD_ENCRYPTED, ENCRYPTED_NAME})
"""Codes of files that lack no Role and no binding."""

OF_NO_SOPS = OF_NO_RIGHT | {PLACEHOLDER, ENCRYPTED_FIELD, BUILT}
"""Codes of files that hide nothing of what SOPS encrypts, and to whom."""

FORBIDDEN = "forbidden"
"""The code of a list that a live cluster refuses."""

FEW = 3
"""The most refused lists that are reported one by one."""

_TEMPLATES = "templates"


def weight(code: str) -> int:
    """Return how much a file may hide with a problem of this code."""
    return (code not in OF_NO_RIGHT) + (code not in OF_NO_SOPS)


class UnreadFile(Struct, frozen=True, omit_defaults=True):
    """A file, or a list of a live cluster, that was not read completely, with the first reason.

    ``file``, ``line``, ``code``, ``message``: as in the diagnostic that reports it; ``file`` is
        ``""`` where it concerns no single file. For a list it is the resource: ``rolebindings``.
    ``content``: a digest that recognises the same content, and the same of what may fill in its
        placeholders; ``""`` where it is not known. No answer and no saved snapshot holds it, as the
        content may include a Secret.
    ``part_of``: the chart or kustomization that stands for it; ``""`` for none.
    """

    file: str
    line: int = 0
    code: str = ""
    message: str = ""
    content: str = ""
    part_of: str = ""


class PassedOver(Struct, frozen=True, omit_defaults=True, gc=False):
    """A file that was read whole, and of which not everything is looked into.

    ``file``: its name.
    ``kinds``: the kinds of its objects that are not looked into, as printed; empty if it is no
        manifest.
    ``content``: as of :class:`UnreadFile`; ``""`` for a file of the disk, which is there to look
        at.
    """

    file: str
    kinds: tuple[str, ...]
    content: str = ""

    def with_content(self, content: str) -> "PassedOver":
        """Return the same file with the digest of its content."""
        return replace(self, content=content)


class UnreadKind(Struct, frozen=True, order=True):
    """A kind of objects that are not looked into.

    ``kind``: as printed, with its group.
    ``files``: in how many files it is.
    ``may_hold_roles``: whether its objects may hold roles or bindings, or have a controller make
        some.
    """

    kind: str
    files: int
    may_hold_roles: bool = False


class Unread(Struct, frozen=True):
    """What a gate did not read: a file, or a folder of several templates.

    ``file``: the file or the folder.
    ``line``, ``message``: the place and the reason; for a folder those of its first file.
    ``files``: the number of files; 0 for a list of a live cluster.
    """

    file: str
    line: int
    message: str
    files: int = 1


def refused_lists(found: Iterable[UnreadFile]) -> list[str]:
    """Return the resources that a live cluster refuses to list, at least somewhere."""
    return [one.file for one in found if one.code == FORBIDDEN]


def unread_of(found: Iterable[UnreadFile], allowed: Sequence[str] = ()) -> tuple[Unread, ...]:
    """Return what was not read and no pattern allows, a folder's templates as one.

    ``allowed``: patterns as in a shell, where ``*`` also matches ``/``; a pattern that matches a
        folder covers everything in it.

    Examples
    --------
    >>> files = [UnreadFile(f"chart/templates/{n}.yaml", 1, TEMPLATE, "no") for n in "ab"]
    >>> unread_of([UnreadFile("a.yaml", 3, "json-syntax", "is cut off"), *files])
    (Unread(file='a.yaml', line=3, message='is cut off', files=1), \
Unread(file='chart/templates', line=0, message='no', files=2))
    >>> unread_of(files, ["chart"])
    ()
    """
    places: dict[tuple[str, bool], list[UnreadFile]] = {}
    for one in {one.file: one for one in found}.values():
        if not any(_matches(one.file, pattern) for pattern in allowed):
            place = (one.part_of, True) if one.part_of else _place(one.file, one.code)
            places.setdefault(place, []).append(one)
    return tuple(
        Unread(place, 0, several[0].message, len(several))
        if len(several) > 1
        else Unread(several[0].file, several[0].line, several[0].message, _files(several[0]))
        for (place, _), several in places.items()
    )


def _files(one: UnreadFile) -> int:
    return 0 if one.code in UNLISTED else 1


def changed(old: Iterable[UnreadFile], new: Iterable[UnreadFile]) -> Iterator[UnreadFile]:
    """Yield the unread files of two sides whose content only one side has, each name once.

    Content that both sides hold, even under another name, opens and closes nothing.
    """
    sides = list(old), list(new)
    before, after = ({one.content for one in side} - {""} for side in sides)
    both = before & after
    found = {one.file: one for side in sides for one in side if one.content not in both}
    yield from found.values()


def changed_over(old: Iterable[PassedOver], new: Iterable[PassedOver]) -> Iterator[PassedOver]:
    """Yield the files of two sides that were not looked into and that only one side has.

    Where a side cannot know its content, as of a snapshot, a file counts as changed.
    """
    sides = list(old), list(new)
    before, after = ({one.content for one in side} - {""} for side in sides)
    both = before & after
    found = {one.file: one for side in sides for one in side if one.content not in both}
    yield from (found[name] for name in sorted(found))


def folded(errors: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Combine the diagnostics about all templates of a folder."""
    places: dict[tuple[str, bool] | int, list[Diagnostic]] = {}
    for number, one in enumerate(errors):
        place, is_folder = _place(one.file, one.code)
        places.setdefault((place, True) if is_folder else number, []).append(one)
    return [several[0] if len(several) == 1 else _as_one(several) for several in places.values()]


def _as_one(templates: Sequence[Diagnostic]) -> Diagnostic:
    first = templates[0]
    folder, _ = _place(first.file, first.code)
    message = f"holds {len(templates):,} files that are templates, not manifests"
    return replace(first, file=folder, line=0, message=message)


def _place(file: str, code: str) -> tuple[str, bool]:
    """Return the name to report, and whether it is a folder: a chart stands for its templates."""
    if code != TEMPLATE or not file:
        return file, False
    parents = PurePath(file).parents
    named = (folder for folder in parents if folder.name == _TEMPLATES)
    return str(next(named, parents[0])), True


def _matches(file: str, pattern: str) -> bool:
    name, pattern = _plain(file), _plain(pattern).rstrip("/")
    return bool(pattern) and (fnmatchcase(name, pattern) or fnmatchcase(name, f"{pattern}/*"))


def _plain(path: str) -> str:
    return path.removeprefix("./")
