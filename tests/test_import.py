"""`import rbacgraph` and `rbacgraph --help` open none of the heavy libraries."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import rbacgraph

HEAVY = ("numpy", "scipy", "pandas", "kubernetes", "graphviz", "networkx", "pyroaring", "yaml")
LIBRARIES = (
    *("msgspec", "yaml_rs", "graphviz_pure", "requests", "urllib3", "zstandard", "hvac"),
    *("pyarrow", *HEAVY),
)
"""All that rbacgraph depends on, but for click, which every command needs."""
SHOP = ["-f", "fixtures/clusters/shop"]
DB = ["shop/db-credentials", *SHOP]
YAML = {"yaml_rs", "msgspec", "yaml"}
GRAPH = {*YAML, "numpy", "pyroaring"}
_PURE = shutil.which("graphviz-pure", path=str(Path(sys.executable).parent))
DRAWS = {"graphviz"} if shutil.which("dot") or not _PURE else set()
"""graphviz-pure is a program: where it draws, no library is loaded."""
LIVE = {"kubernetes", "requests", "urllib3"}


def loaded(code, heavy):
    script = f"{code}\nimport sys\nprint([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()[-1]


def test_import_is_light():
    assert loaded("import rbacgraph", (*HEAVY, "typer", "rich", "msgspec")) == "[]"


def test_help_is_light():
    code = (
        "import sys; sys.argv = ['rbacgraph', 'paths', '--help']\n"
        "from rbacgraph.cli import run\n"
        "run()"
    )
    assert loaded(code, (*HEAVY, "rich", "rbacgraph.api")) == "[]"


def test_a_question_opens_what_answers_it_alone():
    code = (
        "import sys; sys.argv = ['rbacgraph', 'exposure', '-f', 'fixtures/clusters/shop']\n"
        "from rbacgraph.cli import run\n"
        "run()"
    )
    others = (
        "rbacgraph.advice",
        "rbacgraph.report.advice.cut",
        "rbacgraph.report.picture.picture",
        "rbacgraph.sources.live",
        "pandas",
        "networkx",
        "pydantic",
    )
    assert loaded(code, others) == "[]"


@pytest.mark.parametrize(
    "asked",
    [
        "can-i get secrets -n shop --as alice",
        "who-can get secrets -n shop",
        "usage --audit-log fixtures/audit/shop.log",
    ],
)
def test_a_question_about_direct_rights_opens_no_edges(asked):
    arguments = ["rbacgraph", *asked.split(), "-f", "fixtures/clusters/shop"]
    code = (
        f"import sys; sys.argv = {arguments!r}\n"
        "from contextlib import suppress\n"
        "from rbacgraph.cli import run\n"
        "with suppress(SystemExit):\n"
        "    run()"
    )
    assert loaded(code, ("rbacgraph.techniques", "rbacgraph.graph", "numpy", "pydantic")) == "[]"


def test_the_version_is_that_of_the_package():
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    assert rbacgraph.__version__ == project["version"]


@pytest.mark.parametrize(
    ("asked", "libraries"),
    [
        (["--version"], set()),
        (["--help"], set()),
        (["vault", "--help"], set()),
        (["explain", "read-secret"], {"msgspec"}),
        (["collector-role"], {"msgspec"}),
        (["can-i", "get", "secrets", "--as", "alice", *SHOP], YAML),
        (["who-can", "get", "secrets", *SHOP], YAML),
        (["paths", *DB], GRAPH),
        (["paths", *DB, "-o", "json"], GRAPH),
        (["paths", *DB, "-o", "mermaid"], GRAPH),
        (["reach", "sa:ci/runner", *SHOP], GRAPH),
        (["exposure", *SHOP], GRAPH),
        (["diff", SHOP[1], SHOP[1], "-o", "sarif"], GRAPH),
        (["check", "--policy", "fixtures/clusters/shop-access.yaml", *SHOP], GRAPH),
        (["report", *SHOP, "-o", "TMP/report.html"], GRAPH),
        (["render", *DB[1:], "--secret", DB[0], "-o", "TMP/x.svg"], {*GRAPH, *DRAWS}),
        (["snapshot", *SHOP, "-o", "TMP/x.json.zst"], {*YAML, "zstandard"}),
        (["cut", *DB], {*GRAPH, "scipy"}),
        (["export", *SHOP, "--format", "graphml", "-o", "TMP/x.xml"], {*GRAPH, "networkx"}),
        (["exposure", "--kubeconfig", "TMP/none"], {"msgspec", "yaml", *LIVE}),
    ],
    ids=lambda value: "-".join(value[:2]) if isinstance(value, list) else "",
)
def test_each_command_opens_the_libraries_that_it_uses_alone(asked, libraries, tmp_path):
    arguments = ["rbacgraph", *(word.replace("TMP", str(tmp_path)) for word in asked)]
    code = (
        f"import sys; sys.argv = {arguments!r}\n"
        "from contextlib import suppress\n"
        "from rbacgraph.cli import run\n"
        "with suppress(SystemExit):\n"
        "    run()"
    )
    assert loaded(code, LIBRARIES) == str([one for one in LIBRARIES if one in libraries])


def test_public_names_are_all_there():
    for name in rbacgraph.__all__:
        assert getattr(rbacgraph, name) is not None
        assert name in dir(rbacgraph)


def test_other_names_are_not():
    with pytest.raises(AttributeError, match="nonesuch"):
        _ = rbacgraph.nonesuch
