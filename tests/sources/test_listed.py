"""When a List shows that a server listed a kind completely."""

import io
import json

import pytest
import yaml

from rbacgraph.sources.load import load


def item(kind, name, namespace="", uid="u", **rest):
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    if uid:
        metadata["uid"] = f"{uid}-{kind}-{name}"
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **rest}


SHOP = [item("Secret", "a", "shop"), item("Secret", "b", "shop")]
TWO = [*SHOP, item("Secret", "c", "pay")]
PLAIN = {"apiVersion": "v1", "kind": "List"}
TYPED = {"kind": "SecretList", "apiVersion": "v1"}
CONSTRAINTS = "SecurityContextConstraints"
OPENSHIFT = {"apiVersion": "security.openshift.io/v1"}
OURS, PRIVILEGED = (item(CONSTRAINTS, name, **OPENSHIFT) for name in ("ours", "privileged"))
OF_OPENSHIFT = {**OPENSHIFT, "kind": f"{CONSTRAINTS}List", "metadata": {"resourceVersion": "7"}}

TABLE = [
    # a plain List, as `kubectl get` writes it
    ({"items": SHOP}, {("Secret", "shop")}),
    ({"items": TWO}, {("Secret", "")}),
    ({"items": [*SHOP, item("Pod", "p", "pay")]}, {("Secret", ""), ("Pod", "")}),
    ({"items": [*SHOP, item("Node", "n")]}, {("Secret", "shop"), ("Node", "")}),
    ({"items": [item("Namespace", "shop")]}, {("Namespace", "")}),
    ({"items": []}, set()),
    ({"items": None}, set()),
    # written by people
    ({"items": [item("Secret", "a", "shop", uid="")]}, set()),
    ({"items": [item("Secret", "a", "shop", uid=""), *SHOP]}, set()),
    ({"items": [*TWO, item("Secret", "d", "pay", uid="")]}, set()),
    ({"items": [*TWO, item("Node", "n", uid="")]}, set()),
    ({"items": [item("Secret", "a", "shop"), item("ServiceAccount", "s", "shop", uid="")]}, set()),
    # typed lists, as the API itself answers
    ({**TYPED, "metadata": {"resourceVersion": "7"}, "items": SHOP}, {("Secret", "shop")}),
    ({**TYPED, "metadata": {"resourceVersion": "7"}, "items": TWO}, {("Secret", "")}),
    ({**TYPED, "metadata": {"resourceVersion": "7"}, "items": None}, set()),
    (
        {**TYPED, "kind": "NodeList", "metadata": {"resourceVersion": "7"}, "items": []},
        {("Node", "")},
    ),
    ({**TYPED, "kind": "ConfigMapList", "metadata": {"resourceVersion": "7"}, "items": []}, set()),
    # a kubelet knows the pods of its node only
    ({**TYPED, "kind": "PodList", "metadata": {}, "items": [item("Pod", "p", "shop")]}, set()),
    # one page of many
    ({**TYPED, "metadata": {"resourceVersion": "7", "continue": "x"}, "items": TWO}, set()),
    # what every server has of a kind is missing: it was asked for some by name or label
    ({"items": [OURS, PRIVILEGED]}, {(CONSTRAINTS, "")}),
    ({"items": [OURS, *SHOP]}, {("Secret", "shop")}),
    ({**OF_OPENSHIFT, "items": [PRIVILEGED]}, {(CONSTRAINTS, "")}),
    ({**OF_OPENSHIFT, "items": [OURS]}, set()),
    ({**OF_OPENSHIFT, "items": []}, set()),
    # an item that could not be read might be any of its kind
    ({"items": [*TWO, item("Secret", 7, "pay"), item("Pod", "p", "pay")]}, {("Pod", "")}),
    ({"items": [*TWO, {"kind": 7}]}, set()),
    ({"items": [*TWO, item("Secret", "", "pay"), item("Role", "r", "pay")]}, {("Secret", "")}),
]


