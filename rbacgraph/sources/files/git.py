"""Reads manifests at a revision of a Git repository, without touching the work tree.

rbacgraph reads objects by ``git ls-tree`` and ``git cat-file``, which run no hooks and no filters,
take no locks and fetch nothing. It follows a link to a file in the repository, as kubectl does; it
follows a link to a folder only if the caller names the link. It reports what it leaves out.
"""

import io
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from rbacgraph.errors import InputError
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.sources.diagnostics.problems import Problems
from rbacgraph.sources.files.file_tree import FileTree
from rbacgraph.sources.files.git_links import RevisionTree, contents
from rbacgraph.sources.files.git_look import GitLook, LeftOut, Revision, WorkTree, altered
from rbacgraph.sources.files.git_run import git, last_line, run

NOTHING_THERE = "nothing-there"
"""The code of a named path that holds nothing to read."""

_MOST_KEPT = 32 << 20
"""The bytes of contents that are kept: lines of a file are found in it, long after it is read."""


class Blob(io.BytesIO):
    """A file's content, with its name in the repository, and the files beside it."""

    def __init__(self, name: str, content: bytes, tree: FileTree | None = None) -> None:
        super().__init__(content)
        self.name = name
        self.tree = tree


class _Refused(Blob):
    """A file that exists and cannot be read."""

    def __init__(self, name: str, error: OSError, tree: FileTree) -> None:
        super().__init__(name, b"", tree)
        self._error = error

    def read(self, _size: int | None = -1, /) -> bytes:
        """Raise the reason."""
        raise self._error


class Files(NamedTuple):
    """The files of a revision, or of the work tree; contents are read on demand.

    ``ids``: the ids of the contents, by name in the repository; empty for what lies in the work
        tree.
    ``kept``: contents by id, the first that were read; git would start again for each.
    ``top``: the work tree, if the files are from there.
    ``left_out``: files that exist and are not read.
    ``nothing``: named paths that hold nothing to read.
    """

    folder: str | os.PathLike[str]
    ids: Mapping[str, str]
    tree: FileTree
    kept: dict[str, bytes]
    top: Path | None = None
    left_out: tuple[LeftOut, ...] = ()
    nothing: tuple[str, ...] = ()

    def blobs(self) -> Iterator[Blob]:
        """Yield all files with their contents."""
        texts = contents({name: sha for name, sha in self.ids.items() if sha}, self.folder)
        left = _MOST_KEPT
        for name, sha in self.ids.items():
            if sha:
                _, content = next(texts)
                left -= len(content)
                if left >= 0:
                    self.kept[sha] = content
                yield Blob(name, content, self.tree)
            else:
                assert self.top is not None
                yield _lying(name, self.top / name, self.tree)

    def opened(self, name: str) -> Blob | None:
        """Open one of the files again; None for another file."""
        if name not in self.ids:
            return None
        sha = self.ids[name]
        if sha in self.kept:
            return Blob(name, self.kept[sha], self.tree)
        return next(self._replace(ids={name: sha}, kept={}).blobs())

    def with_unread(self, snapshot: Snapshot) -> Snapshot:
        """Return the snapshot with the files that were not read."""
        problems = Problems()
        for path in self.nothing:
            problems.add(NOTHING_THERE, "holds nothing to read", file=path)
        for one in self.left_out:
            severity = "error" if one.grave else "warning"
            problems.add("left-out", one.why, file=one.name, advice=one.advice, severity=severity)
        known = {one.name: one.content for one in self.left_out}
        unread = (
            replace(one, content=known.get(name, "")) for name, one in problems.unread.items()
        )
        diagnostics = (*problems.result(), *snapshot.diagnostics)
        return replace(snapshot, diagnostics=diagnostics, unread=(*unread, *snapshot.unread))


def _lying(name: str, path: Path, tree: FileTree) -> Blob:
    try:
        return Blob(name, path.read_bytes(), tree)
    except OSError as error:
        return _Refused(name, error, tree)


