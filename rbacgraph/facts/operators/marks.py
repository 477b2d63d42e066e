"""Finds the operator whose marks an object bears: its labels, its chart, its images.

A name is no mark: everybody may give a ServiceAccount any name.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache

from rbacgraph.facts.operators.table import OPERATORS, Operator
from rbacgraph.model.kubernetes.pods import labels_of_pack

NAME = "app.kubernetes.io/name"
COMPONENT = "app.kubernetes.io/component"
INSTANCE = "app.kubernetes.io/instance"
_PART_OF = "app.kubernetes.io/part-of"
_CHART = "helm.sh/chart"
_VERSION = re.compile(r"-v?\d.*")
_MANY = 1 << 12
"""Most clusters have fewer kinds of Pods."""

_NOBODY: frozenset[Operator] = frozenset()
"""Most labels and images show no operator; Python makes a new empty set each time."""

_TAG = re.compile(r":[^/]*$")

AnyLabels = Mapping[str, object]
_End = tuple[tuple[str, ...], Operator]
"""The last parts of an image's repository, and whose it is."""


def _by_label() -> Mapping[str, list[Operator]]:
    found: dict[str, list[Operator]] = defaultdict(list)
    for operator in OPERATORS:
        for pair in (
            *(f"{NAME}={name}" for name in operator.names),
            *(f"{_PART_OF}={name}" for name in operator.parts_of),
            *(f"{_CHART}={name}" for name in operator.charts),
            *operator.labels,
        ):
            found[pair].append(operator)
    return found


_BY_LABEL = _by_label()
_KEYS = frozenset(pair.partition("=")[0] for pair in _BY_LABEL)


def chart_of(labels: AnyLabels) -> str:
    """Return the name of the chart that labels name, without its version; ``""`` for none.

    Examples
    --------
    >>> chart_of({"helm.sh/chart": "cert-manager-v1.18.0"})
    'cert-manager'
    """
    chart = labels.get(_CHART)
    return _VERSION.sub("", chart, count=1) if isinstance(chart, str) else ""


def shown_by_labels(labels: AnyLabels) -> frozenset[Operator]:
    """Return the operators that labels show.

    A name that is none of the operator's says that the object is something else, unless its chart
    is the operator's: a chart lets its user change the name.
    """
    name, chart = labels.get(NAME), chart_of(labels)
    found = set[Operator]()
    for key in _KEYS.intersection(labels):
        value = chart if key == _CHART else labels[key]
        found.update(_BY_LABEL.get(f"{key}={value}", ()))
    if not found:
        return _NOBODY
    return frozenset(
        one
        for one in found
        if chart in one.charts
        or not isinstance(name, str)
        or not one.names
        or name in {*one.names, *one.components}
    )


@lru_cache(_MANY)
def shown_by_pack(labels: str) -> frozenset[Operator]:
    """Return the operators that packed labels show, which Pods of one kind share."""
    if _CHART not in labels and _BY_LABEL.keys().isdisjoint(labels.split(",")):
        return _NOBODY
    return shown_by_labels(labels_of_pack(labels))


def bears_marks_of(operator: Operator, labels: AnyLabels) -> bool:
    """Whether an object that something of an operator uses bears the marks of that operator."""
    if operator in shown_by_labels(labels):
        return True
    return labels.get(NAME) in operator.components


@lru_cache(_MANY)
def shown_by_images(images: tuple[str, ...]) -> frozenset[Operator]:
    """Return the operators whose images these are."""
    return frozenset([one for image in images for one in _shown_by_image(image)]) or _NOBODY


@lru_cache(_MANY)
def named_by_images(images: tuple[str, ...]) -> frozenset[Operator]:
    """Return the operators after which the last parts of images are named, whatever the registry.

    Examples
    --------
    >>> [one.name for one in named_by_images(("registry.example.com/base/argocd:v3.1",))]
    ['Argo CD']
    """
    found = [one for image in images for one in _BY_LAST_PART.get(last_part(image), ())]
    return frozenset(found) or _NOBODY


def last_part(image: str) -> str:
    """Return the last part of an image's repository.

    Examples
    --------
    >>> last_part("registry:5000/argoproj/argocd:v3.1@sha256:0"), last_part("registry:5000/keda")
    ('argocd', 'keda')
    """
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]


def _shown_by_image(image: str) -> Sequence[Operator]:
    folder = image.partition("@")[0].rpartition("/")[0].rpartition("/")[2]
    ends = (*_BY_END.get(last_part(image), ()), *_BY_FOLDER.get(folder, ()))
    path = _path(image) if ends else ()
    return [
        operator
        for end, operator in ends
        if len(path) >= len(end) and all(map(fnmatchcase, path[-len(end) :], end))
    ]


def _by_end() -> tuple[Mapping[str, list[_End]], Mapping[str, list[_End]]]:
    """Return the ends of repositories by their last part; by the one before it for a pattern."""
    plain: dict[str, list[_End]] = defaultdict(list)
    patterns: dict[str, list[_End]] = defaultdict(list)
    for operator in OPERATORS:
        for image in operator.images:
            parts = tuple(image.split("/"))
            found = patterns[parts[-2]] if "*" in parts[-1] else plain[parts[-1]]
            found.append((parts, operator))
    return plain, patterns


def _by_last_part() -> Mapping[str, list[Operator]]:
    """Return operators by the last parts of their images that are, or begin with, their names."""
    found: dict[str, list[Operator]] = defaultdict(list)
    for end, owners in _BY_END.items():
        for _, operator in owners:
            own = {*operator.names, *operator.parts_of, *operator.charts, *operator.known_as}
            begun = any(end.startswith(f"{family}-") for family in operator.families)
            if begun or end in own | {*operator.families}:
                found[end].append(operator)
    return found


def _path(image: str) -> tuple[str, ...]:
    """Return the parts of an image's repository, with the registry first.

    Examples
    --------
    >>> _path("quay.io/argoproj/argocd:v3.1@sha256:0")
    ('quay.io', 'argoproj', 'argocd')
    """
    bare = image.removeprefix("ko://").partition("@")[0]
    return tuple(_TAG.sub("", bare).split("/"))


def value(labels: Iterable[AnyLabels], key: str) -> str:
    """Return the first value that some labels give a key; ``""`` for none."""
    return next((v for one in labels if isinstance(v := one.get(key), str)), "")


_BY_END, _BY_FOLDER = _by_end()
_BY_LAST_PART = _by_last_part()
