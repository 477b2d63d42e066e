"""Random clusters in which a second engine says who gets which Secrets: it must say the same.

The engine of ``plain_engine.py`` knows fewer techniques, so that the clusters hold no rights
on others, and it knows no conditions, so that nothing but what is certain is compared.
"""

import json

import pytest
from msgspec.structs import replace

from rbacgraph.graph import build
from rbacgraph.query.reach import reach
from rbacgraph.sources import load
from tests.query.plain_clusters import (
    objects_of_acting,
    objects_of_all,
    objects_of_defaults,
    objects_of_halves,
    random_objects,
)
from tests.query.plain_engine import Cluster, Intruder, Somebody, account, named, with_implied

LISTED = frozenset(
    (kind, "")
    for kind in ("Namespace", "Secret", "ServiceAccount", "Pod", "Node", "Deployment", "Role")
)
PARTS = 3
MADE = (
    (random_objects, 20, 50),
    (objects_of_halves, 20, 20),
    (objects_of_defaults, 7, 20),
    (objects_of_acting, 15, 20),
    (objects_of_all, 20, 50),
)
"""What makes clusters, how many of them a part holds, and how many Secrets are got at least."""


def _sources(cluster):
    for namespace, name in sorted(cluster.accounts):
        yield f"sa:{namespace}/{name}", account(namespace, name)
    for name in sorted(cluster.users - {"nobody"}):
        yield f"user:{name}", named(name)
    for name in sorted(cluster.groups - {"system:masters"}):
        yield f"group:{name}", Somebody("", with_implied(name))


@pytest.mark.parametrize(("make", "seeds", "least"), MADE)
@pytest.mark.parametrize("part", range(PARTS))
def test_another_engine_says_who_gets_which_secrets_too(part, make, seeds, least, tmp_path):
    path = tmp_path / "dump.json"
    got = 0
    for seed in range(part, PARTS * seeds, PARTS):
        objects = make(seed)
        path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
        snapshot = load(path, kubernetes_version="1.36")
        graph = build(replace(snapshot, listed=snapshot.listed | LISTED))
        cluster = Cluster(objects)
        for source, first in _sources(cluster):
            found = reach(graph, source=source, certain=True)
            told = {one.target for one in found.reached if one.target.startswith("secret:")}
            secrets = Intruder(cluster, first).run().of("secret")
            by_engine = {f"secret:{namespace}/{name}" for namespace, name in secrets}
            assert told == by_engine, (seed, source)
            got += len(told)
    assert got > least
