"""Random clusters in which a second engine says who gets which Secrets: it must say the same.

The engine of ``plain_engine.py`` knows fewer techniques, so that the clusters hold no rights
on others, and of what depends on more than the input shows it knows a part.
"""

import json
import random

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
    objects_of_holders,
    objects_of_nowhere,
    objects_of_operators,
    random_objects,
)
from tests.query.plain_engine import (
    TECHNIQUES,
    WORKLOADS,
    Cluster,
    Intruder,
    Somebody,
    account,
    named,
    with_implied,
)
from tests.query.plain_openshift import objects_of_constraints, objects_of_openshift
from tests.query.plain_pod_clusters import (
    objects_of_claims,
    objects_of_deleted,
    objects_of_pods,
    objects_of_templates,
)
from tests.query.plain_possible import POSSIBLE

LISTED = frozenset(
    (kind, "")
    for kind in (
        *("Namespace", "Secret", "ServiceAccount", "Pod", "Node", "Role"),
        *("PersistentVolume", "PersistentVolumeClaim"),
        *WORKLOADS,
    )
)
PARTS = 3
MADE = (
    (random_objects, 30, 50),
    (objects_of_halves, 20, 20),
    (objects_of_defaults, 7, 20),
    (objects_of_acting, 15, 20),
    (objects_of_all, 20, 50),
    (objects_of_holders, 15, 20),
    (objects_of_pods, 25, 50),
    (objects_of_claims, 40, 50),
    (objects_of_deleted, 30, 20),
    (objects_of_nowhere, 10, 50),
    (objects_of_templates, 20, 20),
    (objects_of_openshift, 20, 20),
    (objects_of_constraints, 60, 20),
)
"""What makes clusters, how many of them a part holds, and how many Secrets are got at least."""


def settings(seed):
    """A version of Kubernetes, and who is in which groups."""
    given = ({}, {}, {"alice": ("dev", "ops")}, {"bob": ("system:serviceaccounts:b", "dev")})
    return random.Random(seed).choice(("1.30", "1.36", "1.36")), random.Random(seed).choice(given)


def _sources(cluster, given):
    for namespace, name in sorted(cluster.accounts):
        yield f"sa:{namespace}/{name}", account(namespace, name)
    for name in sorted(cluster.users - {"nobody"}):
        groups = [group for one in given.get(name, ()) for group in with_implied(one)]
        found = named(name)
        yield f"user:{name}", found._replace(groups=found.groups.union(groups))
    for name in sorted(cluster.named_groups):
        yield f"group:{name}", Somebody("", with_implied(name))


POSSIBLY = (
    (objects_of_operators, 15, 30),
    (objects_of_all, 7, 15),
    (objects_of_holders, 9, 15),
    (objects_of_pods, 10, 15),
    (objects_of_templates, 20, 15),
    (objects_of_deleted, 30, 15),
)
"""The same for what is had under conditions, which no engine knows all of."""


def _told(objects, path, version, groups, listed):
    """Return who gets which Secrets, for certain or under conditions, by the package."""
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    snapshot = load(path, kubernetes_version=version)
    listed |= {one for one in snapshot.listed if one[0] != "Pod"}
    graph = build(replace(snapshot, listed=listed, groups=groups))

    def got(source, *, certain):
        found = reach(graph, source=source, certain=certain)
        return {one.target for one in found.reached if one.target.startswith("secret:")}

    return got


def _both(make, seed, folder):
    """Return who gets which Secrets by the package, the same cluster for the engine, the groups."""
    objects, (version, given) = make(seed), settings(seed)
    whole = make is not objects_of_templates
    listed = LISTED if whole else LISTED - {("Pod", "")}
    told = _told(objects, folder / "dump.json", version, given, listed)
    return told, Cluster(objects, version, pods_listed=whole), given


def _by_engine(cluster, first, techniques):
    secrets = Intruder(cluster, first, techniques).run().of("secret")
    return {f"secret:{namespace}/{name}" for namespace, name in secrets}


@pytest.mark.parametrize(("make", "seeds", "least"), MADE)
@pytest.mark.parametrize("part", range(PARTS))
def test_another_engine_says_who_gets_which_secrets_too(part, make, seeds, least, tmp_path):
    got = 0
    for seed in range(part, PARTS * seeds, PARTS):
        told, cluster, given = _both(make, seed, tmp_path)
        for source, first in _sources(cluster, given):
            certain = told(source, certain=True)
            assert certain == _by_engine(cluster, first, TECHNIQUES), (seed, source)
            got += len(certain)
    assert got > least


@pytest.mark.parametrize(("make", "seeds", "least"), POSSIBLY)
@pytest.mark.parametrize("part", range(PARTS))
def test_what_somebody_may_get_by_another_engine_is_told(part, make, seeds, least, tmp_path):
    got = 0
    for seed in range(part, PARTS * seeds, PARTS):
        told, cluster, given = _both(make, seed, tmp_path)
        for source, first in _sources(cluster, given):
            possible = _by_engine(cluster, first, POSSIBLE)
            assert possible <= told(source, certain=False), (seed, source)
            got += len(possible)
    assert got > least
