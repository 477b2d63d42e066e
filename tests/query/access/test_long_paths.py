"""Paths of more hops than Python's calls may be deep."""

import json
import sys

import pytest

import rbacgraph as rg

RBAC = "rbac.authorization.k8s.io"
LENGTH = sys.getrecursionlimit() + 100


def role(name, resource, verb, *names):
    rule = {"apiGroups": [""], "resources": [resource], "verbs": [verb]}
    rules = [rule | {"resourceNames": list(names)} if names else rule]
    return {"kind": "Role", "metadata": {"name": name, "namespace": "shop"}, "rules": rules}


def binding(name, account):
    return {
        "kind": "RoleBinding",
        "metadata": {"name": name, "namespace": "shop"},
        "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": "shop"}],
    }


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    rbac = [role("last", "secrets", "get"), binding("last", f"a{LENGTH}")]
    for number in range(LENGTH):
        name = f"t{number}"
        rbac.append(role(name, "serviceaccounts/token", "create", f"a{number + 1}"))
        rbac.append(binding(name, f"a{number}"))
    objects = [{"apiVersion": f"{RBAC}/v1", **one} for one in rbac]
    named = [("Secret", "db"), *(("ServiceAccount", f"a{n}") for n in range(LENGTH + 1))]
    objects += [
        {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "shop"}}
        for kind, name in named
    ]
    path = tmp_path_factory.mktemp("long") / "cluster.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    return rg.load(path)


def test_every_account_of_a_chain_of_tokens_has_its_path(cluster):
    found = cluster.paths(secret="shop/db")
    assert [len(path.hops) for path in found] == list(range(1, LENGTH + 2))
    longest = found[LENGTH]
    assert longest.principal == "serviceaccount:shop/a0"
    assert [hop.source for hop in longest.hops] == [
        f"serviceaccount:shop/a{n}" for n in range(LENGTH + 1)
    ]
    (alone,) = cluster.paths(secret="shop/db", source="sa:shop/a0")
    assert alone == longest


def test_the_first_account_reaches_all(cluster):
    found = cluster.reach("sa:shop/a0").reached
    assert len(found) == LENGTH + 1
    assert max(len(one.certain.hops) for one in found) == LENGTH + 1
