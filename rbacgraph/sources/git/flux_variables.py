"""Fills in the variables that a Kustomization of Flux gives to the files of its path.

Flux builds what its ``spec.path`` holds, and then replaces ``${NAME}``, ``${NAME:=default}``,
``${NAME:-default}`` and ``${NAME=default}`` in the text of each object. ``substitute`` wins over
``substituteFrom``, a later one of these over an earlier one, and what nobody gives is empty.
rbacgraph fills in what it knows exactly: the value is in the input, every Kustomization that may
apply the file gives the same one, and none changes the objects beforehand. Where no Kustomization
names a file, a default counts if none of the input gives that variable.

Sources: fluxcd/pkg ``kustomize/kustomize_varsub.go`` (``SubstituteVariables``, ``LoadVariables``),
``kustomize/kustomize_generator.go`` (``scanManifests``), ``envsubst/parse/parse.go``,
``envsubst/funcs.go`` (``toDefault``); kustomize-controller ``api/v1/kustomization_types.go``.
"""

import hashlib
import io
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path, PurePath

from rbacgraph.sources.config.documents import parse
from rbacgraph.sources.external.loose import items, mapping, text, texts
from rbacgraph.sources.files.locate import FoundFile
from rbacgraph.sources.files.streams import Window, opened
from rbacgraph.sources.git.reader import LARGEST
from rbacgraph.sources.git.sops_config import values_of
from rbacgraph.sources.yaml11.scalars import resolve

_VARIABLE = re.compile(r"\$\{(\w+)(?:(?::?=|:-)([^${}\\]*))?\}", re.ASCII)
# What kustomize writes without quotes, and what is then one plain scalar again.
_BARE = re.compile(r"[\w./$][\w./:@+=${}-]*", re.ASCII)
_PLAIN = re.compile(r"[\w./][\w./:@+-]*(?<!:)", re.ASCII)
_DISABLED = "kustomize.toolkit.fluxcd.io/substitute"
_CHANGES = (
    *("targetNamespace", "namePrefix", "nameSuffix", "components"),
    *("patches", "patchesStrategicMerge", "patchesJson6902"),
)
_KUSTOMIZATIONS = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})


class FluxVariables:
    """The variables of the Kustomizations of an input.

    ``default_namespace``: the namespace of an object that names none.
    ``elsewhere``: whether a cluster has others, of which nobody knows what they apply.
    """

    def __init__(
        self,
        found: Iterable[tuple[str, object]],
        files: Sequence[FoundFile],
        default_namespace: str,
        *,
        elsewhere: bool,
    ) -> None:
        self._files = files
        self._default = default_namespace
        self._elsewhere = elsewhere
        self._maps: dict[tuple[str, str], Mapping[str, object] | None] = {}
        self._all = [_Kustomization(_absolute(file), value, self) for file, value in found]
        self._naming: dict[str, list[tuple[_Kustomization, bool]]] = {}

    @cached_property
    def paths(self) -> list[PurePath]:
        """The files of the input."""
        return [_absolute(one.name) for one in self._files]

    @cached_property
    def built(self) -> dict[PurePath, list[PurePath]]:
        """By folder with a ``kustomization.yaml``, what that builds."""
        found = {}
        for file, path in zip(self._files, self.paths, strict=True):
            if path.name in _KUSTOMIZATIONS:
                value = mapping(parse(_content(file) or b"").value)
                fields = ("resources", "bases", "components")
                names = [one for field in fields for one in texts(value.get(field))]
                found[path.parent] = [_absolute(path.parent / name) for name in names]
        return found

    @cached_property
    def _ours(self) -> tuple[set[str], bool]:
        """The sources that hold the input's files, and whether that is certain.

        A Kustomization whose path holds its own file applies itself: its source is this one.
        """
        applied = ((one, one.covers(one.file)) for one in self._all if one.path != ".")
        own = {one.source for one, covered in applied if covered and all(covered)}
        sources = own or {one.source for one in self._all}
        return sources, bool(own) or len(sources) == 1

    def naming(self, file: str) -> list[tuple["_Kustomization", bool]]:
        """Return the Kustomizations that may apply a file, and whether each does for certain."""
        if file not in self._naming:
            sources, certain = self._ours
            covering = [
                (one, one.covers(_absolute(file))) for one in self._all if one.source in sources
            ]
            self._naming[file] = [
                (one, certain and all(covered)) for one, covered in covering if any(covered)
            ]
        return self._naming[file]

    def sign(self, file: str) -> str:
        """Return a digest that is the same while what may fill in a file is."""
        given = [one.spec for one, _ in self.naming(file)]
        given = given or [found for one in self._all if (found := mapping(one.spec, "postBuild"))]
        return hashlib.sha256(repr(given).encode()).hexdigest()

    def filled(self, value: object, file: str) -> object:
        """Return an object with its variables filled in, as far as they are known."""
        for field in ("labels", "annotations"):
            if mapping(value, "metadata", field).get(_DISABLED) == "disabled":
                return value
        return self._below(value, file)

    def _below(self, value: object, file: str) -> object:
        if isinstance(value, dict):
            return {key: self._below(one, file) for key, one in value.items()}
        if isinstance(value, list):
            return [self._below(one, file) for one in value]
        return self._scalar(value, file) if isinstance(value, str) and "${" in value else value

    def _scalar(self, value: str, file: str) -> object:
        """Return what Flux reads once it has replaced the variables of a text; else the text."""
        if "$$" in value or not _BARE.fullmatch(value):
            return value
        filled = _VARIABLE.sub(lambda found: self._one(found, file), value)
        read = resolve(filled) if _PLAIN.fullmatch(filled) else None
        return value if read is None else read

    def _one(self, found: re.Match[str], file: str) -> str:
        value = self._value(found[1], file)
        return found[0] if value is None else value or found[2] or found[0]

    def _value(self, name: str, file: str) -> str | None:
        """Return the value of a variable; ``""`` if nobody gives it, None if that is not known."""
        naming = self.naming(file)
        if naming:
            values = {one.value(name) if sure and one.fills else None for one, sure in naming}
            return values.pop() if len(values) == 1 else None
        given = self._elsewhere or any(one.value(name) != "" for one in self._all)
        return None if given else ""

    def config_map(self, namespace: str, name: str) -> Mapping[str, object] | None:
        """Return the data of a ConfigMap of the input; None if it does not hold exactly one."""
        key = namespace or self._default, name
        if key not in self._maps:
            found = []
            for file in self._files:
                content = _content(file)
                if content is None:
                    return None
                if b"ConfigMap" in content and name.encode() in content:
                    found += [one for one in values_of(content) if self._is_map(one, *key)]
            self._maps[key] = mapping(found[0], "data") if len(found) == 1 else None
        return self._maps[key]

    def _is_map(self, value: object, namespace: str, name: str) -> bool:
        own = mapping(value, "metadata")
        place = text(own.get("namespace")) or self._default, own.get("name")
        return mapping(value).get("kind") == "ConfigMap" and place == (namespace, name)


