"""Finds the files that mean something only once a chart or a kustomization is built.

rbacgraph reads manifests as they stand. What a chart holds and what a kustomization changes is
unread: a gate must not pass it, whatever it looks like by itself.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from posixpath import basename, dirname, normpath, relpath
from typing import NamedTuple

from msgspec.structs import replace

from rbacgraph.model.inputs.unread import BUILT, UnreadFile
from rbacgraph.sources.builds import kustomizations, values_files
from rbacgraph.sources.builds.kustomizations import Kustomization, kustomization
from rbacgraph.sources.diagnostics.problems import printable
from rbacgraph.sources.files.file_tree import DiskTree, FileTree

_CHART = "Chart.yaml"
_TEMPLATES = "templates"
_ACTION = b"{{"
_FILES = b".Files"
"""How a template reads other files of its chart. Source: helm ``pkg/engine/files.go``."""

_ONE = frozenset({"file", "submodule"})
"""What has one content; nobody looks into a submodule."""

_LOCAL = "file://"
_PLAIN_NAMES = ("readme", "license", "changelog", "notes.txt", "owners", ".gitignore")
_PICTURES = (".md", ".png", ".svg", ".jpg", ".gotmpl")

_OF_CHART = "belongs to a chart, which is not rendered"
_VALUES = "holds values of a chart, which is not rendered"
_NAMED = "is named by a kustomization, and is not below what was read"
_PART = "is part of a kustomization"
_NOT_BUILT = "rbacgraph does not build it"


class _Looked(NamedTuple):
    """What was seen of a file that a reader opened."""

    tree: FileTree | None
    is_template: bool = False
    kustomization: Kustomization | None = None
    values: values_files.NamedValues | None = None
    beside: tuple[str, ...] = ()
    objects: frozenset[str] = frozenset()


class BuiltFiles:
    """Collects charts, kustomizations and names of values while files are read."""

    def __init__(self) -> None:
        self._looked: dict[str, _Looked] = {}
        self._any = False

    def look(self, name: str, source: object, data: bytes) -> bool:
        """Look at a file that is read; return whether no reader of objects needs to.

        ``source``: where it is from: a path, or a stream that may know the files beside it.
        ``data``: its text, as far as it is needed.
        """
        tree = getattr(source, "tree", None) or (DiskTree() if isinstance(source, str) else None)
        own = basename(name)
        in_chart = _is_template(name)
        is_kustomization, is_chart = own in kustomizations.FILES, own == _CHART
        self._any |= in_chart or is_kustomization or is_chart
        one = _Looked(tree, in_chart and _ACTION in data, objects=values_files.object_names(data))
        if is_kustomization or is_chart or values_files.names_values(data):
            documents = list(_parsed(data))
            one = one._replace(
                kustomization=_only(documents) if is_kustomization else None,
                beside=tuple(_beside(dirname(name), documents)) if is_chart else (),
                values=_joined(map(values_files.named_values, documents)),
            )
        self._looked[name] = one
        return is_chart and not any(map(_has_kind, documents))

    def kinds_of(self, name: str) -> frozenset[str]:
        """Return the kinds of objects of a file that are looked into here, as printed."""
        one = self._looked.get(name)
        return kustomizations.PRINTED if one and one.kustomization else frozenset()

    def unread(self, no_manifests: Collection[str]) -> dict[str, UnreadFile]:
        """Return the files that are not read as what they are built into."""
        if not self._any:
            return {}
        manifests = frozenset(name for name in self._looked if name not in no_manifests)
        return _Search(self._looked, manifests).result()


def _parsed(data: bytes) -> Iterator[object]:
    from rbacgraph.sources.yaml.from_yaml import documents
    from rbacgraph.sources.yaml11 import faults, parser

    for _, piece in documents(data):
        with suppress(UnicodeDecodeError, faults.YamlFault):
            yield parser.load(piece.decode()).value


def _only(documents: list[object]) -> Kustomization | None:
    found = kustomization(documents[0]) if documents else None
    if found and documents[1:]:
        found = found._replace(more=(*found.more, "several documents"))
    return found


def _joined(several: Iterable[values_files.NamedValues]) -> values_files.NamedValues:
    found = list(several)
    return values_files.NamedValues(
        tuple(file for one in found for file in one.files),
        frozenset(name for one in found for name in one.objects),
        tuple(chart for one in found for chart in one.charts),
    )


def _beside(folder: str, documents: Iterable[object]) -> Iterator[str]:
    """Yield the folders of the charts that a chart names as lying beside it."""
    for document in documents:
        found = document.get("dependencies") if isinstance(document, dict) else None
        for one in found if isinstance(found, list) else ():
            place = one.get("repository") if isinstance(one, dict) else None
            if isinstance(place, str) and place.startswith(_LOCAL):
                yield _joined_path(folder, place.removeprefix(_LOCAL))


def _has_kind(document: object) -> bool:
    return isinstance(document, dict) and "kind" in document


class _Search:
    """Finds the unread files from what was seen."""

    def __init__(self, looked: dict[str, _Looked], manifests: frozenset[str]) -> None:
        self._looked = looked
        self._manifests = manifests
        self._names = {normpath(name): name for name in looked}
        self._found: dict[str, tuple[UnreadFile, FileTree | None]] = {}
        self._homes: dict[str, str] = {}
        self._passed: set[str] = set()
        self._reals: dict[FileTree, frozenset[str]] = {}

    def result(self) -> dict[str, UnreadFile]:
        for name, one in self._looked.items():
            if one.kustomization:
                self._kustomization(name, one.kustomization, one.tree)
        for folder, tree in self._charts().items():
            self._chart(folder, tree)
        self._values()
        digests = dict(self._digests())
        return {
            name: replace(one, content=digests.get(name, ""))
            for name, (one, _) in self._found.items()
        }

    def _add(self, name: str, message: str, tree: FileTree | None, part_of: str = "") -> None:
        name = self._names.get(normpath(name), name)
        one = UnreadFile(printable(name), 0, BUILT, printable(message), part_of=part_of)
        self._found.setdefault(name, (one, tree))
        is_chart = part_of and basename(part_of) not in kustomizations.FILES
        self._homes.setdefault(name, part_of if is_chart else dirname(part_of or name) or ".")

    def _digests(self) -> Iterator[tuple[str, str]]:
        """Yield digests of the contents, with the places in the chart or kustomization."""
        by_tree: dict[FileTree, list[str]] = {}
        for name, (_, tree) in self._found.items():
            if tree is not None:
                by_tree.setdefault(tree, []).append(name)
        for tree, names in by_tree.items():
            for name, text in tree.texts(names):
                place = relpath(name, self._homes[name]).encode(errors="surrogateescape")
                yield name, hashlib.sha256(place + b"\0" + text).hexdigest()

    # --- kustomizations ------------------------------------------------------------

    def _kustomization(
        self, name: str, one: Kustomization, tree: FileTree | None, root: str = ""
    ) -> None:
        """Add what a kustomization does not only name.

        ``root`` is the one that names this one, which is outside the input.
        """
        if name in self._passed:
            return
        self._passed.add(name)
        folder = dirname(name)
        lacks = [entry for entry in one.lists if not self._listed(folder, entry, tree, root)]
        said = [f"names {', '.join(lacks)}, which the input does not hold"] if lacks else []
        said += [f"uses {', '.join(one.more)}"] if one.more else []
        if root:
            self._add(name, _NAMED, tree, root)
        elif said:
            self._add(name, f"{' and '.join(said)}: {_NOT_BUILT}", tree, name)
        for word in one.names:
            self._built(folder, word, tree, root or name)
        for text in one.plugins:
            self._plugin(folder, text, tree, root or name)

    def _listed(self, folder: str, entry: str, tree: FileTree | None, root: str) -> bool:
        """Whether a resource is here; what was not read is added."""
        path = _joined_path(folder, entry)
        if path in self._names:
            return True
        sort = tree.sort(path) if tree else ""
        if sort in _ONE and tree and not self._is_read(path, tree):
            self._add(path, _NAMED, tree, root)
        return bool(sort) and (sort == "file" or self._base(path, tree, root or folder))

    def _base(self, folder: str, tree: FileTree | None, root: str) -> bool:
        """Whether a folder holds a kustomization; one that was not read is looked into."""
        assert tree is not None
        files = (f"{folder}/{name}" for name in kustomizations.FILES)
        file = next((one for one in files if tree.sort(one) == "file"), "")
        if file and normpath(file) not in self._names and not self._is_read(file, tree):
            texts = dict(tree.texts([file]))
            documents = list(_parsed(texts.get(file, b"")))
            self._kustomization(file, _only(documents) or Kustomization((), (), ()), tree, root)
        return bool(file)

    def _built(self, folder: str, word: str, tree: FileTree | None, root: str) -> None:
        """Add what a kustomization uses: a file, or all files of a folder."""
        if tree is None or word.startswith("/") or "\n" in word:
            return
        path = _joined_path(folder, word)
        sort = tree.sort(path)
        if sort in _ONE:
            self._add(path, f"{_PART}: {_NOT_BUILT}", tree, root)
        elif sort == "folder" and not _is_in(folder, path):
            for name in tree.below(path):
                self._add(name, f"{_PART}: {_NOT_BUILT}", tree, root)
            self._base(path, tree, root)

    def _plugin(self, folder: str, text: str, tree: FileTree | None, root: str) -> None:
        """Add the file of a plugin and what that names; or what a plugin in the text names."""
        self._built(folder, text, tree, root)
        path = _joined_path(folder, text)
        data = text.encode()
        if tree and "\n" not in text:
            data = dict(tree.texts([path])).get(path, b"") if tree.sort(path) == "file" else b""
        for document in _parsed(data):
            for word in kustomizations.names_in(document):
                self._built(folder, word, tree, root)

    def _is_read(self, path: str, tree: FileTree) -> bool:
        """Whether a file was read by another name, without links."""
        return bool(tree.real(path) and tree.real(path) in self._real(tree))

    def _real(self, tree: FileTree) -> frozenset[str]:
        if tree not in self._reals:
            names = (name for name, one in self._looked.items() if one.tree is tree)
            self._reals[tree] = frozenset(map(tree.real, names))
        return self._reals[tree]

    # --- charts --------------------------------------------------------------------

    def _charts(self) -> dict[str, FileTree | None]:
        """Return the folders of charts, outer ones first."""
        found: dict[str, FileTree | None] = {}
        for name, one in self._looked.items():
            if basename(name) == _CHART:
                found[dirname(name)] = one.tree
            above, templates, _ = f"/{name}".rpartition(f"/{_TEMPLATES}/")
            above = above.removeprefix("/")
            if templates and one.tree and one.tree.sort(_joined_path(above, _CHART)) == "file":
                found.setdefault(above, one.tree)
            found |= {folder: one.tree for folder in one.beside if one.tree}
        return dict(sorted(found.items(), key=lambda chart: (len(chart[0]), chart[0])))

    def _chart(self, folder: str, tree: FileTree | None) -> None:
        """Add the files of a chart but for manifests that are no templates."""
        if tree is None:
            names = [name for name in self._looked if _is_in(name, folder)]
        else:
            names = sorted(tree.below(folder) if tree.sort(folder) != "submodule" else [folder])
        texts = list(filter(_is_template, names))
        plain = [one for one in names if _is_plain(one)]
        if plain and tree and any(_FILES in text for _, text in tree.texts(texts)):
            plain = []
        for name in names:
            if name not in plain and not self._is_manifest(folder, name):
                self._add(name, _OF_CHART, tree, folder or ".")

    def _is_manifest(self, folder: str, name: str) -> bool:
        """Whether a file of a chart is a manifest as it stands."""
        own = self._names.get(normpath(name), name)
        values = dirname(name) == folder and basename(name).startswith((_CHART, "values"))
        looked = self._looked.get(own)
        template = looked is not None and looked.is_template
        return own in self._manifests and not values and not template

    def _values(self) -> None:
        charts = list(self._charts())
        for name, one in self._looked.items() if charts else ():
            found = one.values and values_files.charts_named(one.values, name, charts)
            if one.values and found:
                for file in values_files.files_named(one.values, name, found, self._looked):
                    self._add(file, _VALUES, self._looked[file].tree)
                for file, other in self._looked.items():
                    if other.objects & one.values.objects and file != name:
                        self._add(file, _VALUES, other.tree)


def _joined_path(folder: str, name: str) -> str:
    path = normpath("/".join(filter(None, (folder, name))))
    return "" if path == "." else path


def _is_in(name: str, folder: str) -> bool:
    return not folder or name == folder or name.startswith(f"{folder}/")


def _is_template(name: str) -> bool:
    return f"/{_TEMPLATES}/" in f"/{name}"


def _is_plain(name: str) -> bool:
    """Whether a file of a chart is for people: it counts only where templates read files."""
    short = basename(name).lower()
    return short.startswith(_PLAIN_NAMES) or short.endswith(_PICTURES)
