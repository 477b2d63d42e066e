"""Every experiment on a real API server, as a question to the graph.

``fixtures/oracle/techniques.json.gz`` holds what somebody who held exactly the listed rights
did and got. :mod:`tests.techniques.table` turns each row, and each of its knock-outs, into a
cluster: what some row obtained there with no more rights is reached, and nothing else is.
"""

import json

import pytest

import rbacgraph as rg
from rbacgraph.techniques.catalogue import pages
from tests.techniques.experiments.cluster import IF, NO, S1, YES, server_list
from tests.techniques.table.lists import EXPLAINED, NOT_OBJECTS, YIELDS_NOTHING
from tests.techniques.table.requests import controllers, requests
from tests.techniques.table.rows import cases, claim, read_rows
from tests.techniques.table.states import P, cluster


def _load(objects, tmp_path):
    path = tmp_path / "cluster.json"
    path.write_text(json.dumps(server_list(objects)))
    return rg.load(path, kubernetes_version="1.36")


def _agrees(case, tmp_path):
    objects = cluster(case.state, case.rights, dict(case.holder), case.home)
    reach = _load(objects, tmp_path).reach(source=case.source)
    found = next((one for one in reach if one.target == case.target), None)
    said = NO if found is None else YES if found.certain else IF
    return said == claim(case)


READS = {"read-secret", "patch-secret", "delete-secret", "delete-secrets"}
OTHERS = [page.id for page in pages() if page.effort and page.id not in READS]


@pytest.mark.parametrize("case", [case for case in cases() if case.row not in EXPLAINED], ids=str)
def test_what_the_server_gave_is_what_the_graph_claims(case, tmp_path):
    assert _agrees(case, tmp_path)


@pytest.mark.parametrize("row", sorted(EXPLAINED))
def test_a_row_that_is_set_apart_disagrees_still(row, tmp_path):
    agrees = all(_agrees(case, tmp_path) for case in cases() if case.row == row)
    assert not agrees, f"take {row} out of tests/techniques/table/lists.py"


@pytest.mark.parametrize("request_", requests(), ids=str)
def test_what_the_server_answered_is_what_is_decided(request_, tmp_path):
    decision = _load(request_.objects(), tmp_path).can_i(**request_.asked, user=request_.user)
    assert decision.allowed is request_.allowed


@pytest.mark.parametrize(("name", "ways"), controllers())
def test_controllers_that_read_secrets(name, ways, tmp_path):
    loaded = _load(cluster("controllers", (), P, "t1"), tmp_path)
    reach = loaded.reach(source=f"sa:kube-system/{name}", without=OTHERS)
    found = {one.certain.hops[0].edge for one in reach if one.target == S1 and one.certain}
    assert bool(found & READS) is bool(ways.strip())


def test_every_row_is_asked_or_set_apart():
    asked = {case.row for case in cases()} | {request_.row for request_ in requests()}
    assert asked | NOT_OBJECTS.keys() == {row["id"] for row in read_rows()}
    assert asked.isdisjoint(NOT_OBJECTS)
    assert asked >= YIELDS_NOTHING.keys() | EXPLAINED.keys()
    assert len(cases()) > 550
