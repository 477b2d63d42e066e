"""Finds the inputs that the caller names: files, folders, globs, standard input, open files."""

import glob
import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, NamedTuple, TypeAlias

from rbacgraph.errors import InputError, UsageError
from rbacgraph.sources.diagnostics.problems import Problems

Source: TypeAlias = "str | os.PathLike[str] | IO[bytes]"

MANIFESTS = re.compile(r"\.(?:yaml|yml|json|jsonl|ndjson)$|(?:^|/)Kustomization$")
DUMPS = re.compile(rf"\.(?:hcl|env|ini|dec)$|{MANIFESTS.pattern}")
LOGS = re.compile(r"\.(?:log(?:[.-][\w.-]+)?|json|jsonl|ndjson)$")
"""The names of files in a folder: manifests; these, Vault's policies and files of SOPS; logs."""

_GIT = ".git"
"""Git's own folder: a branch called ``fix.yaml`` is a file there, but nothing of the input."""


class FoundFile(NamedTuple):
    """One file to read: its name, and what to open."""

    name: str
    source: Source


def locate(
    sources: Iterable[Source], problems: Problems, names: re.Pattern[str] = MANIFESTS
) -> list[FoundFile]:
    """Return the files of the sources, each once, folders in order of name.

    In a folder only files with a known suffix count, compressed ones too; rbacgraph reads a file
    that the caller names whatever its suffix.

    Raises InputError if a path does not exist or a glob matches nothing.
    """
    found: list[FoundFile] = []
    seen: set[object] = set()
    for source in sources:
        for file in _expand(source, problems, names):
            key = _identity(file.source)
            if key not in seen:
                seen.add(key)
                found.append(file)
    return found


def is_read(name: str) -> bool:
    """Whether the suffix of a file in a folder shows that it may hold objects.

    Examples
    --------
    >>> is_read("rbac.yaml"), is_read("dump.json.zst"), is_read("README.md")
    (True, True, False)
    """
    return _is_called(name, DUMPS)


def _is_called(name: str, names: re.Pattern[str]) -> bool:
    return bool(names.search(name.removesuffix(".gz").removesuffix(".zst")))


def _expand(source: Source, problems: Problems, names: re.Pattern[str]) -> Iterator[FoundFile]:
    if not isinstance(source, str | os.PathLike):
        if not hasattr(source, "read"):
            raise UsageError(
                f"{source!r} is no source", advice="give a path, '-' or an open binary file"
            )
        name = getattr(source, "name", "")
        yield FoundFile(name if isinstance(name, str) and name else "<stream>", source)
        return
    path = os.fspath(source)
    if not path:
        raise UsageError("a source is empty", advice="name a file or folder, or '-' for stdin")
    if path == "-" and sys.stdin is None:
        raise InputError("standard input is closed")
    if path == "-":
        yield FoundFile("<stdin>", sys.stdin.buffer)
    elif Path(path).is_dir():
        yield from _walk(path, problems, names)
    elif os.path.lexists(path):
        yield FoundFile(path, path)
    else:
        yield from _glob(path, problems, names)


def _glob(pattern: str, problems: Problems, names: re.Pattern[str]) -> Iterator[FoundFile]:
    if not glob.has_magic(pattern):
        raise InputError(
            f"there is no file or folder {pattern!r}",
            advice="check the path; '-' reads standard input",
        )
    matches = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - also absolute ones
    if not matches:
        raise InputError(f"nothing matches {pattern!r}", advice="check the pattern and its quotes")
    for match in matches:
        yield from _expand(match, problems, names)


def _walk(folder: str, problems: Problems, names: re.Pattern[str]) -> Iterator[FoundFile]:
    def unreadable(error: OSError) -> None:
        path = error.filename if isinstance(error.filename, str) else folder
        report_unreadable(problems, path, error)

    top = os.path.realpath(folder)
    for parent, folders, files in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(one for one in folders if one != _GIT)
        _report_links(Path(parent), folders, Path(folder), problems)
        for name in sorted(files):
            if not _is_called(name, names):
                continue
            path = str(Path(parent, name))
            try:
                regular = stat.S_ISREG(Path(path).stat().st_mode)
                if regular and Path(path).is_symlink() and _is_walked(path, top, names):
                    continue  # what depends on a path depends on the file's own
            except OSError as error:
                report_unreadable(problems, path, error)
                continue
            if regular:
                yield FoundFile(path, path)
            else:
                problems.add(
                    "unreadable",
                    "is not a regular file (a pipe, socket or device) and was not read",
                    file=path,
                    advice="name it itself if it is meant",
                    severity="error",
                )


def _is_walked(link: str, top: str, names: re.Pattern[str]) -> bool:
    """Whether a link leads to a file that the walk of a folder comes to without links.

    Volumes of ConfigMaps hold links to ``..data``: there the link has the name that people know.
    """
    real = Path(os.path.realpath(link))
    if not (real.is_relative_to(top) and _is_called(real.name, names)):
        return False
    return not any(one == _GIT or one.startswith("..") for one in real.relative_to(top).parts)


def _report_links(parent: Path, folders: Iterable[str], top: Path, problems: Problems) -> None:
    """Warn of links to folders outside: rbacgraph, like kubectl, does not follow them."""
    for path in (parent / name for name in folders):
        real = Path(os.path.realpath(path))
        if path.is_symlink() and not real.is_relative_to(os.path.realpath(top)):
            problems.add(
                "left-out",
                "is a link to a folder elsewhere, which is not followed",
                file=str(path),
                advice="name it itself if it is meant",
            )


def report_unreadable(problems: Problems, path: str, error: OSError) -> None:
    """Report a file or folder that cannot be read."""
    problems.add(
        "unreadable",
        f"cannot be read: {error.strerror or type(error).__name__}",
        file=path,
        advice="nothing of it is in the answer",
        severity="error",
    )


def _identity(source: Source) -> object:
    if isinstance(source, str | os.PathLike):
        return os.path.realpath(source)
    return id(source)
