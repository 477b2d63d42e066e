"""The catalogue of edges is whole: every part of an edge has all its other parts."""

import importlib
import pkgutil
import re

from click.testing import CliRunner
from msgspec import to_builtins

import rbacgraph.techniques
from rbacgraph.cli.app import app
from rbacgraph.facts.custom_resources.rows import custom_resource_rows
from rbacgraph.techniques.catalogue import EDGES, FOLDERS, pages
from tests.tables import each_of

SECTIONS = ("Precondition", "Use", "Close", "References")
TECHNIQUES = [edge for edge in EDGES if not edge.structural]


def test_each_edge_has_a_file_of_its_name():
    paths = rbacgraph.techniques.__path__
    homes = [found.name for found in pkgutil.walk_packages(paths, "rbacgraph.techniques.")]
    names = [home.rpartition(".")[2] for home in homes]
    modules = [importlib.import_module(home) for home in homes]
    found = {
        name: module.EDGE.id
        for name, module in zip(names, modules, strict=True)
        if hasattr(module, "EDGE")
    }
    assert found == {edge.id.replace("-", "_"): edge.id for edge in EDGES}
    assert len(found) == len(EDGES)


def test_each_folder_of_techniques_is_a_group(root):
    folders = {path.parent.name for path in (root / "rbacgraph/techniques").glob("*/__init__.py")}
    assert folders == {*FOLDERS, "spec"}


def test_each_edge_has_twins(root):
    folders = [path.name for path in (root / "fixtures" / "edges").iterdir()]
    assert sorted(folders) == sorted(edge.id for edge in EDGES)


@each_of(TECHNIQUES, lambda edge: edge.id)
def test_each_technique_has_a_page(edge):
    title, _, page = edge.page.partition("\n")
    assert title.endswith(".")
    found = re.findall(r"^(\w+)$", page, re.MULTILINE)
    assert tuple(section for section in found if section != "Variants") == SECTIONS
    assert "Variants" not in found or found.index("Variants") == 1
    needed = page.partition("Use")[0].partition("Variants")[0]
    assert len(re.findall(r"^    - ", needed, re.MULTILINE)) <= 5
    assert "https://" in page.partition("References")[2]


def test_each_row_of_the_table_of_custom_resources_is_read_by_a_technique():
    read = {row for edge in EDGES for row in edge.rows}
    assert read == {*custom_resource_rows()}


def test_a_page_lists_what_its_technique_reads():
    printed = CliRunner().invoke(app, ["explain", "operator-deputy"]).output.splitlines()
    (deputy,) = (page for page in pages(resources=True) if page.id == "operator-deputy")
    listed = [line.split(maxsplit=1)[0] for line in printed[printed.index("Resources") + 2 :]]
    assert {*listed} == {one.full_name for one in deputy.resources}
    (line,) = (line for line in printed if line.strip().startswith("applications.argoproj.io "))
    assert "  Argo CD  " in line
    assert line.endswith(
        "  argoproj/argo-cd:manifests/crds/application-crd.yaml"
        "; argoproj/argo-cd:docs/operator-manual/app-any-namespace.md"
    )


def test_a_page_that_reads_nothing_lists_nothing():
    assert not any("resources" in to_builtins(page) for page in pages())
    with_resources = [page.id for page in pages(resources=True) if "resources" in to_builtins(page)]
    assert with_resources == [edge.id for edge in EDGES if edge.rows]
