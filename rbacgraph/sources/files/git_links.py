"""Follows symbolic links within the tree of a revision, which no file system follows."""

import io
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from rbacgraph.errors import InputError
from rbacgraph.sources.files.file_tree import Sort
from rbacgraph.sources.files.git_run import git, run

LINK = "120000"
FOLDER = "040000"
SUBMODULE = "160000"

OUTSIDE = "is a link that leads out of the repository"
MISSING = "is a link to what is not there"
_LOOP = "is a link that leads back to itself"
IN_SUBMODULE = "leads into a submodule"
_MOST = 40


class TreeEntry(NamedTuple):
    """The mode of a file, as Git writes it, and the id of its content."""

    mode: str
    sha: str


class Ending(NamedTuple):
    """The target of a name when all links in it are followed.

    ``name``: the name without links; ``""`` for the top of the tree.
    ``entry``: the entry of that name, or of the submodule that it is in.
    ``why``: why there is no target in the tree; ``""`` if there is one.
    """

    name: str
    entry: TreeEntry
    why: str = ""

    @property
    def is_folder(self) -> bool:
        """Whether the target is a folder."""
        return not self.why and self.entry.mode == FOLDER

    @property
    def commit(self) -> str:
        """The commit of the submodule that the name is, or is in; ``""`` if it is in none."""
        return f"{SUBMODULE} {self.entry.sha}" if self.entry.mode == SUBMODULE else ""

    @property
    def is_file(self) -> bool:
        """Whether the target is a file."""
        return not self.why and self.entry.mode not in {FOLDER, SUBMODULE}


class RevisionTree:
    """The tree of a revision."""

    def __init__(self, folder: str | os.PathLike[str], revision: str) -> None:
        self._folder = folder
        self._revision = revision

    def entries(self, name: str) -> dict[str, TreeEntry]:
        """Return every file at or below a name, by name; ``""`` is the top."""
        words = ("-r", "-z", "--full-tree", self._revision, "--", *filter(None, (name,)))
        return _entries(run(self._folder, "ls-tree", *words))

    def ending(self, name: str) -> Ending:
        """Follow all links in a name."""
        return follow(self._every, name, lambda sha: self.targets.get(sha, ""))

    def sort(self, name: str) -> Sort:
        """Return what a name is."""
        ending = self.ending(name)
        if ending.commit:
            return "submodule"
        return "folder" if ending.is_folder else "file" if ending.is_file else ""

    def real(self, name: str) -> str:
        """Return the name without links."""
        return self.ending(name).name

    def below(self, folder: str) -> Iterator[str]:
        """Yield the names of all files in a folder, and in the folders there."""
        yield from self._below(folder, frozenset())

    def _below(self, folder: str, passed: frozenset[str]) -> Iterator[str]:
        real = self.ending(folder).name
        inner = f"{real}/" if real else ""
        for name in [one for one in self._every if one.startswith(inner)]:
            shown = "/".join(filter(None, (folder, name.removeprefix(inner))))
            mode = self._every[name].mode
            ending = self.ending(name) if mode == LINK else None
            if ending and ending.is_folder:
                if ending.name not in {real, *passed}:
                    yield from self._below(shown, passed | {real})
            elif mode not in {FOLDER, SUBMODULE}:
                yield shown

    def texts(self, names: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """Yield the contents of files, the targets of links that lead to none, and commits."""
        endings = {name: self.ending(name) for name in names}
        for name, one in endings.items():
            if one.commit:
                yield name, one.commit.encode()
        ids = {
            name: one.entry.sha
            for name, one in endings.items()
            if one.is_file or one.entry.mode == LINK
        }
        yield from contents(ids, self._folder)

    @cached_property
    def _every(self) -> Mapping[str, TreeEntry]:
        return _entries(
            run(self._folder, "ls-tree", "-r", "-t", "-z", "--full-tree", self._revision)
        )

    @cached_property
    def targets(self) -> Mapping[str, str]:
        """The targets of the tree's links, by the ids of their contents."""
        ids = {entry.sha: entry.sha for entry in self._every.values() if entry.mode == LINK}
        return {sha: os.fsdecode(text) for sha, text in contents(ids, self._folder)}


def _entries(listed: bytes) -> dict[str, TreeEntry]:
    found: dict[str, TreeEntry] = {}
    for line in listed.split(b"\0")[:-1]:
        meta, _, raw = line.partition(b"\t")
        mode, _, sha = meta.decode().split()
        found[os.fsdecode(raw)] = TreeEntry(mode, sha)
    return found


def contents(
    wanted: Mapping[str, str], folder: str | os.PathLike[str]
) -> Iterator[tuple[str, bytes]]:
    """Yield the contents of files by name, from the ids of the contents.

    Raises InputError if the repository lacks one of them.
    """
    asked = "".join(f"{sha}\n" for sha in wanted.values()).encode()
    output = io.BytesIO(git(folder, "cat-file", "--batch", text=asked).stdout)
    for name in wanted:
        words = output.readline().decode().split()
        if len(words) != 3:  # noqa: PLR2004 - id, sort, size
            raise InputError(
                f"{name}: the repository does not hold its content", advice="fetch it first"
            )
        content = output.read(int(words[2]))
        output.read(1)
        yield name, content


def follow(tree: Mapping[str, TreeEntry], name: str, text_of: Callable[[str], str]) -> Ending:
    """Follow all links in a name, as a file system does.

    ``tree``: every entry by name, folders too.
    ``text_of``: returns the target of a link, from the id of its content.

    Examples
    --------
    >>> tree = {"a": TreeEntry(FOLDER, ""), "a/b": TreeEntry(LINK, "1")}
    >>> tree["c"] = TreeEntry("100644", "2")
    >>> follow(tree, "a/b", {"1": "../c"}.__getitem__).name
    'c'
    >>> follow(tree, "a/b", {"1": "../../c"}.__getitem__).why
    'is a link that leads out of the repository'
    """
    todo, done = name.split("/")[::-1], list[str]()
    entry, links = TreeEntry(FOLDER, ""), 0
    while todo:
        part = todo.pop()
        if part in {"", "."}:
            continue
        if part == "..":
            if not done:
                return Ending(name, entry, OUTSIDE)
            done.pop()
            entry = tree.get("/".join(done), TreeEntry(FOLDER, ""))
            continue
        found = tree.get("/".join((*done, part)))
        if found is None and entry.mode == SUBMODULE:
            return Ending("/".join((*done, part, *reversed(todo))), entry, IN_SUBMODULE)
        if found is None:
            return Ending(name, entry, MISSING)
        if found.mode != LINK:
            done.append(part)
            entry = found
            continue
        links += 1
        text = text_of(found.sha)
        if links > _MOST or text.startswith("/"):
            return Ending(name, found, _LOOP if links > _MOST else OUTSIDE)
        todo += text.split("/")[::-1]
    return Ending("/".join(done), entry)
