"""Every experiment on a real API server, as a question to the graph.

``fixtures/oracle/techniques.json.gz`` holds what somebody who held exactly the listed rights
did and got. :mod:`tests.techniques.table` turns each row, and each of its knock-outs, into a
cluster: what some row obtained there with no more rights is reached, and nothing else is.
"""

import io
import json
from functools import cache

import pytest

import rbacgraph as rg
from rbacgraph.techniques.catalogue import pages
from tests.techniques.experiments.cluster import IF, NO, S1, YES, server_list
from tests.techniques.table.lists import EXPLAINED, NOT_OBJECTS, YIELDS_NOTHING
from tests.techniques.table.requests import controllers, requests
from tests.techniques.table.rows import cases, claim, read_rows
from tests.techniques.table.states import P, cluster


def _load(objects):
    text = json.dumps(server_list(objects)).encode()
    return rg.load(io.BytesIO(text), kubernetes_version="1.36")


@cache  # many cases ask about one cluster, for other targets
def _gets(state, rights, holder, home, source):
    reach = _load(cluster(state, rights, dict(holder), home)).reach(source=source)
    return {one.target: YES if one.certain else IF for one in reach}


def _asked(case):
    return case.state, case.rights, case.holder, case.home, case.source


def _agrees(case):
    return _gets(*_asked(case)).get(case.target, NO) == claim(case)


READS = {"read-secret", "patch-secret", "delete-secret", "delete-secrets"}
OTHERS = [page.id for page in pages() if page.effort and page.id not in READS]
CASES = sorted(  # those about one cluster follow each other, and so run in one process
    (case for case in cases() if case.row not in EXPLAINED),
    key=lambda case: (case.state, sorted(map(str, case.rights)), case.holder, case.home),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_the_server_gave_is_what_the_graph_claims(case):
    assert _agrees(case)


@pytest.mark.parametrize("row", sorted(EXPLAINED))
def test_a_row_that_is_set_apart_disagrees_still(row):
    agrees = all(_agrees(case) for case in cases() if case.row == row)
    assert not agrees, f"take {row} out of tests/techniques/table/lists.py"


@pytest.mark.parametrize("request_", requests(), ids=str)
def test_what_the_server_answered_is_what_is_decided(request_):
    decision = _load(request_.objects()).can_i(**request_.asked, user=request_.user)
    assert decision.allowed is request_.allowed


@pytest.fixture(scope="module")
def with_controllers():
    return _load(cluster("controllers", (), P, "t1"))


@pytest.mark.parametrize(("name", "ways"), controllers())
def test_controllers_that_read_secrets(with_controllers, name, ways):
    reach = with_controllers.reach(source=f"sa:kube-system/{name}", without=OTHERS)
    found = {one.certain.hops[0].edge for one in reach if one.target == S1 and one.certain}
    assert bool(found & READS) is bool(ways.strip())


def test_every_row_is_asked_or_set_apart():
    asked = {case.row for case in cases()} | {request_.row for request_ in requests()}
    assert asked | NOT_OBJECTS.keys() == {row["id"] for row in read_rows()}
    assert asked.isdisjoint(NOT_OBJECTS)
    assert asked >= YIELDS_NOTHING.keys() | EXPLAINED.keys()
    assert len(cases()) > 550