@pytest.mark.parametrize(("written", "listed"), TABLE)
@pytest.mark.parametrize("form", ["kubectl", "minified", "yaml"])
def test_what_is_listed(written, listed, form):
    written = {"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, **written}
    text = json.dumps(written, indent=4 if form == "kubectl" else None)
    snapshot = load(io.BytesIO((b"---\n" if form == "yaml" else b"") + text.encode()))
    assert snapshot.listed == listed


def test_what_one_list_could_not_read_another_does_not_prove():
    unread = item("Secret", 7, "pay")
    lists = [TWO, [unread], [item("Pod", "p", "pay")]]
    files = [io.BytesIO(json.dumps({**PLAIN, "items": items}).encode()) for items in lists]
    assert load(*files).listed == {("Pod", "pay")}
    files = [io.BytesIO(json.dumps({**PLAIN, "items": items}).encode()) for items in lists[::2]]
    assert load(*files).listed == {("Secret", ""), ("Pod", "pay")}


ADDED = item("Secret", "added", "pay", uid="")


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([*TWO, ADDED], ["Secret pay/added has no uid, unlike others in this List"]),
        (
            [ADDED, *TWO, item("Node", "worker", uid="")],
            ["Secret pay/added and 1 object more have no uid, unlike others in this List"],
        ),
        (TWO, []),
        ([ADDED, item("Secret", "b", "shop", uid="")], []),  # a List that a person wrote
        ([{"kind": "List", "apiVersion": "v1", "items": TWO}, ADDED], []),
    ],
)
@pytest.mark.parametrize("form", ["kubectl", "minified", "yaml"])
def test_what_shows_that_no_server_wrote_a_list_is_named(items, said, form):
    written = {"apiVersion": "v1", "items": items, "kind": "List", "metadata": {}}
    text = json.dumps(written, indent=4 if form == "kubectl" else None)
    if form == "yaml":
        text = yaml.safe_dump(written)
    found = [d for d in load(io.BytesIO(text.encode())).diagnostics if d.code == "no-uid"]
    assert [d.message for d in found] == said
    lines = text.split("\n")
    for one in found:
        assert "added" in "".join(lines[one.line - 1 : one.line + 8])


def test_a_typed_list_needs_no_uid():
    written = {**TYPED, "metadata": {"resourceVersion": "7"}, "items": [*TWO, ADDED]}
    snapshot = load(io.BytesIO(json.dumps(written).encode()))
    assert snapshot.listed == {("Secret", "")}
    assert "no-uid" not in {d.code for d in snapshot.diagnostics}


def test_loose_objects_list_nothing():
    lines = "\n".join(map(json.dumps, TWO))
    assert load(io.BytesIO(lines.encode())).listed == frozenset()


@pytest.mark.parametrize("cut", [5, 60, 150])
@pytest.mark.parametrize("form", ["kubectl", "yaml"])
def test_a_list_that_is_cut_off_lists_nothing(form, cut):
    written = {"apiVersion": "v1", "items": TWO, "kind": "List", "metadata": {}}
    text = json.dumps(written, indent=4)[:-cut]
    if form == "yaml":
        text = yaml.safe_dump(written)
        text = text[: text.index("kind: List")]
    snapshot = load(io.BytesIO(text.encode()))
    assert snapshot.listed == frozenset()
    assert len(snapshot.secrets) >= 2
    assert {d.code for d in snapshot.diagnostics} == {"cut-off"}


def test_the_files_of_a_cluster_info_dump(tmp_path):
    empty = {
        "kind": "PodList",
        "apiVersion": "v1",
        "metadata": {"resourceVersion": "9"},
        "items": None,
    }
    for name in ("shop/pods.json", "shop/mine.json", "pay/replication-controllers.json"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(empty, indent=4))
    (tmp_path / "shop" / "logs.txt").write_text("==== START logs ====\n")
    snapshot = load(tmp_path)
    assert snapshot.listed == {("Pod", "shop"), ("Pod", "pay")}
    assert [d.code for d in snapshot.diagnostics] == ["empty-input"]


def test_logs_between_the_lists_do_not_hide_them():
    logs = "\n==== START logs for container web of pod shop/web ====\n{not json\n==== END ====\n"
    typed = {"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "9"}}
    pods = [
        {"metadata": {"name": f"web-{n}", "namespace": "shop", "uid": f"{n}"}} for n in range(3)
    ]
    dumped = "".join(json.dumps({**typed, "items": [pod]}, indent=4) + logs for pod in pods)
    snapshot = load(io.BytesIO(dumped.encode()))
    assert [pod.metadata.name for pod in snapshot.pods] == ["web-0", "web-1", "web-2"]
    assert {d.code for d in snapshot.diagnostics} == {"json-syntax"}
