"""The tables of a notebook in a real browser: whatever names say, and however many there are."""

import json

import pytest

import rbacgraph as rg
from tests.browser.browser import BAIT

RBAC = "rbac.authorization.k8s.io"
MANY = 200


def named(kind, name, namespace=BAIT, **more):
    group = "v1" if kind in {"Secret", "ServiceAccount"} else f"{RBAC}/v1"
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": group, "kind": kind, "metadata": metadata, **more}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Every name is bait, in many namespaces; some of them hold a Secret."""
    rule = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}
    objects = [
        named("Secret", BAIT),
        named("Role", BAIT, rules=[rule]),
        named(
            "RoleBinding",
            BAIT,
            roleRef={"apiGroup": RBAC, "kind": "Role", "name": BAIT},
            subjects=[{"apiGroup": RBAC, "kind": "User", "name": BAIT}],
        ),
        *(named("Secret", "db", f"{BAIT}{number}") for number in range(MANY)),
    ]
    path = tmp_path_factory.mktemp("bait") / "bait.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    return rg.load(path)


@pytest.fixture
def shows(chromium, tmp_path):
    """Returns a function that opens what a notebook shows, and returns its cells."""

    def shown(thing):
        page = tmp_path / "cell.html"
        head = '<!DOCTYPE html><meta charset="utf-8"><title>cell</title>'
        page.write_text(head + thing._repr_html_(), encoding="utf-8")
        chromium.get(page.as_uri())
        run = chromium.execute_script
        assert run("return [window.ran, document.scripts.length, document.images.length]") == [
            None,
            0,
            0,
        ]
        cells = "return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)"
        return {place: run(cells, place) for place in ("caption", "th", "td", "p")}

    return shown


def test_names_are_text_in_answers(shows, cluster):
    for answer in (
        cluster.paths("*/*"),
        cluster.reach(f"user:{BAIT}"),
        cluster.exposure(),
        cluster.who_can("get", "secrets", namespace=BAIT),
        cluster.exposure()[:5],
    ):
        found = shows(answer)
        assert len(found["th"]) == 5
        assert any(BAIT in cell for cell in found["td"])


def test_a_cluster_is_a_table_of_its_namespaces(shows, cluster):
    found = shows(cluster)
    assert found["th"] == [
        *("namespace", "Secrets", "ServiceAccounts", "RoleBindings", "Pods and workloads")
    ]
    assert [BAIT, "1", "0", "1", "0"] in [found["td"][i : i + 5] for i in range(0, 300, 5)]
    assert len(found["td"]) == 60 * 5
    known = len(cluster.snapshot.held_namespaces)
    assert known > MANY
    (below,) = found["p"]
    assert below.startswith(f"{known - 60} more namespaces. ")
    assert f"{len(cluster.snapshot.cluster_role_bindings)} ClusterRoleBindings" in below
    assert f"{len(cluster.diagnostics)} diagnostics" in below


def test_a_long_answer_says_what_it_leaves_out(shows, cluster):
    answer = cluster.exposure()
    found = shows(answer)
    assert len(found["td"]) == 60 * 5
    rows, columns = answer.to_frame().shape
    assert found["p"] == [
        f"{rows - 60} more rows and {columns - 5} more columns: to_frame() has all."
    ]


def test_a_long_cell_is_cut(shows, tmp_path):
    subjects = [{"kind": "User", "name": f"user-{number:04}"} for number in range(900)]
    rule = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}
    objects = [
        named("Secret", "db", "shop"),
        named("Role", "r", "shop", rules=[rule]),
        named(
            "RoleBinding",
            "b",
            "shop",
            roleRef={"apiGroup": RBAC, "kind": "Role", "name": "r"},
            subjects=subjects,
        ),
    ]
    path = tmp_path / "many.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    answer = rg.load(path).cut("shop/db")
    assert max(map(len, answer.to_frame()["loses"])) > 9000
    assert max(map(len, shows(answer)["td"])) == 301