class _Kustomization:
    """What one Kustomization applies, and the variables that it gives."""

    def __init__(self, file: PurePath, value: object, variables: FluxVariables) -> None:
        self.file = file
        self.spec = mapping(value, "spec")
        self.path = os.path.normpath(text(self.spec.get("path")).lstrip("/") or ".")
        self.source = repr(sorted(mapping(self.spec, "sourceRef").items()))
        self._variables = variables
        self._namespace = text(mapping(value, "metadata").get("namespace"))
        build = mapping(self.spec, "postBuild")
        self._given = mapping(build, "substitute")
        self._from = [mapping(one) for one in items(build.get("substituteFrom"))]
        self.fills = bool(self._given or self._from) and not any(
            self.spec.get(field) for field in _CHANGES
        )

    def covers(self, file: PurePath) -> list[bool]:
        """Return for each folder that may be the top of the repository whether it applies a file.

        Nobody knows where that is: above the Kustomization, and above a folder of its path.
        """
        if mapping(self.spec, "sourceRef").get("kind") != "GitRepository":
            return []
        if "${" in self.path:
            return [True, False]
        tops = (parent / self.path for parent in self.file.parents)
        found = [one for one in tops if any(path.is_relative_to(one) for path in self._paths)]
        return [self._builds(one, file, set()) for one in found]

    @property
    def _paths(self) -> list[PurePath]:
        return self._variables.paths

    def _builds(self, top: PurePath, file: PurePath, seen: set[PurePath]) -> bool:
        """Whether a folder holds a file, or builds it by its ``kustomization.yaml``."""
        parts = self._variables.built.get(top)
        if parts is None or top in seen:
            return parts is None and file.is_relative_to(top)
        seen.add(top)
        return any(self._builds(one, file, seen) for one in parts)

    def value(self, name: str) -> str | None:
        """Return the value of a variable; ``""`` if it has none, None if that is not known."""
        if name in self._given:
            return _known(self._given[name])
        for one in reversed(self._from):
            is_map, found = one.get("kind") == "ConfigMap", text(one.get("name"))
            data = self._variables.config_map(self._namespace, found) if is_map else None
            if data is None or name in data:
                return None if data is None else _known(data[name])
        return ""


def _known(value: object) -> str | None:
    """Return a value that nothing else fills in; None for any other."""
    return value.replace("\n", "") if isinstance(value, str) and "${" not in value else None


def _absolute(name: str | PurePath) -> PurePath:
    return PurePath(os.path.normpath(Path(name).absolute()))


def _content(file: FoundFile) -> bytes | None:
    """Return the content of a file that is not large; None if it cannot be read again."""
    source = file.source
    if isinstance(source, io.BytesIO):
        source = io.BytesIO(source.getbuffer())
    elif not isinstance(source, str | os.PathLike):
        return None
    try:
        with opened(source) as stream:
            window = Window(stream)
            while window.end <= LARGEST and window.fill():
                pass
    except OSError:
        return None
    whole = window.eof and not window.fault
    return bytes(window.data[: window.end]) if whole else None