def files_at(
    revision: str | None, paths: Sequence[str] = (), folder: str | os.PathLike[str] = "."
) -> Files:
    """Return the files of a revision, by their names in the repository.

    ``revision``: a commit, as Git names it; ``A...B`` is the merge base. None is the work tree,
        with uncommitted files, but without ignored ones.
    ``paths``: folders and files, relative to ``folder``; by default all of ``folder``. In a folder
        only files with a suffix of YAML or JSON count.
    Raises InputError if there is no repository, no such revision, or a path is outside.
    """
    asked = _in_repository(folder, paths or (".",))
    if revision is None:
        top = Path(os.fsdecode(run(folder, "rev-parse", "--show-toplevel").rstrip(b"\n")))
        look: GitLook = WorkTree(top)
        commit = ""
    else:
        commit = resolve(revision, folder)
        top, look = None, Revision(RevisionTree(folder, commit))
    nothing = tuple(path for path, name in asked.items() if not look.at(name))
    ids = dict(sorted(look.ids.items()))
    left_out = (
        *look.left_out.values(),
        *look.folders_left_out(asked.values()),
        *altered(_top(folder), ids, commit),
    )
    return Files(folder, ids, look.tree, {}, top, left_out, nothing if paths else ())


def _top(folder: str | os.PathLike[str]) -> str | os.PathLike[str]:
    """Return the top of the work tree; the folder itself in a bare repository."""
    done = git(folder, "rev-parse", "--show-toplevel")
    return os.fsdecode(done.stdout.rstrip(b"\n")) if not done.returncode else folder


def _in_repository(folder: str | os.PathLike[str], paths: Sequence[str]) -> dict[str, str]:
    """Return the names of some paths in the repository; ``""`` for its top.

    Raises InputError if there is no repository, or a path is outside.
    """
    _check_repository(folder)
    prefix = os.fsdecode(run(folder, "rev-parse", "--show-prefix").rstrip(b"\n"))
    found: dict[str, str] = {}
    for path in paths:
        name = os.path.join(prefix, path)  # noqa: PTH118 - a name, not a file
        if os.path.isabs(path):  # noqa: PTH117
            top = os.fsdecode(run(folder, "rev-parse", "--show-toplevel").rstrip(b"\n"))
            name = os.path.relpath(path, top)
        name = os.path.normpath(name)
        if name == ".." or name.startswith("../"):
            raise InputError(f"{path} is outside repository {Path(folder).resolve()}")
        found[path] = "" if name == "." else name
    return found


def resolve(revision: str, folder: str | os.PathLike[str]) -> str:
    """Return the id of the commit that a revision names."""
    one, dots, other = revision.partition("...")
    if dots:
        ends = (resolve(one, folder), resolve(other, folder))
        done = git(folder, "merge-base", *ends)
        if done.returncode or not done.stdout.strip():
            raise InputError(f"{one} and {other} have no commit in common", advice=_SHALLOW)
        return done.stdout.decode().split()[0]
    _check_repository(folder)
    for kind in ("commit", "tree"):
        if found := _verified(f"{revision}^{{{kind}}}", folder):
            return found
    advice = _SHALLOW if _verified("HEAD", folder) else "the repository has no commit yet"
    raise InputError(f"the repository has no revision {revision!r}", advice=advice)


def _verified(revision: str, folder: str | os.PathLike[str]) -> str:
    """Return the id of a revision; ``""`` if there is none."""
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", revision)
    return git(folder, *words).stdout.decode().strip()


_SHALLOW = "in a shallow clone, fetch it first: git fetch origin REVISION"


def _check_repository(folder: str | os.PathLike[str]) -> None:
    done = git(folder, "rev-parse", "--git-dir")
    if done.returncode:
        why = last_line(done.stderr)
        raise InputError(
            f"{Path(folder).resolve()} is in no Git repository that can be read: {why}",
            advice="run in the repository",
        )
