"""Finds what a kustomization names, and whether it does more than to name it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

FILES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
"""The names of kustomizations, of which kustomize takes the only one of a folder.

Source: kustomize ``api/konfig/general.go`` (``RecognizedKustomizationFileNames``).
"""

_GROUP = "kustomize.config.k8s.io/"
_KINDS = frozenset({"", "Kustomization", "Component"})
PRINTED = frozenset(f"{kind}.{_GROUP.rstrip('/')}" for kind in _KINDS)
"""The kinds of kustomizations as they are printed."""

_LISTS = ("resources", "bases")
_PLAIN = frozenset({"apiVersion", "kind", "metadata", "namespace", *_LISTS})
_NAMING = frozenset(
    {
        *("components", "configurations", "crds", "patchesStrategicMerge", "path"),
        *("env", "envs", "files", "additionalValuesFiles", "chartHome", "valuesFile"),
    }
)
_PLUGINS = ("generators", "transformers", "validators")
"""Fields that name files; those of plugins name more. Source: kustomize ``api/types``."""

_CHARTS = frozenset({"helmCharts", "helmChartInflationGenerator", "helmGlobals"})
_CHART_HOME = "charts"


class Kustomization(NamedTuple):
    """A kustomization.

    ``more``: its other fields, which change what is built, or build more.
    ``names``: words of these fields that may name files or folders.
    ``plugins``: names of files of plugins, which may name more; or their text.
    """

    lists: tuple[str, ...]
    more: tuple[str, ...]
    names: tuple[str, ...]
    plugins: tuple[str, ...] = ()


def kustomization(value: object) -> Kustomization | None:
    """Return a kustomization from its parsed text; None if it is something else.

    Examples
    --------
    >>> kustomization({"resources": ["a.yaml"], "patches": [{"path": "b.yaml"}]})
    Kustomization(lists=('a.yaml',), more=('patches',), names=('b.yaml',), plugins=())
    >>> kustomization({"apiVersion": "v1", "kind": "Secret"}) is None
    True
    """
    if not isinstance(value, dict):
        return None
    api_version, kind = value.get("apiVersion") or "", value.get("kind") or ""
    own = isinstance(api_version, str) and (not api_version or api_version.startswith(_GROUP))
    if not own or not isinstance(kind, str) or kind not in _KINDS:
        return None
    lists = {key: _items(value.get(key)) for key in _LISTS}
    more = {str(key): field for key, field in value.items() if key not in _PLAIN}
    more |= {key: None for key in _LISTS if not all(isinstance(one, str) for one in lists[key])}
    if kind == "Component":
        more["kind: Component"] = None
    names = dict.fromkeys(names_in(more))
    names |= dict.fromkeys([_CHART_HOME] if _CHARTS & more.keys() else [])
    plugins = [one for key in _PLUGINS for one in _items(value.get(key)) if isinstance(one, str)]
    named = (one for several in lists.values() for one in several if isinstance(one, str))
    return Kustomization(tuple(named), tuple(sorted(more)), tuple(names), tuple(plugins))


def names_in(value: object, key: object = "") -> Iterator[str]:
    """Yield the words of a value that may name files, also what follows ``KEY=``.

    Examples
    --------
    >>> list(names_in({"configMapGenerator": [{"name": "x", "files": ["a=b.yaml"]}]}))
    ['a=b.yaml', 'b.yaml']
    """
    if isinstance(value, dict):
        for inner, one in value.items():
            yield from names_in(one, inner)
    elif isinstance(value, list):
        for one in value:
            yield from names_in(one, key)
    elif isinstance(value, str) and value and key in _NAMING:
        yield value
        if "=" in value:
            yield value.partition("=")[2]


def _items(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
