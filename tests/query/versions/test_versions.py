"""Objects that the input holds in several versions: a server holds one of them.

Judged by trying every choice of versions: what is had in each is certain, nothing else is, and
what is had in one is told at least as conditional.
"""

from functools import partial

import pytest

from tests.query.plain.cluster import Cluster
from tests.query.plain.clusters.plain_clusters import (
    objects_of_acting,
    objects_of_all,
    objects_of_halves,
    random_objects,
)
from tests.query.plain.clusters.pod_clusters import (
    objects_of_claims,
    objects_of_pods,
    objects_of_templates,
)
from tests.query.plain.impersonation import acted_as_for_some_requests
from tests.query.plain.techniques import TECHNIQUES
from tests.query.plain.versions import choices, with_pod_versions, with_versions
from tests.query.test_plain_engine import LISTED, _by_engine, _sources, _told, settings
from tests.worlds import worlds

MADE = (
    (with_versions, random_objects, 120, 40),
    (with_versions, objects_of_halves, 30, 10),
    (with_versions, objects_of_acting, 12, 10),
    (with_versions, objects_of_all, 24, 20),
    (with_pod_versions, objects_of_pods, 60, 40),
    (with_pod_versions, objects_of_templates, 60, 20),
    (with_pod_versions, objects_of_claims, 40, 20),
)
"""What makes clusters, how many, and how many Secrets are got at least."""

FAILED = {
    objects_of_all: (111703543, 287),
    objects_of_claims: (20,),
    objects_of_pods: (169, 195, 154, 423026798, 192574030, 764871094, 589588751),
    objects_of_templates: (26,),
}
"""Worlds where constrained impersonation of an account rests on a version of a binding that gives
it something else (111703543); where a ClusterRole that is not there is created (287); where a Pod's
versions have different ServiceAccounts, and none limits what a container
that is added may name; where a node has what one version of its Pod mounts; where a right names a
Pod (154, 423026798); where a kubelet may read a Secret by two versions, or by the claim of one;
where a Pod mounts a path below the folder of the kubelet's key; and where only one version of a
workload lets a container be added, and a Pod that is not listed may (26)."""

APART = tuple(one for one in TECHNIQUES if one is not acted_as_for_some_requests)
"""Techniques whose rights are told apart: what another gives counts as used together."""

BEYOND = 0.03
"""How much may be told that no single choice gives, but two of them together."""


def _both(more, make, seed, folder):
    """Return who gets what by the package, and every choice of versions for the engine."""
    objects, whole = more(make, seed), make is not objects_of_templates
    listed = LISTED if whole else LISTED - {("Pod", "")}
    version, groups = settings(seed)
    told = _told(objects, folder / "dump.json", version, groups, listed)
    every = choices(objects)
    each = [_told(one, folder / "dump.json", version, groups, listed) for one in every]
    clusters = [Cluster(one, version, pods_listed=whole) for one in every]
    sources = {pair for cluster in clusters for pair in _sources(cluster, groups)}
    return told, clusters, each, sorted(sources, key=str)


@pytest.mark.parametrize(("more", "make", "seeds", "least"), MADE)
def test_certain_is_what_is_had_in_every_choice_of_versions(more, make, seeds, least, tmp_path):
    got = tried = missed = 0
    for seed in worlds(partial(more, make), seeds, examples=FAILED.get(make, ())):
        told, clusters, _, sources = _both(more, make, seed, tmp_path)
        tried += len(clusters) > 1
        whole = True
        for source, first in sources:
            each = [_by_engine(cluster, first, TECHNIQUES) for cluster in clusters]
            certain, everywhere = told(source, certain=True), set.intersection(*each)
            if certain != everywhere:
                apart = [_by_engine(cluster, first, APART) for cluster in clusters]
                assert set.intersection(*apart) <= certain <= everywhere, (seed, source)
                whole = False
            assert set.union(*each) <= told(source, certain=False), (seed, source)
            got += len(certain)
        missed += not whole
    assert got > least
    assert tried > seeds // 12
    assert missed <= tried // 5


@pytest.mark.parametrize(("more", "make", "seeds", "least"), MADE)
def test_what_no_choice_of_versions_gives_is_hardly_ever_told(more, make, seeds, least, tmp_path):
    got = beyond = 0
    for seed in worlds(partial(more, make), seeds, examples=FAILED.get(make, ())):
        told, _, each, sources = _both(more, make, seed, tmp_path)
        for source, _ in sources:
            had = told(source, certain=False)
            some = set().union(*(one(source, certain=False) for one in each))
            assert some <= had, (seed, source)
            got += len(had)
            beyond += len(had - some)
    assert got > least
    assert beyond <= BEYOND * got
