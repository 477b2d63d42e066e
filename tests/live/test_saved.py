"""A live cluster that was saved answers as it did."""

import pickle
import re

import pytest

import rbacgraph
from tests.live.api import TOKEN
from tests.live.server import serving


@pytest.mark.parametrize("suffix", ["json", "json.zst"])
def test_saved_and_read_again_it_answers_to_the_byte(shop, tmp_path, suffix):
    shop.forbid_everywhere("configmaps")
    shop.forbid("pods")
    with serving(shop, tmp_path) as running:
        cluster = rbacgraph.load_live(kubeconfig=running.kubeconfig, qps=10_000)
    path = tmp_path / f"cluster.{suffix}"
    cluster.save(path)
    again = rbacgraph.load(path)
    assert again.snapshot == cluster.snapshot
    assert again.diagnostics == cluster.diagnostics
    for ask in (
        lambda c: c.exposure(system=True),
        lambda c: c.paths(secret="*"),
        lambda c: c.reach(source="group:oncall"),
    ):
        for name in ("json", "wide"):
            assert ask(again).report().render(name) == ask(cluster).report().render(name)


def test_how_it_was_collected_is_kept(shop, tmp_path):
    shop.forbid_everywhere("configmaps")
    with serving(shop, tmp_path) as running:
        cluster = rbacgraph.load_live(kubeconfig=running.kubeconfig, qps=10_000)
    cluster.save(tmp_path / "x.json")
    found = rbacgraph.load(tmp_path / "x.json").snapshot.collected
    assert found.context == "test"
    assert found.server == running.url
    assert found.server_version == "v1.36.2"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found.time)
    assert {kind for kind, _ in found.forbidden} == {"ConfigMap"}
    text = (tmp_path / "x.json").read_text()
    assert "CANARY" not in text
    assert "last-applied" not in text


def test_a_pickled_live_cluster_holds_no_credential_and_still_asks_its_server(shop, tmp_path):
    shop.forbid_everywhere("rolebindings")
    asked = {"verb": "get", "resource": "secrets", "namespace": "shop", "user": "nobody"}
    with serving(shop, tmp_path) as running:
        cluster = rbacgraph.load_live(kubeconfig=running.kubeconfig, qps=10_000)
        exposure = cluster.exposure()
        kept = pickle.dumps(cluster)
        again = pickle.loads(kept)
        assert again.exposure() == exposure
        sent = len(shop.requests)
        assert again.can_i(**asked) == cluster.can_i(**asked)
        assert len(shop.requests) > sent
    assert TOKEN.encode() not in kept
    assert b"CANARY" not in kept
