"""ServiceAccounts that the input holds in several versions: one has its token mounted."""

import json

import pytest

from rbacgraph import load

RBAC = "rbac.authorization.k8s.io"
SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "shop"}}


def rights(name, account, *rules):
    place = {"name": name, "namespace": "shop"}
    subject = {"kind": "User", "name": account, "apiGroup": RBAC}
    if account == "app":
        subject = {"kind": "ServiceAccount", "name": account, "namespace": "shop"}
    role = {"apiVersion": f"{RBAC}/v1", "kind": "Role", "metadata": place}
    made = [{"apiGroups": [""], "resources": [one], "verbs": [verb]} for verb, one in rules]
    ref = {"apiGroup": RBAC, "kind": "Role", "name": name}
    binding = {**role, "kind": "RoleBinding", "roleRef": ref, "subjects": [subject]}
    return [{**role, "rules": made}, binding]


def pod(**spec):
    container = {"name": "c", "image": "i"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"serviceAccountName": "app", "containers": [container], **spec},
            },
        },
    }


def account(*, uid="", mounts=None):
    metadata = {"name": "app", "namespace": "shop", **({"uid": uid} if uid else {})}
    found = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}
    return found if mounts is None else {**found, "automountServiceAccountToken": mounts}


BASE = [
    SECRET,
    *rights("reader", "app", ("get", "secrets")),
    *rights("amy", "amy", ("create", "pods/exec"), ("get", "pods/exec"), ("list", "pods")),
]


def read(folder, *files):
    """Load files, of a list of objects each."""
    for number, objects in enumerate((BASE, *files)):
        items = {"apiVersion": "v1", "kind": "List", "items": objects}
        (folder / f"{'0abcdef'[number]}.json").write_text(json.dumps(items))
    return load(folder, bootstrap=False)


def told(cluster, principal="user:amy"):
    """Whether paths are certain, and their conditions with files by their names."""
    found = cluster.paths(secret="shop/db").result.secrets[0].paths
    return [
        (
            one.certain,
            [str(text).replace(f"{cluster.snapshot.files[0][:-6]}", "") for text in one.conditions],
        )
        for one in found
        if one.principal == principal
    ]


SAYS = "ServiceAccount shop/app is as in"


@pytest.mark.parametrize(
    ("versions", "certain", "condition"),
    [
        ([{"mounts": None}], True, ""),
        ([{"mounts": False}], None, ""),
        ([{"mounts": True}, {"mounts": None}], True, ""),
        ([{"mounts": False}, {"mounts": None}], False, f"{SAYS} b.json"),
        ([{"mounts": True}, {"mounts": False}], False, f"{SAYS} a.json"),
        ([{"mounts": True}, {"mounts": False}, {}], False, f"{SAYS} a.json or c.json"),
        ([{"mounts": True, "uid": "1"}, {"mounts": False}], True, ""),
        ([{"mounts": False}, {"mounts": True, "uid": "1"}], True, ""),
        ([{"mounts": True}, {"mounts": False, "uid": "1"}], None, ""),
    ],
)
def test_a_token_that_one_version_mounts_is_conditional(versions, certain, condition, tmp_path):
    cluster = read(tmp_path, *([account(**one)] for one in versions), [pod()])
    wanted = [] if certain is None else [(certain, [condition] if condition else [])]
    assert told(cluster) == wanted
    cluster.save(tmp_path / "saved.json.gz")
    assert told(load(tmp_path / "saved.json.gz", bootstrap=False)) == wanted


@pytest.mark.parametrize("mounts", [True, False])
def test_what_the_pod_says_itself_does_not_rest_on_the_account(mounts, tmp_path):
    cluster = read(
        tmp_path,
        [account(mounts=False)],
        [account()],
        [pod(automountServiceAccountToken=mounts)],
    )
    assert told(cluster) == ([(True, [])] if mounts else [])


@pytest.mark.parametrize("one", [None, True, False])
@pytest.mark.parametrize("other", [None, True, False])
def test_certain_is_what_each_version_alone_makes_certain(one, other, tmp_path):
    def alone(name, *versions):
        (tmp_path / name).mkdir()
        return told(read(tmp_path / name, *([account(mounts=v)] for v in versions), [pod()]))

    each = [alone("one", one), alone("other", other)]
    both = alone("both", one, other)
    assert [certain for certain, _ in both] == ([all(each)] if any(each) else [])


def test_what_a_right_gives_anyway_is_certain(tmp_path):
    more = rights("own", "amy", ("get", "secrets"))
    cluster = read(tmp_path, [account(mounts=False)], [account()], [pod(), *more])
    assert told(cluster) == [(True, [])]


def test_turning_the_token_on_is_looked_at_for_the_version_without_it(tmp_path):
    more = rights("turn", "amy", ("patch", "serviceaccounts"))
    cluster = read(tmp_path, [account(mounts=False)], [account()], [pod(), *more])
    found = cluster.paths(secret="shop/db", via=["automount-token"]).result.secrets[0].paths
    assert any(f"{SAYS} " in str(text) for one in found for text in one.conditions)


def test_no_cut_changes_an_account_of_several_versions(tmp_path):
    cluster = read(tmp_path, [account(mounts=False)], [account()], [pod()])
    result = cluster.cut(secret="shop/db").result
    assert all("ServiceAccount" not in str(change.key) for change in result.changes)


@pytest.mark.parametrize("lifted", [False, True])
@pytest.mark.parametrize("limited", [(), ("one",), ("other",), ("one", "other")])
def test_a_container_that_is_added_gets_what_the_accounts_of_all_versions_let_it(
    limited, lifted, tmp_path
):
    """Also where the namespace refuses the Pods until somebody lifts its level."""
    place = {
        "namespace": "shop",
        "annotations": {"kubernetes.io/enforce-mountable-secrets": "true"},
    }
    strict = [{**account(), "metadata": {**place, "name": name}} for name in limited]
    more = rights("debug", "eve", ("patch", "pods/ephemeralcontainers"))
    if lifted:
        labels = {"pod-security.kubernetes.io/enforce": "baseline"}
        space = {"name": "shop", "labels": labels}
        more += [{"apiVersion": "v1", "kind": "Namespace", "metadata": space}]
        more += rights("lift", "eve", ("patch", "namespaces"))
    versions = ([running(name)] for name in ("one", "other"))
    found = told(read(tmp_path, [*strict, *more], *versions), "user:eve")
    assert any(certain for certain, _ in found) == (not limited)


def running(account):
    containers = [{"name": "c", "image": "i"}]
    spec = {"serviceAccountName": account, "hostPID": True, "containers": containers}
    place = {"name": "web", "namespace": "shop"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": place, "spec": spec}
