"""The dumps of Azure and Google Cloud in the graph: each pair by paths and by can-read."""

import json
from pathlib import Path

import pytest

import rbacgraph as rg

STORES = Path(__file__).parents[2] / "fixtures" / "stores"


@pytest.fixture(scope="module", params=["azure", "gcp"])
def estate(request):
    folder = STORES / request.param / "estate"
    pairs = json.loads((folder / "truth.json").read_text())["pairs"]
    return rg.load(folder / "cluster.yaml", folder / request.param), pairs


def test_can_read_gives_the_truth(estate):
    cluster, pairs = estate
    for pair, truth in pairs.items():
        account, secret = pair.split()
        decision = cluster.can_read(secret, user=account)
        word = "yes" if decision else "maybe" if decision.unknown else "no"
        assert word == truth, pair
        assert bool(decision.evidence) is (truth != "no")


def test_paths_give_the_truth(estate):
    cluster, pairs = estate
    found = {}
    for secret in sorted({pair.split()[1] for pair in pairs}):
        for path in cluster.paths(secret):
            pair = f"{path.principal.replace('serviceaccount:', 'sa:')} {secret}"
            found[pair] = found.get(pair, False) or path.certain
    assert {pair: certain for pair, certain in found.items() if pair in pairs} == {
        pair: True for pair, truth in pairs.items() if truth == "yes"
    }
