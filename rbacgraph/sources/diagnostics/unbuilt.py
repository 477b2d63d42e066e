"""Recognizes input that a tool must build first: Helm charts and kustomizations."""

from collections.abc import Iterable, Sequence
from pathlib import PurePath
from shlex import quote

_KUSTOMIZATIONS = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})
_CHART = "Chart.yaml"
_TEMPLATES = "templates"


def build_advice(files: Iterable[str], templates: Iterable[str]) -> str:
    """Return how to build objects from files that hold none; ``""`` if they are of no such tool.

    Examples
    --------
    >>> build_advice(["k/overlay/kustomization.yaml"], [])
    'run kustomize build k/overlay > built.yaml, and read built.yaml'
    >>> build_advice(["shop/Chart.yaml"], ["shop/templates/role.yaml"])
    'run helm template shop > built.yaml, and read built.yaml'
    """
    paths = [PurePath(file) for file in files]
    charts = [path.parent for path in paths if path.name == _CHART]
    charts += [folder for file in templates for folder in _above_templates(PurePath(file))]
    if charts:
        return _run("helm template", _outermost(charts), "CHART")
    overlays = [path.parent for path in paths if path.name in _KUSTOMIZATIONS]
    return _run("kustomize build", list(dict.fromkeys(overlays)), "OVERLAY") if overlays else ""


def _above_templates(file: PurePath) -> list[PurePath]:
    """Return the chart of a template: the folder that holds its folder ``templates``."""
    return [folder.parent for folder in file.parents if folder.name == _TEMPLATES][:1]


def _outermost(folders: Sequence[PurePath]) -> list[PurePath]:
    """Return the folders that are in no other one: a chart's charts are built with it."""
    return [
        one
        for one in dict.fromkeys(folders)
        if not any(other != one and one.is_relative_to(other) for other in folders)
    ]


def _run(command: str, folders: Sequence[PurePath], several: str) -> str:
    folder = quote(str(folders[0])) if len(folders) == 1 else several
    return f"run {command} {folder} > built.yaml, and read built.yaml"
