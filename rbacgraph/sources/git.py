"""Manifests as they are at a revision of a Git repository; the work tree is not touched.

Objects are read by ``git ls-tree`` and ``git cat-file``, which run no hooks and no filters,
take no locks and fetch nothing.
"""

import io
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rbacgraph.errors import InputError, RbacGraphError
from rbacgraph.sources.locate import is_read

_LINK = "120000"
_BLOB = "blob"


class Blob(io.BytesIO):
    """A file's content, by the name that it has in the repository."""

    def __init__(self, name: str, content: bytes) -> None:
        super().__init__(content)
        self.name = name


class Files(NamedTuple):
    """The files of a revision, or of the work tree; what they hold is read when asked for.

    Parameters
    ----------
    folder:
        Somewhere in the repository.
    ids:
        By name in the repository the ids of what the files hold; empty in the work tree.
    top:
        The work tree, where it is that.
    """

    folder: str | os.PathLike[str]
    ids: Mapping[str, str]
    top: Path | None = None

    def blobs(self) -> Iterator[Blob]:
        """Yield all files with what they hold."""
        if self.top is None:
            yield from _contents(self.ids, self.folder)
        else:
            yield from (Blob(name, (self.top / name).read_bytes()) for name in self.ids)

    def opened(self, name: str) -> Blob | None:
        """Open one of the files again; None where it is none of them."""
        if name not in self.ids:
            return None
        return next(self._replace(ids={name: self.ids[name]}).blobs())


def files_at(
    revision: str | None, paths: Sequence[str] = (), folder: str | os.PathLike[str] = "."
) -> Files:
    """Find the files of a revision, by their names in the repository.

    Parameters
    ----------
    revision:
        A commit, as Git names it; ``A...B`` is where the two parted. None is the work tree,
        with what is not committed yet, but without what Git ignores.
    paths:
        Folders and files, from ``folder`` on; all of ``folder`` by default. In a folder only
        files whose suffix says YAML or JSON count.
    folder:
        Somewhere in the repository.

    Raises
    ------
    InputError
        Where there is no repository, no such revision, or a path lies outside.
    """
    asked = paths or (".",)
    if revision is not None:
        return Files(folder, _listed(resolve(revision, folder), asked, folder))
    _check_repository(folder)
    top = Path(os.fsdecode(_run(folder, "rev-parse", "--show-toplevel").rstrip(b"\n")))
    return Files(folder, dict.fromkeys(_now(asked, folder, top), ""), top)


def _now(paths: Sequence[str], folder: str | os.PathLike[str], top: Path) -> list[str]:
    found: set[str] = set()
    for path in paths:
        options = ("-z", "--full-name", "--cached", "--others", "--exclude-standard")
        listed = _run(folder, "ls-files", *options, "--", path)
        named = _in_repository(folder, path)
        names = (os.fsdecode(name) for name in listed.split(b"\0")[:-1])
        found.update(name for name in names if name == named or is_read(name))
    there = ((name, top / name) for name in sorted(found))
    return [name for name, file in there if file.is_file() and not file.is_symlink()]


def resolve(revision: str, folder: str | os.PathLike[str]) -> str:
    """Return the id of the commit that a revision names.

    Raises
    ------
    InputError
        Where it names none.
    """
    one, dots, other = revision.partition("...")
    if dots:
        ends = (resolve(one, folder), resolve(other, folder))
        done = _git(folder, "merge-base", *ends)
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
    """Return the id of a revision, ``""`` where there is none."""
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", revision)
    return _git(folder, *words).stdout.decode().strip()


_SHALLOW = "in a shallow clone, fetch it first: git fetch origin REVISION"


def _check_repository(folder: str | os.PathLike[str]) -> None:
    done = _git(folder, "rev-parse", "--git-dir")
    if done.returncode:
        why = _last_line(done.stderr)
        raise InputError(
            f"{Path(folder).resolve()} is in no Git repository that can be read: {why}",
            advice="run in the repository",
        )


def _listed(commit: str, paths: Sequence[str], folder: str | os.PathLike[str]) -> dict[str, str]:
    """Return by name the ids of all files at some paths that are to be read."""
    found: dict[str, str] = {}
    for path in paths:
        listed = _run(folder, "ls-tree", "-r", "-z", "--full-name", commit, "--", path)
        named = _in_repository(folder, path)
        for line in listed.split(b"\0")[:-1]:
            meta, _, raw = line.partition(b"\t")
            mode, sort, sha = meta.decode().split()
            name = os.fsdecode(raw)
            if sort == _BLOB and mode != _LINK and (name == named or is_read(name)):
                found[name] = sha
    return dict(sorted(found.items()))


def _in_repository(folder: str | os.PathLike[str], path: str) -> str:
    """Return the name in the repository of what may be a file."""
    prefix = os.fsdecode(_run(folder, "rev-parse", "--show-prefix").rstrip(b"\n"))
    return os.path.normpath(os.path.join(prefix, path))  # noqa: PTH118 - a name, not a file


def _run(folder: str | os.PathLike[str], *words: str) -> bytes:
    done = _git(folder, *words)
    if done.returncode:
        raise InputError(f"git: {_last_line(done.stderr)}")
    return done.stdout


def _contents(wanted: Mapping[str, str], folder: str | os.PathLike[str]) -> Iterator[Blob]:
    asked = "".join(f"{sha}\n" for sha in wanted.values()).encode()
    output = io.BytesIO(_git(folder, "cat-file", "--batch", text=asked).stdout)
    for name in wanted:
        words = output.readline().decode().split()
        if len(words) != 3:  # noqa: PLR2004 - id, sort, size
            raise InputError(
                f"{name}: the repository does not hold its content", advice="fetch it first"
            )
        content = output.read(int(words[2]))
        output.read(1)
        yield Blob(name, content)


def _git(
    folder: str | os.PathLike[str], *words: str, text: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
    try:
        return subprocess.run(  # noqa: S603 - no shell, and words that are no options
            ["git", "--literal-pathspecs", "-C", os.fspath(folder), *words],  # noqa: S607
            input=text,
            capture_output=True,
            check=False,
            env=environment,
        )
    except FileNotFoundError:
        raise RbacGraphError("git was not found", advice="install git") from None


def _last_line(text: bytes) -> str:
    lines = text.decode(errors="replace").strip().splitlines()
    return lines[-1].removeprefix("fatal: ") if lines else "git said nothing"
