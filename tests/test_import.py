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


def loaded(code):
    """Return what a fresh process prints: sets of modules."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return [set(line.split()) for line in done.stdout.splitlines()]


def opened(*questions):
    """Ask one question after the other in a fresh process; gives the modules after each."""
    return loaded(
        "import os, sys\n"
        "from rbacgraph.cli import run\n"
        "answer, sys.stdout = sys.stdout, open(os.devnull, 'w')\n"
        f"for words in {questions!r}:\n"
        "    sys.argv = ['rbacgraph', *words]\n"
        "    run()\n"
        "    print(*sys.modules, file=answer)\n"
    )


def test_import_is_light():
    (modules,) = loaded("import rbacgraph, sys; print(*sys.modules)")
    assert not modules & {*LIBRARIES, "typer", "rich"}


ANSWERS = {"rbacgraph.api", "rich"}
OTHER_ANSWERS = {
    *("rbacgraph.advice", "rbacgraph.report.advice.cut", "rbacgraph.report.picture.picture"),
    *("rbacgraph.sources.live", "pydantic"),
}
EDGES = {"rbacgraph.techniques", "rbacgraph.graph", "pydantic"}


@pytest.mark.parametrize(
    "questions",
    [
        [
            (["--version"], set(), ANSWERS),
            (["--help"], set(), ANSWERS),
            (["vault", "--help"], set(), ANSWERS),
            (["paths", "--help"], set(), ANSWERS),
            (["explain", "read-secret"], {"msgspec"}, set()),
            (["collector-role"], {"msgspec"}, set()),
        ],
        [
            (["can-i", "get", "secrets", "-n", "shop", "--as", "alice", *SHOP], YAML, EDGES),
            (["who-can", "get", "secrets", "-n", "shop", *SHOP], YAML, EDGES),
            (["exposure", *SHOP], GRAPH, OTHER_ANSWERS),
            (["paths", *DB], GRAPH, OTHER_ANSWERS),
            (["paths", *DB, "-o", "json"], GRAPH, OTHER_ANSWERS),
            (["paths", *DB, "-o", "mermaid"], GRAPH, set()),
            (["reach", "sa:ci/runner", *SHOP], GRAPH, set()),
            (["diff", SHOP[1], SHOP[1], "-o", "sarif"], GRAPH, set()),
            (["check", "--policy", "fixtures/clusters/shop-access.yaml", *SHOP], GRAPH, set()),
            (["report", *SHOP, "-o", "TMP/report.html"], GRAPH, set()),
            (["cut", *DB], {*GRAPH, "scipy"}, set()),
        ],
        [(["render", *DB[1:], "--secret", DB[0], "-o", "TMP/x.svg"], {*GRAPH, *DRAWS}, set())],
        [
            (["usage", "--audit-log", "fixtures/audit/shop.log", *SHOP], YAML, EDGES),
            (["snapshot", *SHOP, "-o", "TMP/x.json.zst"], {*YAML, "zstandard"}, set()),
        ],
        [
            (
                ["export", *SHOP, "--format", "graphml", "-o", "TMP/x.xml"],
                {*GRAPH, "networkx"},
                set(),
            )
        ],
        [(["exposure", "--kubeconfig", "TMP/none"], {"msgspec", "yaml", *LIVE}, set())],
    ],
    ids=lambda questions: questions[0][0][0],
)
def test_each_command_opens_what_it_uses_alone(questions, tmp_path):
    """What opens more is asked later, so that one process is enough for several."""
    asked = [[word.replace("TMP", str(tmp_path)) for word in words] for words, *_ in questions]
    found = opened(*asked)
    for (words, libraries, closed), modules in zip(questions, found, strict=True):
        assert modules & set(LIBRARIES) == libraries, words
        assert not modules & closed, words


def test_the_version_is_that_of_the_package():
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    assert rbacgraph.__version__ == project["version"]


def test_public_names_are_all_there():
    for name in rbacgraph.__all__:
        assert getattr(rbacgraph, name) is not None
    assert dir(rbacgraph) == sorted(rbacgraph.__all__)


def test_other_names_are_not():
    with pytest.raises(AttributeError, match="nonesuch"):
        _ = rbacgraph.nonesuch
