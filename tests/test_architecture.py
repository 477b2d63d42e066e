"""The plan of the house: layers, third parties, and a catalogue in step with its fixtures."""

import re
import sys
import tomllib
from pathlib import Path

import grimp
import pytest
from click.testing import CliRunner
from importlinter.cli import lint_imports_command

from rbacgraph.techniques.catalogue import EDGES


def test_layers(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    done = CliRunner().invoke(lint_imports_command, ["--no-cache"])
    assert done.exit_code == 0, done.output


def test_every_third_party_is_placed(root: Path) -> None:
    """A library that no contract names may not be imported at all."""
    settings = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["importlinter"]
    placed = {
        module
        for contract in settings["contracts"]
        for key in ("protected_modules", "forbidden_modules")
        for module in contract.get(key, ())
    }
    graph = grimp.build_graph("rbacgraph", include_external_packages=True, cache_dir=None)
    imported = {module for module in graph.modules if graph.is_module_squashed(module)}
    assert imported - sys.stdlib_module_names <= placed


def test_edge_fixtures_are_the_catalogue(root: Path) -> None:
    folders = {path.name for path in (root / "fixtures" / "edges").iterdir()}
    assert folders == {edge.id for edge in EDGES}


def test_edge_ids_are_words_with_dashes() -> None:
    ids = [edge.id for edge in EDGES]
    assert len(set(ids)) == len(ids)
    for name in ids:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)


def test_edge_modules_are_the_catalogue(root: Path) -> None:
    modules = {
        path.stem
        for path in (root / "rbacgraph" / "techniques").rglob("*.py")
        if re.search(r"^EDGE\b", path.read_text(), re.MULTILINE)
    }
    assert modules == {edge.id.replace("-", "_") for edge in EDGES}
