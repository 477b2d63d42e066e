"""Lists the files at paths of a repository: those to read, and those left out."""

import os
import stat
from abc import abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path, PurePath
from typing import NamedTuple

from rbacgraph.sources.files import git_links
from rbacgraph.sources.files.file_tree import DiskTree, FileTree, Sort
from rbacgraph.sources.files.git_run import git
from rbacgraph.sources.files.locate import is_read

_SUBMODULE = "is a repository of its own (a submodule)"
_SKIPPED = b"S "
"""What ``git ls-files -t`` says of a file that a sparse checkout leaves out."""
_SPARSE = "is a link that the sparse checkout leaves out"
_NO_FILE = "is not a regular file (a pipe, socket or device)"


class LeftOut(NamedTuple):
    """A file at a named path that was not read.

    ``content``: a digest that shows whether it changed; ``""`` if that is not known.
    ``grave``: whether it may hold manifests.
    ``advice``: what that means.
    """

    name: str
    why: str
    content: str = ""
    grave: bool = True
    advice: str = "nothing of it is in the answer"


class GitLook:
    """Looks at paths, and collects files.

    ``ids`` are the ids of the contents, by name in the repository; ``left_out`` is the rest;
    ``tree`` is everything beside them.
    """

    tree: FileTree

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


_ALTERING = {
    "filter": "passes a filter of .gitattributes: others read what that makes of it",
    "export-ignore": "is left out of archives of the repository (export-ignore)",
    "export-subst": "is altered in archives of the repository (export-subst)",
}
_SAME = frozenset({"unspecified", "unset"})
_LFS = "lfs"
"""A filter whose pointers the readers know by their text."""


def altered(
    folder: str | os.PathLike[str], ids: Mapping[str, str], revision: str = ""
) -> Iterator[LeftOut]:
    """Yield the files that attributes alter on the way to others; these are read as Git has them.

    Source: git's documentation of ``gitattributes`` and ``git-check-attr``.

    ``ids``: the ids of the contents by name; ``""`` for what lies in the work tree.
    ``revision``: whose attributes count; ``""`` for those of the work tree. A git before 2.40 knows
        these alone.
    """
    words, text = ["check-attr", "-z", "--stdin", "-a"], os.fsencode("\0".join(ids))
    done = git(folder, *words, *([f"--source={revision}"] if revision else []), text=text)
    if done.returncode and revision:
        done = git(folder, *words, text=text)
    told = os.fsdecode(done.stdout).split("\0")[:-1]
    for name, attribute, value in zip(told[::3], told[1::3], told[2::3], strict=True):
        alters = attribute in _ALTERING and value not in _SAME
        if alters and (attribute, value) != ("filter", _LFS):
            sha = ids[name] or _id_of(folder, name)
            content = f"{attribute} {value} {sha}"
            advice = "rbacgraph reads what Git stores"
            yield LeftOut(name, _ALTERING[attribute], content, advice=advice)


def _id_of(folder: str | os.PathLike[str], name: str) -> str:
    """Return the id of a content in the work tree, which Git itself would alter first."""
    done = git(folder, "hash-object", "--no-filters", "--", name)
    return done.stdout.decode().strip()


class Revision(GitLook):
    """Looks at the tree of a revision."""

    tree: git_links.RevisionTree

    def __init__(self, tree: git_links.RevisionTree) -> None:
        super().__init__()
        self.tree = tree

    def at(self, name: str) -> bool:
        """Add a file, or all files of a folder; False if there is nothing to read."""
        entries = self.tree.entries(name)
        if not entries or (name in entries and entries[name].mode == git_links.LINK):
            ending = self.tree.ending(name)
            if ending.commit:
                return self._leave_submodule(name, ending, meant=True)
            if ending.is_file:
                self.ids[ending.name] = ending.entry.sha
                return True
            if ending.is_folder:
                name = ending.name
                entries = self.tree.entries(name)
        found = False
        for path, entry in entries.items():
            meant = path == name or is_read(path)
            if entry.mode == git_links.LINK:
                found |= self._link(path, entry.sha, meant=meant)
            elif entry.mode == git_links.SUBMODULE:
                found |= self._leave_submodule(path, git_links.Ending(path, entry), meant=True)
            elif meant:
                self.ids[path] = entry.sha
                found = True
        return found

    def _link(self, path: str, sha: str, *, meant: bool) -> bool:
        ending = self.tree.ending(path)
        if ending.is_folder:
            self._folders[path] = ending.name
            return False
        if ending.is_file:
            if meant:
                self.ids[ending.name] = ending.entry.sha
            return meant
        if ending.commit:
            return self._leave_submodule(path, ending, meant=meant)
        self._leave(path, ending.why, f"{git_links.LINK} {self.tree.targets[sha]}", grave=meant)
        return meant

    def _leave_submodule(self, name: str, ending: git_links.Ending, *, meant: bool) -> bool:
        why = ending.why or _SUBMODULE
        self._leave(name, why, f"{ending.commit} {ending.name}", grave=meant)
        return meant


