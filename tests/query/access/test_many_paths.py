"""Answers about many Secrets: each is found when it is asked for, and few are held."""

import json
from typing import NamedTuple

import pytest

import rbacgraph as rg
from rbacgraph.query.access.paths import paths
from rbacgraph.query.access.remembered_paths import MOST_REMEMBERED
from rbacgraph.report.answer_formats import report_of


@pytest.fixture(
    scope="module",
    params=[
        (16, 15, 200),
        pytest.param((160, 150, MOST_REMEMBERED), marks=pytest.mark.only_in_all),
    ],
)
def many(request, tmp_path_factory):
    """A cluster with more pairs of a reader and a Secret than an answer holds paths."""
    readers, secrets, remembered = request.param
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
        "subjects": [{"kind": "User", "name": f"u{n:03}"} for n in range(readers)],
    }
    rbac = [{"apiVersion": "rbac.authorization.k8s.io/v1", **one} for one in (role, binding)]
    held = [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": f"s{n:03}", "namespace": "shop"},
        }
        for n in range(secrets)
    ]
    path = tmp_path_factory.mktemp("many") / "cluster.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [*rbac, *held]}))
    return Many(rg.load(path), readers, secrets, remembered)


class Many(NamedTuple):
    cluster: rg.Cluster
    readers: int
    secrets: int
    remembered: int

    def paths(self, secret):
        return paths(self.cluster.access_graph, secret=secret, remembered=self.remembered)


def test_the_first_answers_and_the_last_alone_are_held(many):
    secrets = many.paths("*/*").secrets
    found = list(secrets)
    assert len(found) == len(secrets) == many.secrets
    assert secrets[0] is found[0]
    assert secrets[-1] == found[-1]
    assert secrets[-1] is found[-1]
    assert secrets[-2] == found[-2]
    assert secrets[-2] is not found[-2]
    assert secrets[-1] is not found[-1]


def test_every_answer_is_that_of_its_own_question(many):
    found = many.paths("*/*").secrets[:: many.secrets // 3]
    assert found == [many.paths(one.secret.removeprefix("secret:")).secrets[0] for one in found]
    assert len(many.cluster.paths(secret="*/*")) == many.readers * many.secrets


@pytest.mark.parametrize("form", ["json", "yaml", "csv", "table", "wide"])
def test_it_is_written_the_same_again(many, form):
    report = report_of(many.paths("*/*"))
    whole = report.render(form)
    assert b"".join(report.pieces(form)) == whole.encode()
    assert f"s{many.secrets - 1:03}" in whole or form == "table"
