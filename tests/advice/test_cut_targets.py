"""Every kind of target that a technique can have is one that changes are found for."""

import numpy as np
import pytest

import rbacgraph as rg
from rbacgraph.advice.changes.apply_changes import applied
from rbacgraph.advice.edits.apply_edits import apply
from rbacgraph.advice.edits.editor import Editor
from rbacgraph.advice.edits.edits_that_close import EditFinder
from tests.techniques.test_twins import NOTHING, ROWS, Row, load
from tests.worlds import ALL

NONE = "apiVersion: v1\nkind: List\nitems: []\n"


def _kind(target: str) -> str:
    return target.partition(":")[0]


def _twins() -> list[Row]:
    """Return each twin that has its edge; on a commit one for each kind of target."""
    several = [row for row in ROWS if row.gets != NOTHING]
    if not ALL:
        several = {(row.id, _kind(row.target)): row for row in several[::-1]}.values()
    return list(dict.fromkeys(row.input for row in several))


TWINS = _twins()


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    path = tmp_path_factory.mktemp("none") / "none.yaml"
    path.write_text(NONE)
    return rg.load(path, bootstrap=False, allow_empty=True)


@pytest.mark.parametrize("twin", TWINS, ids=str)
def test_an_edge_to_any_kind_of_target_has_changes_or_none(twin):
    """Also one to a token of a store, which has a key in place of a name."""
    graph = load(twin).access_graph
    editor = Editor(graph.world, (), (), [])
    finder = EditFinder(editor, graph, apply(editor, frozenset()), frozenset())
    supports = finder.supports
    numbers = finder.numbers_of(np.arange(len(graph.source)))
    assert all(supports[number].several for number in numbers)


@pytest.mark.parametrize("twin", TWINS, ids=str)
def test_changes_are_found_and_compared(twin, empty):
    """What cut and risks change, and what differs, has an answer for each twin."""
    cluster = load(twin)
    changed = [empty]
    for row in cluster.exposure():
        found = cluster.cut(row.secret)
        assert str(found)
        changed.append(rg.Cluster(applied(cluster.snapshot, found.changes)))
    if cluster.risks():
        found = cluster.fix_risks(1)
        assert str(found)
        changed.append(rg.Cluster(applied(cluster.snapshot, found.changes)))
    for other in changed:
        assert str(rg.diff(cluster, other))
        assert str(rg.diff(other, cluster))
