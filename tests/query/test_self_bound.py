"""What one binds to oneself: looking away from what only holders of everything can bind is safe."""

import json

import pytest

from rbacgraph.graph.build import build
from rbacgraph.graph.conjunctions.compound_rights import CompoundRights
from rbacgraph.query.access.reach import reach
from rbacgraph.sources.load import load
from tests.query.plain.clusters.plain_clusters import (
    objects_of_all,
    objects_of_defaults,
    objects_of_halves,
)
from tests.worlds import worlds

MADE = ((objects_of_halves, 40), (objects_of_all, 20), (objects_of_defaults, 4))


def got(path):
    graph = build(load(path))
    sources = list(graph.principals.numbers)
    return {
        (source, certain): {(one.target, one.certain is not None) for one in found.reached}
        for source in map(graph.nodes.__getitem__, sources)
        for certain in (True, False)
        for found in [reach(graph, source=spelled(source), certain=certain)]
    }


def spelled(node):
    kind, namespace, name = node
    return f"sa:{namespace}/{name}" if kind == "serviceaccount" else f"{kind}:{name}"


@pytest.mark.parametrize(("make", "most"), MADE)
def test_roles_that_only_full_control_binds_add_nothing(make, most, tmp_path, monkeypatch):
    for seed in worlds(make, most):
        path = tmp_path / "dump.json"
        path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": make(seed)}))
        pruned = got(path)
        with monkeypatch.context() as patched:
            patched.setattr(
                CompoundRights,
                "_worth_binding",
                lambda self, bindings: (n for n in bindings if n in self._joint_grants),
            )
            assert got(path) == pruned, seed