class WorkTree(GitLook):
    """Looks at the work tree, without what Git ignores."""

    tree: "_WorkFiles"

    def __init__(self, top: Path) -> None:
        super().__init__()
        self._top = top.resolve()
        self.tree = _WorkFiles(self._top)
        self._folders_real: dict[Path, Path] = {}

    def at(self, name: str) -> bool:
        """Add a file, or all files of a folder; False if there is nothing to read."""
        path = self._top / name
        real = self._name(_resolved(path))
        if real and self.tree.submodule(real):
            return self._leave_submodule(name, real, meant=True)
        if real is None or (path.is_symlink() and not path.exists()):
            return self._leave_link(
                name, git_links.OUTSIDE if real is None else git_links.MISSING, meant=True
            )
        names = _listed(self._top, real or ".")
        found = False
        for one in sorted(names):
            meant = one == real or is_read(one)
            if names[one] == _SKIPPED and meant and not (self._top / one).is_symlink():
                found |= self._skipped(one)
            else:
                found |= self._one(one, meant=meant)
        return found

    def _skipped(self, name: str) -> bool:
        """Add a file that a sparse checkout leaves out: the index has its content."""
        path = self._top / name
        if path.exists():
            return self._one(name, meant=True)
        mode, sha = _staged(self._top, name)
        if mode not in {git_links.LINK, git_links.SUBMODULE}:
            self.ids[name] = sha
            return True
        self._leave(name, _SPARSE, sha, grave=True)
        return True

    def _one(self, name: str, *, meant: bool) -> bool:
        path = self._top / name
        target = self._name(_resolved(path)) if path.is_symlink() else ""
        if target and self.tree.submodule(target):
            return self._leave_submodule(name, target, meant=meant)
        try:
            link = stat.S_ISLNK(path.lstat().st_mode)
            mode = path.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            why = git_links.OUTSIDE if self._name(_resolved(path)) is None else git_links.MISSING
            return path.is_symlink() and self._leave_link(name, why, meant=meant)
        except OSError as error:
            return self._leave_link(name, f"cannot be read: {error.strerror}", meant=meant)
        real = self._name(_resolved(path) if link else self._beside(path))
        if real is None or not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            return self._leave_link(
                name, git_links.OUTSIDE if real is None else _NO_FILE, meant=meant
            )
        if stat.S_ISDIR(mode):
            return self._folder(name, real, link=link)
        if meant:
            self.ids[real] = ""
        return meant

    def _folder(self, name: str, real: str, *, link: bool) -> bool:
        if not link:
            return self._leave_submodule(name, real, meant=True)
        self._folders[name] = real
        return False

    def _leave_submodule(self, name: str, real: str, *, meant: bool) -> bool:
        module = self.tree.submodule(real)
        commit = _commit(self._top, module)
        why = _SUBMODULE if real == module else git_links.IN_SUBMODULE
        self._leave(name, why, f"{commit} {real}" if commit else "", grave=meant)
        return meant

    def _leave_link(self, name: str, why: str, *, meant: bool) -> bool:
        path = self._top / name
        text = f"{git_links.LINK} {path.readlink()}" if path.is_symlink() else ""
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


def _listed(top: Path, name: str) -> dict[str, bytes]:
    """Return the files at or below a name that Git does not ignore, with what Git says of each."""
    options = ("-z", "-t", "--full-name", "--cached", "--others", "--exclude-standard")
    listed = git(top, "ls-files", *options, "--", name).stdout.split(b"\0")[:-1]
    return {os.fsdecode(one[2:]).rstrip("/"): one[:2] for one in listed}


class _WorkFiles(DiskTree):
    """The files of a work tree, without what Git ignores."""

    def __init__(self, top: Path) -> None:
        super().__init__(top)
        self._root = top

    @cached_property
    def _names(self) -> Mapping[str, bytes]:
        return _listed(self._root, ".")

    def submodule(self, name: str) -> str:
        """Return the repository of its own that a name is, or is in; ``""`` for none."""
        real = PurePath(os.path.relpath(_resolved(self._root / name), self._root))
        held = next((str(one) for one in (real, *real.parents) if str(one) in self._names), "")
        return held if held and (self._root / held).is_dir() else ""

    def sort(self, name: str) -> Sort:
        """Return what a name is, also where a sparse checkout leaves it out."""
        if self._names.get(name) == _SKIPPED:
            return "file"
        if self.submodule(name):
            return "submodule"
        inner = any(one.startswith(f"{name}/") for one in self._names)
        return super().sort(name) or ("folder" if inner else "")

    def below(self, folder: str) -> Iterator[str]:
        """Yield the names of all files in a folder, and in the folders there."""
        real = os.path.relpath(_resolved(self._root / folder), self._root)
        known = {one for one in self._names if real == "." or one.startswith(f"{real}/")}
        left_out = {one for one in known if self._names[one] == _SKIPPED}
        for name in {*super().below(folder), *left_out}:
            if os.path.relpath(_resolved(self._root / name), self._root) in self._names:
                yield name

    def texts(self, names: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """Yield the contents of files, from the index where a sparse checkout leaves them out."""
        modules = {name: self.submodule(name) for name in names}
        yield from super().texts([name for name in names if not modules[name]])
        for name in names:
            if modules[name]:
                yield name, _commit(self._root, modules[name]).encode()
            if self._names.get(name) == _SKIPPED and not (self._root / name).exists():
                yield name, git(self._root, "cat-file", "blob", f":{name}").stdout


def _resolved(path: Path) -> Path:
    return Path(os.path.realpath(path))  # a loop is no error here


def _staged(top: Path, name: str) -> tuple[str, str]:
    """Return the mode and the id that the index has of a name."""
    staged = git(top, "ls-files", "-z", "--stage", "--full-name", "--", name).stdout
    mode, _, rest = staged.partition(b"\t")[0].decode().partition(" ")
    return mode, rest.split(" ")[0]


def _commit(top: Path, name: str) -> str:
    """Return the commit of a submodule, that of the index where it is not checked out.

    It is ``""`` where neither is known.
    """
    path = top / name
    words = git(path, "rev-parse", "--show-toplevel", "HEAD").stdout.decode().split("\n")
    own = _resolved(Path(words[0])) == _resolved(path)
    mode, sha = (git_links.SUBMODULE, words[1]) if own and len(words) > 1 else _staged(top, name)
    return f"{git_links.SUBMODULE} {sha}" if mode == git_links.SUBMODULE else ""
