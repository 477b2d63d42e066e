"""Nodes whose kubelet reads what the versions of a Pod need."""

import pytest

from tests.query.versions.test_namespace_versions import named, pod, read

PULLS, OTHER = ({"imagePullSecrets": [{"name": name}]} for name in ("db", "other"))
MOUNTS = {"volumes": [{"name": "v", "secret": {"secretName": "db"}}]}
BASE = [named("Secret", "db", "shop"), named("Node", "one")]


@pytest.mark.parametrize(
    ("one", "other", "certain"),
    [
        (PULLS, PULLS, True),
        (PULLS, MOUNTS, True),
        (PULLS, OTHER, False),
        (PULLS, {}, False),
    ],
)
def test_a_node_reads_for_certain_what_each_version_of_a_pod_needs(one, other, certain, tmp_path):
    versions = ([pod("web", "shop", nodeName="one", **spec)] for spec in (one, other))
    reached = read(tmp_path, *versions, BASE).reach(source="kubelet:one").result.reached
    (found,) = (each for each in reached if each.target == "secret:shop/db")
    assert bool(found.certain) is certain
