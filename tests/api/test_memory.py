"""What a cluster holds is freed with it, and not at some later collection."""

import gc

import pytest

from rbacgraph import Cluster, diff, load

QUESTIONS = {
    "load": lambda _: None,
    "paths": lambda cluster: cluster.paths(secret="shop/db"),
    "reach": lambda cluster: cluster.reach(source="group:system:authenticated"),
    "exposure": Cluster.exposure,
    "admins": Cluster.admins,
    "risks": Cluster.risks,
    "graph": Cluster.graph,
    "who_can": lambda cluster: cluster.who_can("get", "secrets", namespace="shop"),
    "rights": lambda cluster: cluster.rights("group:system:masters"),
    "cut": lambda cluster: cluster.cut(secret="shop/db"),
    "diff": lambda cluster: diff(cluster, cluster),
    "frame": lambda cluster: cluster.exposure().to_frame(),
}


@pytest.fixture(scope="module", autouse=True)
def _others_are_frozen():
    """A collection passes over what other tests left, which takes longer than these tests."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize("question", QUESTIONS)
def test_nothing_of_a_cluster_waits_for_the_collector(root, question):
    """After ``del cluster`` no cycle holds its objects."""
    file = root / "fixtures" / "clusters" / "shop-manifests"
    QUESTIONS[question](load(file))  # what the first call imports and compiles may stay
    gc.freeze()  # nor is it looked at again
    cluster = load(file)
    gc.collect()
    gc.disable()
    try:
        QUESTIONS[question](cluster)
        del cluster
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        left = {type(one).__qualname__ for one in gc.garbage if _is_ours(one)}
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
        gc.unfreeze()
    assert left == set()


def _is_ours(found):
    return type(found).__module__.startswith("rbacgraph")
