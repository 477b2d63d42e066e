"""Files and lists that were not read whole: a gate must not pass what they may hold."""

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import PurePath

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.model.inputs.diagnostic import UNLISTED, Diagnostic

TEMPLATE = "template"
"""The code of a file that is yet to be filled in."""

_TEMPLATES = "templates"


class UnreadFile(Struct, frozen=True, omit_defaults=True):
    """A file of which something was left out, or a list of a live cluster, with the first reason.

    Parameters
    ----------
    file, line, code, message:
        As of the diagnostic that tells it; ``file`` is ``""`` where it concerns no one file. Of
        a list it is the resource: ``rolebindings``.
    content:
        A digest by which the same content is known again; ``""`` where that is not known. It
        is in no answer, and no saved snapshot: it is made of what a Secret may hold.
    """

    file: str
    line: int = 0
    code: str = ""
    message: str = ""
    content: str = ""


class Unread(Struct, frozen=True):
    """What a gate did not read: a file, or a folder of several templates.

    Parameters
    ----------
    file:
        The file or the folder.
    line, message:
        Where and why, of a folder those of its first file.
    files:
        How many files these are; 0 for a list of a live cluster.
    """

    file: str
    line: int
    message: str
    files: int = 1


def unread_of(found: Iterable[UnreadFile], allowed: Sequence[str] = ()) -> tuple[Unread, ...]:
    """Return what was not read and no pattern allows, the templates of a folder as one.

    Parameters
    ----------
    found:
        The files.
    allowed:
        Patterns as in a shell, where ``*`` is also for ``/``; one that matches a folder stands
        for all that is in it.

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
            places.setdefault(_place(one.file, one.code), []).append(one)
    return tuple(
        Unread(place, 0, several[0].message, len(several))
        if len(several) > 1
        else Unread(several[0].file, several[0].line, several[0].message, _files(several[0]))
        for (place, _), several in places.items()
    )


def _files(one: UnreadFile) -> int:
    return 0 if one.code in UNLISTED else 1


def changed(old: Iterable[UnreadFile], new: Iterable[UnreadFile]) -> Iterator[UnreadFile]:
    """Yield the files of two sides whose content one of them alone has, each name once.

    What both sides hold, be it under another name, opens and closes nothing.
    """
    sides = list(old), list(new)
    before, after = ({one.content for one in side} - {""} for side in sides)
    both = before & after
    found = {one.file: one for side in sides for one in side if one.content not in both}
    yield from found.values()


def folded(errors: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Make one of the diagnostics about all templates of a folder."""
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
    """Return what is named, and whether it is a folder: of a template, in a chart that of all."""
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
