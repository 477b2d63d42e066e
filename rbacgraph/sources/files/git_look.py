"""Lists the files at paths of a repository: those to read, and those left out."""

import os
import stat
from abc import abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from rbacgraph.sources.files.git_links import LINK, MISSING, OUTSIDE, SUBMODULE, RevisionTree
from rbacgraph.sources.files.git_run import git
from rbacgraph.sources.files.locate import is_read

_SUBMODULE = "is a repository of its own (a submodule)"
_NO_FILE = "is not a regular file (a pipe, socket or device)"


class LeftOut(NamedTuple):
    """A file at a named path that was not read.

    Parameters
    ----------
    name:
        Its name in the repository.
    why:
        The reason, as words that follow the name.
    content:
        A digest that shows whether it changed; ``""`` if that is not known.
    grave:
        Whether it may hold manifests.
    """

    name: str
    why: str
    content: str = ""
    grave: bool = True


class GitLook:
    """Looks at paths, and collects files.

    ``ids`` are the ids of the contents, by name in the repository; ``left_out`` is the rest.
    """

    def __init__(self) -> None:
        self.ids: dict[str, str] = {}
        self.left_out: dict[str, LeftOut] = {}
        self._folders: dict[str, str] = {}

    @abstractmethod
    def at(self, name: str) -> bool:
        """Add a file, or all files of a folder; False if there is nothing to read."""

    def folders_left_out(self, asked: Iterable[str]) -> Iterator[LeftOut]:
        """Yield the links to folders that were not looked at."""
        every = tuple(asked)
        for link, folder in self._folders.items():
            if not any(_is_in(folder, name) for name in every):
                why = f"is a link to the folder {folder or '.'}, which is not followed"
                yield LeftOut(link, why, grave=False)

    def _leave(self, name: str, why: str, content: str, *, grave: bool) -> None:
        self.left_out[name] = LeftOut(name, why, content, grave)


def _is_in(name: str, folder: str) -> bool:
    return not folder or name == folder or name.startswith(f"{folder}/")


class Revision(GitLook):
    """Looks at the tree of a revision."""

    def __init__(self, tree: RevisionTree) -> None:
        super().__init__()
        self._tree = tree

    def at(self, name: str) -> bool:
        """Add a file, or all files of a folder; False if there is nothing to read."""
        entries = self._tree.below(name)
        if not entries or (name in entries and entries[name].mode == LINK):
            ending = self._tree.ending(name)
            if ending.is_file:
                self.ids[ending.name] = ending.entry.sha
                return True
            if ending.is_folder:
                name = ending.name
                entries = self._tree.below(name)
        found = False
        for path, entry in entries.items():
            meant = path == name or is_read(path)
            if entry.mode == LINK:
                found |= self._link(path, entry.sha, meant=meant)
            elif entry.mode == SUBMODULE:
                self._leave(path, _SUBMODULE, f"{SUBMODULE} {entry.sha}", grave=True)
                found = True
            elif meant:
                self.ids[path] = entry.sha
                found = True
        return found

    def _link(self, path: str, sha: str, *, meant: bool) -> bool:
        ending = self._tree.ending(path)
        if ending.is_folder:
            self._folders[path] = ending.name
            return False
        if ending.is_file:
            if meant:
                self.ids[ending.name] = ending.entry.sha
            return meant
        why = ending.why or _SUBMODULE
        self._leave(path, why, f"{LINK} {self._tree.texts[sha]}", grave=meant)
        return meant


class WorkTree(GitLook):
    """Looks at the work tree, without what Git ignores."""

    def __init__(self, top: Path) -> None:
        super().__init__()
        self._top = top.resolve()
        self._folders_real: dict[Path, Path] = {}

    def at(self, name: str) -> bool:
        """Add a file, or all files of a folder; False if there is nothing to read."""
        path = self._top / name
        real = self._name(_resolved(path))
        if real is None or (path.is_symlink() and not path.exists()):
            return self._leave_link(name, OUTSIDE if real is None else MISSING, meant=True)
        options = ("-z", "--full-name", "--cached", "--others", "--exclude-standard")
        listed = git(self._top, "ls-files", *options, "--", real or ".").stdout
        found = False
        for one in sorted({os.fsdecode(one).rstrip("/") for one in listed.split(b"\0")[:-1]}):
            found |= self._one(one, meant=one == real or is_read(one))
        return found

    def _one(self, name: str, *, meant: bool) -> bool:
        path = self._top / name
        try:
            link = stat.S_ISLNK(path.lstat().st_mode)
            mode = path.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            why = OUTSIDE if self._name(_resolved(path)) is None else MISSING
            return path.is_symlink() and self._leave_link(name, why, meant=meant)
        except OSError as error:
            return self._leave_link(name, f"cannot be read: {error.strerror}", meant=meant)
        real = self._name(_resolved(path) if link else self._beside(path))
        if real is None or not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            return self._leave_link(name, OUTSIDE if real is None else _NO_FILE, meant=meant)
        if stat.S_ISDIR(mode):
            return self._folder(name, real, link=link)
        if meant:
            self.ids[real] = ""
        return meant

    def _folder(self, name: str, real: str, *, link: bool) -> bool:
        if link:
            self._folders[name] = real
        else:
            self._leave(name, _SUBMODULE, _commit(self._top / name), grave=True)
        return not link

    def _leave_link(self, name: str, why: str, *, meant: bool) -> bool:
        path = self._top / name
        text = f"{LINK} {path.readlink()}" if path.is_symlink() else ""
        self._leave(name, why, text, grave=meant)
        return meant

    def _beside(self, path: Path) -> Path:
        """Return a path whose folders hold no links; its last part may be one."""
        folder = path.parent
        if folder not in self._folders_real:
            self._folders_real[folder] = _resolved(folder)
        return self._folders_real[folder] / path.name

    def _name(self, real: Path) -> str | None:
        """Return the name in the repository of a path without links; None if it is outside."""
        if not real.is_relative_to(self._top):
            return None
        parts = real.relative_to(self._top).parts
        return None if parts[:1] == (".git",) else "/".join(parts)


def _resolved(path: Path) -> Path:
    return Path(os.path.realpath(path))  # a loop is no error here


def _commit(path: Path) -> str:
    """Return the commit id of a submodule; ``""`` if it is not checked out."""
    words = git(path, "rev-parse", "--show-toplevel", "HEAD").stdout.decode().split("\n")
    own = _resolved(Path(words[0])) == _resolved(path)
    return f"{SUBMODULE} {words[1]}" if own and len(words) > 1 else ""
