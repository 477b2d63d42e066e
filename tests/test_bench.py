"""The bench runs, compares with its goals, and makes the awkward clusters that it names."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import networkx as nx
import pytest

import rbacgraph

BENCH = Path(__file__).with_name("bench")
READERS = [
    ("binders", "user:u0", "n0/s0"),
    ("group_chain", "group:g4", "big/db"),
    ("token_chain", "sa:big/a0", "big/db"),
    ("imp_users", "user:h0", "n4/s0"),
    ("crbs_admin", "user:u4", "n199/s9"),
    ("many_rules", "sa:big/a99", "big/s4"),
    ("many_names", "sa:big/a99", "big/s4"),
    ("crossing", "user:z4", "x/db"),
]


@pytest.fixture
def bench(monkeypatch):
    """Modules of the bench, which stand beside each other and not in a package."""
    monkeypatch.syspath_prepend(BENCH)
    yield importlib.import_module
    for name in (
        "cluster",
        "events",
        "goal_table",
        "goals",
        "measure",
        "objects",
        "shapes",
        "writers",
    ):
        sys.modules.pop(name, None)


def test_it_measures_and_says_what_it_leaves_out(tmp_path):
    command = [sys.executable, BENCH, "--sizes", "XS", "--rows", "json", "--repeat", "1"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    said = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
    assert "JSON to snapshot" in said.stdout
    left_out = [line for line in said.stdout.splitlines() if line.startswith("exposure M.json /")]
    assert len(left_out) == 1
    assert left_out[0].endswith("left out: --sizes lacks M")
    assert " met" not in said.stdout.casefold()


@pytest.mark.parametrize(("cpu", "verdict"), [(4.5, "met"), (4.6, "NOT MET")])
def test_a_ratio_is_compared_with_its_goal(bench, cpu, verdict):
    table, goals, measure = (bench(name) for name in ("goal_table", "goals", "measure"))
    goal = goals.GOALS[0]._replace(cpu=4.5)
    figures = {goal.work: measure.Figure(cpu, 9, 80), goal.against: measure.Figure(1, 1, 70)}
    assert table._line(goal, figures).endswith(f"  {verdict}\n")


def test_the_start_is_taken_off_both(bench):
    table, goals, measure = (bench(name) for name in ("goal_table", "goals", "measure"))
    goal = next(goal for goal in goals.GOALS if goal.start)
    seconds = zip((goal.work, goal.against, goal.start), (3.0, 2.0, 1.0), strict=True)
    figures = {process: measure.Figure(cpu, cpu, 60) for process, cpu in seconds}
    assert " 2.00 " in table._line(goal, figures)


def test_a_peak_alone_may_miss_a_goal(bench):
    table, goals, measure = (bench(name) for name in ("goal_table", "goals", "measure"))
    goal = next(goal for goal in goals.GOALS if goal.work.title == "report M")
    figures = {goal.work: measure.Figure(1, 1, 401), goal.against: measure.Figure(1, 1, 1)}
    assert table._line(goal, figures).endswith("  NOT MET\n")


@pytest.mark.parametrize(("shape", "first", "secret"), READERS)
def test_a_shape_holds_the_paths_that_make_it_awkward(bench, tmp_path, shape, first, secret):
    file = tmp_path / "cluster.json"
    bench("writers").write_json(file, bench("shapes").SHAPES[shape](5))
    found = rbacgraph.load(file).paths(secret=secret, source=first)
    assert found[0].certain


@pytest.mark.parametrize("role", ["r4", "q4"])
def test_crossing_names_meet_only_with_the_role_that_the_user_binds(bench, tmp_path, role):
    file = tmp_path / "cluster.json"
    bench("writers").write_json(file, bench("shapes").SHAPES["crossing"](5))
    graph = rbacgraph.load(file).graph()
    assert nx.has_path(graph, "ability:x/bind Role/B4", f"ability:x/edit-role {role}")


def test_each_shape_has_its_goal(bench):
    goals, shapes = bench("goals"), bench("shapes")
    assert {goal.work.cluster.partition("-")[0] for goal in goals.GOALS if goal.start} == {
        *shapes.SHAPES
    }
