"""Edges that are alike are closed by the same edits."""

import random
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import yaml

import rbacgraph as rg
from rbacgraph.advice.edits.apply_edits import apply
from rbacgraph.advice.edits.edits_that_close import EditFinder
from rbacgraph.graph.build import build
from tests.advice.cuts import Case, dense_snapshot
from tests.query.clusters import random_snapshot
from tests.query.plain.clusters.operator_clusters import objects_of_operators
from tests.query.plain.clusters.plain_clusters import objects_of_all
from tests.query.plain.clusters.state_clusters import objects_of_closing, objects_of_quotas
from tests.query.plain.clusters.store_clusters import store_snapshot
from tests.worlds import law, worlds

GROUP = "rbac.authorization.k8s.io"
OBJECTS = (objects_of_all, objects_of_operators, objects_of_closing, objects_of_quotas)
FIXTURES = sorted((Path(__file__).parents[2] / "fixtures" / "edges").glob("*/yes.yaml"))


def _object(kind, name, namespace="", **fields):
    metadata = {"name": name, "namespace": namespace} if namespace else {"name": name}
    return {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": metadata, **fields}


def are_alike(one, rng):
    """Hold what columns say of every edge against that edge alone, before and after edits."""
    universe = one.universe()
    for made in (frozenset(), frozenset(rng.sample(universe, min(len(universe), 3)))):
        edited = apply(one.editor, made)
        graph = build(edited.snapshot, one.graph.world.secrets)
        edges = np.arange(len(graph.source))
        together = EditFinder(one.editor, graph, edited, made)
        numbers = together.numbers_of(edges)
        alone = EditFinder(one.editor, graph, edited, made)
        for edge in edges.tolist():
            assert together.supports[numbers[edge]] == alone.of_edge(edge), graph.explain(edge)
        some = edges[rng.randrange(2) :: 2]
        assert (together.numbers_of(some) == numbers[some]).all()


@pytest.mark.parametrize("objects", OBJECTS)
def test_alike_edges_of_namespaces_that_differ(objects):
    """A role is bound in several namespaces, of which some refuse what others take."""
    for seed in worlds(objects, 15):
        are_alike_where_namespaces_differ(seed, list(objects(seed)))


def are_alike_where_namespaces_differ(seed, several):
    spaces = sorted({one["metadata"].get("namespace", "") for one in several} - {""})
    roles = [one for one in several if one["kind"] in {"Role", "ClusterRole"} and one.get("rules")]
    rules = [rule for one in roles for rule in one["rules"] if not rule.get("nonResourceURLs")]
    several.append(_object("ClusterRole", "shared", rules=rules))
    several += [
        _object(
            "RoleBinding",
            "shared",
            space,
            roleRef={"apiGroup": GROUP, "kind": "ClusterRole", "name": "shared"},
            subjects=[{"kind": "User", "name": "carol", "apiGroup": GROUP}],
        )
        for space in spaces
    ]
    text = yaml.safe_dump_all(several)
    with TemporaryDirectory() as folder:
        path = Path(folder, "cluster.yaml")
        path.write_text(text)
        snapshot = rg.load(path, bootstrap=False).snapshot
    known = sorted(build(snapshot).world.secrets)
    if known:
        are_alike(Case(snapshot, "/".join(known[0])), random.Random(seed))


def one_of_three(seed):
    make, secret = random.Random(seed).choice(
        ((random_snapshot, "a/s0"), (dense_snapshot, "shop/s0"), (store_snapshot, "a/s"))
    )
    return make(seed), secret


@law(one_of_three, 60)
def test_alike_edges_of_random_clusters(seed):
    snapshot, secret = one_of_three(seed)
    are_alike(Case(snapshot, secret), random.Random(seed))


@pytest.mark.parametrize("file", FIXTURES, ids=lambda file: file.parent.name)
def test_alike_edges_of_every_technique(file):
    snapshot = rg.load(file, bootstrap=False).snapshot
    for namespace, name in sorted(build(snapshot).world.secrets)[:1]:
        are_alike(Case(snapshot, f"{namespace}/{name}"), random.Random(1))
