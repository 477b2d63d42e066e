"""Finds the files of values that Argo CD and Flux give to charts."""

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from posixpath import dirname, normpath
from typing import Any, NamedTuple

_MARK = re.compile(rb"value(?:s?Files|sFile|sFrom)|fileParameters")

_LISTS = ("valueFiles", "valuesFiles", "valuesFile")
_REFERENCE = re.compile(r"^\$[^/]*/|^(?:\.?\.?/)+")
_PLACEHOLDER = re.compile(r"\{\{.*?\}\}|\$\{.*?\}")
_OBJECT_NAME = re.compile(rb"""["']?name["']?\s*:\s*["']?([\w.-]+)""")


class NamedValues(NamedTuple):
    """The values that a manifest names.

    ``files``: files, relative to the chart or to the top of the source.
    ``objects``: the names of ConfigMaps and Secrets.
    ``charts``: words that may name the chart's folder.
    """

    files: tuple[str, ...]
    objects: frozenset[str]
    charts: tuple[str, ...]


def named_values(document: object) -> NamedValues:
    """Return the values that a manifest names.

    Sources: argo-cd ``pkg/apis/application/v1alpha1/types.go`` (``ApplicationSourceHelm``), flux
    ``helm-controller/api/v2/helmrelease_types.go`` (``HelmChartTemplateSpec``,
    ``ValuesReference``).

    Examples
    --------
    >>> named_values({"source": {"path": "web", "helm": {"valueFiles": ["../prod.yaml"]}}})
    NamedValues(files=('../prod.yaml',), objects=frozenset(), charts=('web',))
    >>> named_values({"chart": "./web", "valuesFrom": [{"kind": "ConfigMap", "name": "web"}]})
    NamedValues(files=(), objects=frozenset({'web'}), charts=('./web',))
    """
    found: list[str] = []
    charts: list[str] = []
    objects: list[str] = []
    todo: list[Any] = [document]
    while todo:
        value = todo.pop()
        if isinstance(value, list):
            todo += value
        elif isinstance(value, dict):
            charts += [*_strings(value.get("path")), *_strings(value.get("chart"))]
            found += [name for key in _LISTS for name in _strings(value.get(key))]
            found += _of_each(value.get("fileParameters"), "path")
            objects += _of_each(value.get("valuesFrom"), "name")
            todo += value.values()
    return NamedValues(tuple(found), frozenset(objects), tuple(charts))


def _strings(value: object) -> list[str]:
    several = value if isinstance(value, list) else [value]
    return [one for one in several if isinstance(one, str) and one]


def _of_each(value: object, field: str) -> list[str]:
    items = value if isinstance(value, list) else []
    return [name for one in items if isinstance(one, dict) for name in _strings(one.get(field))]


def names_values(text: bytes) -> bool:
    """Whether a text may name values."""
    found = b"value" in text or b"fileParameters" in text  # faster than the pattern
    return found and _MARK.search(text) is not None


def object_names(text: bytes) -> frozenset[str]:
    """Return the names in a text that may hold ConfigMaps or Secrets."""
    if b"ConfigMap" not in text and b"Secret" not in text:
        return frozenset()
    return frozenset(name.decode() for name in _OBJECT_NAME.findall(text))


def charts_named(one: NamedValues, manifest: str, charts: Iterable[str]) -> list[str]:
    """Return the folders of charts that a manifest may mean.

    Which folder a name is relative to depends on where the manifest's source begins: each folder
    above the manifest is tried.

    Examples
    --------
    >>> charts_named(NamedValues((), frozenset(), ("./web",)), "a/apps/app.yaml", ["a/web", "web"])
    ['a/web', 'web']
    """
    meant = {normpath(path) for name in one.charts for path in _below_each(manifest, name)}
    return [folder for folder in charts if normpath(folder) in meant]


def files_named(
    one: NamedValues, manifest: str, charts: Iterable[str], known: Iterable[str]
) -> set[str]:
    """Return the known files that a manifest may mean, and else those whose names end so.

    Examples
    --------
    >>> known = ["a/web/prod.yaml", "b/prod.yaml"]
    >>> files_named(NamedValues(("prod.yaml",), frozenset(), ()), "a/app.yaml", ["a/web"], known)
    {'a/web/prod.yaml'}
    >>> named = NamedValues(("$values/b/{{env}}.yaml",), frozenset(), ())
    >>> files_named(named, "a/app.yaml", [], known)
    {'b/prod.yaml'}
    """
    names = {path: normpath(path) for path in known}
    found: set[str] = set()
    for file in one.files:
        name = _PLACEHOLDER.sub("*", file)
        exact = {normpath(f"{chart}/{name}") for chart in charts}
        exact.update(map(normpath, _below_each(manifest, name)))
        end = _REFERENCE.sub("", name)
        hits = {path for path, plain in names.items() if plain in exact}
        found |= hits or {
            path
            for path, plain in names.items()
            if fnmatchcase(plain, end) or fnmatchcase(plain, f"*/{end}")
        }
    return found


def _below_each(manifest: str, name: str) -> Iterator[str]:
    """Yield a name below each folder above a manifest."""
    above = dirname(manifest)
    while True:
        yield "/".join(filter(None, (above, name.lstrip("/"))))
        if above == dirname(above):
            return
        above = dirname(above)
