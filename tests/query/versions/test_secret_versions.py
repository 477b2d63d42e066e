"""Secrets that the input holds in several versions: some of them hold a token."""

import json
from functools import cache
from itertools import product

import pytest

from rbacgraph import load

RBAC = "rbac.authorization.k8s.io"
TOKEN = "kubernetes.io/service-account-token"
SAYS = "Secret shop/token is as in"


def rights(name, kind, user, *names):
    place = {"name": name, "namespace": "shop"}
    api = {"apiVersion": f"{RBAC}/v1", "metadata": place}
    rule = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": names}
    subject = {"kind": kind, "name": user, "namespace": "shop"}
    if kind == "User":
        subject = {"kind": kind, "name": user, "apiGroup": RBAC}
    ref = {"apiGroup": RBAC, "kind": "Role", "name": name}
    role = {**api, "kind": "Role", "rules": [rule]}
    return [role, {**api, "kind": "RoleBinding", "roleRef": ref, "subjects": [subject]}]


def plain(name, kind="Secret", **fields):
    place = {"name": name, "namespace": "shop"}
    return {"apiVersion": "v1", "kind": kind, "metadata": place, **fields}


def token(account):
    """A Secret with the token of a ServiceAccount; without one, of no type."""
    found = plain("token", type=TOKEN if account else "Opaque", data={"token": "eA=="})
    if account:
        found["metadata"]["annotations"] = {"kubernetes.io/service-account.name": account}
    return found


BASE = [
    plain("db", data={"k": "eA=="}),
    *(plain(name, "ServiceAccount") for name in ("app", "job", "idle")),
    *rights("amy", "User", "amy", "token"),
    *rights("app", "ServiceAccount", "app", "db"),
    *rights("job", "ServiceAccount", "job", "db"),
]
ACCOUNTS = ("app", "job", "idle", "")


def told(folder, *versions):
    folder.mkdir(exist_ok=True)
    for number, objects in enumerate((BASE, *([token(one)] for one in versions))):
        items = {"apiVersion": "v1", "kind": "List", "items": objects}
        (folder / f"{'0abc'[number]}.json").write_text(json.dumps(items))
    cluster = load(folder, bootstrap=False)
    cluster.save(folder / "saved.json.gz")
    again = load(folder / "saved.json.gz", bootstrap=False)
    assert answer(again) == answer(cluster)
    (folder / "more").mkdir()
    (folder / "more" / "x.json").write_text(json.dumps(plain("other")))
    both = load(folder / "more", folder / "saved.json.gz", bootstrap=False)
    assert [certain for certain, _ in answer(both)] == [certain for certain, _ in answer(cluster)]
    return answer(cluster)


def answer(cluster):
    folder = cluster.snapshot.files[0].removesuffix("0.json")
    found = cluster.paths(secret="shop/db").result.secrets[0].paths
    return [
        (
            one.certain,
            " ".join((*map(str, one.conditions), *(hop.text for hop in one.hops))).replace(
                folder, ""
            ),
        )
        for one in found
        if one.principal == "user:amy"
    ]


@pytest.fixture(scope="module")
def told_alone(tmp_path_factory):
    return cache(lambda account: told(tmp_path_factory.mktemp("alone"), account))


@pytest.mark.parametrize("versions", list(product(ACCOUNTS, repeat=2)))
def test_certain_is_what_each_version_alone_makes_certain(versions, told_alone, tmp_path):
    both = told(tmp_path / "both", *versions)
    alone = [told_alone(one) for one in versions]
    assert [certain for certain, _ in both] == ([all(alone)] if any(alone) else [])
    for _, text in both:
        assert (SAYS in text) == (len(set(versions)) > 1)
