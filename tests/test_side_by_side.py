"""Several processes answer what one does, whatever becomes of them."""

import os
from multiprocessing import active_children

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbacgraph.api.fork_pool import SideBySide
from rbacgraph.graph.build import build
from rbacgraph.query.access.survey import survey
from rbacgraph.sources.load import load


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers()), st.integers(1, 4))
def test_it_is_what_map_returns(items, processes):
    def work(item):
        return [item, {"twice": 2 * item}]

    assert list(SideBySide(processes, alone=0)(work, items)) == list(map(work, items))
    assert not active_children()


@pytest.mark.parametrize("processes", [1, 2])
def test_other_processes_work_where_there_may_be_some(processes):
    worked = set(SideBySide(processes, alone=0)(lambda _: os.getpid(), range(9)))
    assert len(worked) <= processes
    assert (os.getpid() in worked) == (processes == 1)


def test_what_is_done_soon_needs_no_other_process():
    assert set(SideBySide(2, alone=60)(lambda _: os.getpid(), range(9))) == {os.getpid()}


@pytest.mark.parametrize("lost", [range(3, 4), range(9), range(0)])
def test_what_a_process_does_not_answer_is_done_here(lost):
    here = os.getpid()

    def work(item):
        if item in lost and os.getpid() != here:
            os._exit(9)
        return item

    assert list(SideBySide(2, alone=0)(work, range(9))) == list(range(9))


def test_what_cannot_be_sent_is_done_here():
    found = list(SideBySide(2, alone=0)(lambda item: lambda: item, range(5)))
    assert [one() for one in found] == list(range(5))


def test_an_error_is_raised_where_its_item_stands():
    results = SideBySide(2, alone=0)(lambda item: 6 // (3 - item), range(9))
    assert [next(results) for _ in range(3)] == [2, 3, 6]
    with pytest.raises(ZeroDivisionError):
        next(results)
    assert not active_children()


def test_who_stops_listening_ends_the_processes():
    results = SideBySide(3, alone=0)(lambda item: item, range(1000))
    assert next(results) == 0
    assert active_children()
    results.close()
    assert not active_children()


def test_a_survey_is_the_same(root):
    graph = build(load(root / "fixtures" / "clusters" / "shop"))
    assert survey(graph, each=SideBySide(2, alone=0)) == survey(graph)
