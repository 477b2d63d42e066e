"""Answers about many Secrets: each is found when it is asked for, and few are held."""

import json

import pytest

import rbacgraph as rg

READERS, SECRETS = 160, 150
"""More pairs of them than an answer holds paths."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    role = {
        "kind": "Role",
        "metadata": {"name": "reader", "namespace": "shop"},
        "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}],
    }
    ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"}
    binding = {
        "kind": "RoleBinding",
        "metadata": {"name": "readers", "namespace": "shop"},
        "roleRef": ref,
        "subjects": [{"kind": "User", "name": f"u{n:03}"} for n in range(READERS)],
    }
    rbac = [{"apiVersion": "rbac.authorization.k8s.io/v1", **one} for one in (role, binding)]
    secrets = [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": f"s{n:03}", "namespace": "shop"},
        }
        for n in range(SECRETS)
    ]
    path = tmp_path_factory.mktemp("many") / "cluster.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [*rbac, *secrets]}))
    return rg.load(path)


def test_the_first_answers_and_the_last_alone_are_held(cluster):
    secrets = cluster.paths(secret="*/*").secrets
    found = list(secrets)
    assert len(found) == len(secrets) == SECRETS
    assert secrets[0] is found[0]
    assert secrets[-1] == found[-1]
    assert secrets[-1] is found[-1]
    assert secrets[-2] == found[-2]
    assert secrets[-2] is not found[-2]
    assert secrets[-1] is not found[-1]


def test_every_answer_is_that_of_its_own_question(cluster):
    found = cluster.paths(secret="*/*")
    assert found.secrets[::40] == [
        cluster.paths(secret=one.secret.removeprefix("secret:")).secrets[0]
        for one in found.secrets[::40]
    ]
    assert len(found) == READERS * SECRETS


@pytest.mark.parametrize("form", ["json", "yaml", "csv", "table", "wide"])
def test_it_is_written_the_same_again(cluster, form):
    report = cluster.paths(secret="*/*").report()
    whole = report.render(form)
    assert b"".join(report.pieces(form)) == whole.encode()
    assert f"s{SECRETS - 1}" in whole or form == "table"
