"""Conditions: one operator and one order with their laws, and words that decide nothing."""

import copy
import pickle
import re
import subprocess
import sys
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacgraph.model.condition import CERTAIN, Condition, Doubt, If, RunsAnd, both

_ABOUT_NODES = (If.NODE_IS_READY_AGAIN, If.NODE_IS_THERE, If.WINDOWS_NODE_RUNS_HOST_PROCESS)
DOUBTS = st.builds(
    lambda code, name: Doubt(code, (name,)),
    st.sampled_from(_ABOUT_NODES),
    st.sampled_from(["a", "b", "a and b", "node a is ready again", " and ", ""]),
)
CONDITIONS = st.lists(DOUBTS, max_size=4).map(Condition)


@given(CONDITIONS, CONDITIONS, CONDITIONS)
def test_joining_has_its_laws(one, two, three):
    assert one & two == two & one
    assert one & (two & three) == (one & two) & three == both(one, two, three)
    assert one & one == one & CERTAIN == CERTAIN & one == one
    assert hash(one & two) == hash(two & one)
    assert bool(one & two) == (bool(one) or bool(two))
    assert set((one & two).doubts) == {*one.doubts, *two.doubts}


@given(CONDITIONS, CONDITIONS, CONDITIONS)
def test_the_weaker_is_the_same_in_any_order(one, two, three):
    least = min(one, two, three)
    assert least == min(three, one, two) == min(two, three, one)
    assert sum((one < two, two < one, one == two)) == 1
    assert one < three or not (one < two < three)
    assert not one < CERTAIN
    assert not one & two < one
    assert len(least.doubts) == min(len(c.doubts) for c in (one, two, three))


@given(st.lists(CONDITIONS, min_size=1, max_size=4))
def test_wording_decides_nothing(several):
    """Whatever the words are, the same conditions are equal, and the same one is the weaker."""
    before = [sorted(several), len(set(several)), min(several)]
    with pytest.MonkeyPatch.context() as patch:
        for code in _ABOUT_NODES:
            patch.setattr(code, "words", "x")
        assert [sorted(several), len(set(several)), min(several)] == before


def test_a_name_is_never_a_second_doubt():
    """What is called like a joined sentence is still one thing."""
    one, two = If.NODE_IS_READY_AGAIN("a"), If.NODE_IS_READY_AGAIN("b")
    hostile = If.NODE_IS_READY_AGAIN("a is ready again and node b")
    assert str(one & two) == str(hostile)
    assert one & two != hostile
    assert len((one & two & hostile).doubts) == 3


@given(CONDITIONS)
def test_a_copy_is_equal(one):
    assert copy.deepcopy(one) == one
    assert pickle.loads(pickle.dumps(one)) == one


def test_a_process_reads_what_another_one_wrote():
    """Names hash differently in each."""
    script = (
        "import pickle, sys; from rbacgraph.model.condition import If;"
        " found = pickle.loads(sys.stdin.buffer.read());"
        " sys.exit(found not in {If.NODE_IS_READY_AGAIN('a')})"
    )
    written = pickle.dumps(If.NODE_IS_READY_AGAIN("a"))
    done = subprocess.run([sys.executable, "-c", script], input=written, check=False)
    assert done.returncode == 0


def whole(words):
    """The words of a doubt, with ``{}`` for its subject."""
    return words if isinstance(words, str) else words("{}")


def test_every_doubt_has_words_of_its_own():
    plain = [whole(code.words) for code in If if isinstance(code.words, str | RunsAnd)]
    assert len(set(plain)) == len(plain)
    assert all(plain)


def test_nothing_is_said_of_what_is_certain():
    assert str(CERTAIN) == ""


def test_a_condition_prints_as_its_words():
    assert f"{If.POD_STARTS()}" == "the pod starts running"


def test_what_stands_in_brackets_is_left_out_of_short_words():
    assert If.POD_RUNS_UNSEEN.words == "Pod {}/{} runs, which the input does not show"
    assert If.POD_RUNS_UNSEEN.short == "Pod {}/{} runs"
    assert str(If.OPERATOR_READS_STORE("X")).endswith("reads the store for the attacker's object")
    assert If.OPERATOR_READS_STORE.short == "{} reads the store"
    assert If.POD_STARTS.short == If.POD_STARTS.words


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (
            If.OBJECT_IS_AS_IN("Role", "a", "b", (("f", 0, 0), ("g", 3, 0), ("h", 4, 2))),
            "Role a/b is as in f or g:3 or h:4, its version 2",
        ),
        (If.OBJECT_IS_AS_IN("Role", "a", "b", (("", 0, 1),)), "Role a/b is as in its version 1"),
        (
            If.EITHER_QUOTA_HAS_ROOM(("a", "x", "pods"), ("a", "y", "count/pods")),
            (
                "ResourceQuota a/x has room again (its pods is used up) or"
                " ResourceQuota a/y has room again (its count/pods is used up)"
            ),
        ),
        (
            If.SOMEBODY_WRITES_SECRET(
                ("CREATE", "DELETE"), ("pods", "jobs"), ("selectors",), ("w",)
            ),
            (
                "somebody creates or deletes the Secret or creates a Pod or creates a Job in its"
                " namespace, which the selectors of w match"
            ),
        ),
        (If.OPERATOR_RUNS(), "an operator of custom workloads runs in the cluster"),
        (
            If.CONTAINER_RUNS_AGAIN("c", "a", "p", ""),
            "container c of Pod a/p runs again (it has ended)",
        ),
    ],
)
def test_words_of_lists(condition, words):
    assert str(condition) == words


def test_that_an_operator_runs_is_said_once_of_it():
    clauses = [code for code in If if isinstance(code.words, RunsAnd)]
    assert len(clauses) > 10
    beginnings = [code.words for code in If if isinstance(code.words, str)]
    assert not any(words.startswith("{} runs in the cluster and ") for words in beginnings)
    for one, other in product(clauses, clauses):
        both = str(one("Xy") & other("Xy"))
        assert both.count("Xy runs in the cluster") == 1
        assert not re.search(r"\bXy (a|an|another|its|no|the|what)\b", both), both
        apart = str(one("Xy") & other("Zw"))
        assert [apart.count(f"{name} runs in the cluster") for name in ("Xy", "Zw")] == [1, 1]
