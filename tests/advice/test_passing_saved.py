"""A saved suggestion and a cut, held against the writes of roles that a log shows."""

import io
import json

import pytest

import rbacgraph as rg
from rbacgraph.advice.changes.apply_changes import applied
from rbacgraph.model.kubernetes.rbac import RBAC_GROUP, PolicyRule
from tests.advice.written_roles import (
    READ,
    SECRET,
    TO_WEB,
    WEB,
    WRITES,
    cluster_of,
    event,
    held,
    logged_bytes,
    on,
    role,
    with_objects,
)


def test_a_cut_keeps_what_is_passed_on():
    cluster = with_objects(SECRET, WRITES, READ)
    logs = [logged_bytes(on(WEB)), logged_bytes(event("create", WEB, code=403))]
    kept, cut = (cluster.cut(secret="shop/db", usage=log).result for log in logs)
    assert [one.principal for one in kept.uncut] == ["serviceaccount:shop/ci"]
    assert kept.proof.writes == 1
    assert cut.uncut == ()


def saved(cluster, *events):
    """A suggestion as it is saved, and as it is checked again on the same cluster."""
    answer = cluster.suggest(principal="sa:shop/ci", audit=logged_bytes(*events), effect=False)
    text = answer.report().render("json")
    return cluster.verify_suggestion(io.BytesIO(text.encode()), effect=False)


def test_a_saved_suggestion_is_proven_again_with_its_writes():
    cluster = rg.Cluster(cluster_of(*held(WRITES, READ)).snapshot)
    known = saved(cluster, on(WEB), on(TO_WEB))
    assert known.result.holds
    assert (known.result.proof.writes, known.result.doubts) == (2, ())
    assert "2 writes of roles and bindings pass escalation prevention" in " ".join(
        str(known).split()
    )
    unknown = saved(cluster, event("create", WEB))
    assert [one.known for one in unknown.result.doubts] == [False]
    first = " ".join(str(unknown).partition("Proof")[0].split())
    assert "holds on this cluster as far as rbacgraph knows" in first
    assert "may refuse serviceaccount:shop/ci to create Role shop/web" in first


def test_a_saved_suggestion_does_not_hold_where_a_write_fails_by_it():
    """What the writer holds elsewhere now covers the write, until the suggestion is applied."""
    objects = held(PolicyRule(("create",), (RBAC_GROUP,), ("roles",)), READ)
    cluster = rg.Cluster(cluster_of(*objects).snapshot)
    log = logged_bytes(on(WEB))
    answer = cluster.suggest(principal="sa:shop/ci", audit=log, effect=False)
    document = json.loads(answer.report().render("json"))
    for needing in document["needs"]:
        for write in needing["writes"]:
            write["rules"] = [{"verbs": ["list"], "apiGroups": [""], "resources": ["pods"]}]
    checked = cluster.verify_suggestion(io.BytesIO(json.dumps(document).encode()), effect=False)
    assert not checked.result.holds
    assert "refuses serviceaccount:shop/ci to create Role shop/web" in " ".join(
        str(checked).split()
    )


@pytest.mark.parametrize("is_applied", [False, True])
@pytest.mark.parametrize(
    ("there", "doubts"), [((), [False]), ((WEB,), [True]), ((role("web"),), [])]
)
def test_a_saved_suggestion_is_checked_with_the_roles_that_a_cluster_holds_now(
    there, doubts, is_applied
):
    """Nothing told what the write passes on; before it is applied, and afterwards too."""
    objects = held(WRITES, READ)
    answer = rg.Cluster(cluster_of(*objects).snapshot).suggest(
        principal="sa:shop/ci", audit=logged_bytes(event("create", WEB)), effect=False
    )
    text = answer.report().render("json")
    snapshot = cluster_of(*objects, *there).snapshot
    if is_applied:
        snapshot = applied(snapshot, answer.result.changes)
    checked = rg.Cluster(snapshot).verify_suggestion(io.BytesIO(text.encode()), effect=False)
    assert [one.known for one in checked.result.doubts] == doubts
    assert checked.result.holds is (True not in doubts)


def test_a_cut_says_in_the_first_lines_which_writes_may_fail():
    """Nothing says what the role grants, and the cut takes away what the writer holds."""
    found = with_objects(SECRET, WRITES, READ).cut(
        secret="shop/db", usage=logged_bytes(event("create", WEB))
    )
    (doubt,) = found.result.proof.doubts
    assert (doubt.name, doubt.known) == ("web", False)
    first = " ".join(str(found).partition("[1]")[0].split())
    assert "may refuse serviceaccount:shop/ci to create Role shop/web" in first
