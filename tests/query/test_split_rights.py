"""What takes several rights of one requester, however these are split over who has them.

The second engine says who gets which Secrets.
"""

import pytest

from rbacgraph.techniques.catalogue import EDGES
from rbacgraph.techniques.spec.conjunction import Conjunction
from tests.query.plain.cluster import Cluster
from tests.query.plain.clusters.split_clusters import (
    CONJUNCTIONS,
    acted_as_alice,
    crossed,
    groups_of_split,
    nested,
    objects_of_crossing,
    objects_of_split,
)
from tests.query.plain.possible import POSSIBLE
from tests.query.plain.techniques import TECHNIQUES
from tests.query.test_plain_engine import LISTED, _by_engine, _sources, _told
from tests.worlds import drawn

SPLIT_OVER = ("user:alice", "user:bob", "group:dev", "sa:a/x")
CLUSTERS = 30
"""How many clusters of a sort the large set looks at beside."""

SEEDS = {
    "groups of an account": (4, 5, 40),
    "applied secret": (0, 1, 2),
    "pods whose name is freed": (41, 60, 107809996),
    "certificate by a controller": (10, 11, 17),
    "binding": (24, 35),
    "binding of a role": (13, 17, 47),
    "binding everywhere": (17, 40),
    "role anew": (1, 8, 39),
    "cluster role anew": (2, 15, 43),
}
"""Clusters in which two roles that are bound and a right that is held give something.

In some others a name is freed by another identity than the one that takes it.
"""


def _differences(objects, groups, folder, *, certain=True):
    """Yield who gets something by one engine alone, and how many Secrets are got at all."""
    told = _told(objects, folder / "dump.json", "1.36", groups, LISTED)
    cluster = Cluster(objects)
    for source, first in _sources(cluster, groups):
        if source in SPLIT_OVER:
            expected = _by_engine(cluster, first, TECHNIQUES if certain else POSSIBLE)
            shown = told(source, certain=certain)
            more = shown - expected if certain else set()
            yield source, expected - shown, more, len(expected)


@pytest.mark.parametrize("name", CONJUNCTIONS)
def test_rights_add_up_however_they_are_split(name, tmp_path):
    conjunction, got = CONJUNCTIONS[name], 0
    for seed in (*SEEDS.get(name, (4, 5)), *drawn(CLUSTERS)):
        objects, groups = objects_of_split(seed, conjunction), groups_of_split(seed)
        found = _differences(objects, groups, tmp_path, certain=conjunction.certain)
        for source, lacking, more, number in found:
            assert (lacking, more) == (set(), set()), (seed, source)
            got += number
    assert got


def _takes(conjunction, right):
    """Whether a right of the catalogue is among those that a conjunction splits."""
    verbs, group, resource, subresource = right
    full = f"{resource}/{subresource}" if subresource else resource
    return any(
        one.group == group and one.resource == full and {*one.verbs.split()} & {*verbs}
        for one in conjunction.rights
    )


SPLIT_BY_TWINS = {"argo-cd-new-configmaps": "argo-cd-settings/yes-split.yaml"}
"""What the second engine does not know, and the twin in which two roles give it."""


def test_every_conjunction_of_the_catalogue_is_split(root):
    for twin in SPLIT_BY_TWINS.values():
        assert (root / "fixtures" / "edges" / twin).exists()
    abilities = {a.id: a for e in EDGES if isinstance(e, Conjunction) for a in e.abilities}
    for ability in abilities.values():
        for body in () if ability.id in SPLIT_BY_TWINS else ability.together:
            assert any(
                all(_takes(conjunction, right) for right in body)
                for conjunction in CONJUNCTIONS.values()
            ), (ability.id, body)


def test_rights_on_names_that_cross_add_up(tmp_path):
    got = 0
    for seed in (*range(12), *drawn(CLUSTERS)):
        groups = groups_of_split(seed)
        found = _differences(objects_of_crossing(seed), groups, tmp_path)
        for source, lacking, more, number in found:
            assert (lacking, more) == (set(), set()), (seed, source)
            got += number
    assert got


@pytest.mark.parametrize("binds", [True, False])
def test_a_bound_role_adds_to_one_whose_names_cross_its_own(binds, tmp_path):
    ((_, lacking, more, number),) = (
        one for one in _differences(crossed(binds=binds), {}, tmp_path) if one[0] == "user:alice"
    )
    assert (lacking, more, number) == (set(), set(), int(binds))


@pytest.mark.parametrize("groups", [{}, {"alice": ("dev",)}])
def test_who_is_acted_as_by_headers_acts_as_nobody(groups, tmp_path):
    found = {
        source: (lacking, more, number)
        for source, lacking, more, number in _differences(nested(), groups, tmp_path)
    }
    assert found["user:alice"] == (set(), set(), 1)
    assert found["user:bob"] == (set(), set(), 0)


@pytest.mark.parametrize("name", ["role anew", "cluster role anew"])
@pytest.mark.parametrize("groups", [{}, {"alice": ("dev",)}])
def test_rights_of_who_is_acted_as_add_up_with_bound_ones(name, groups, tmp_path):
    for seed in (104, *drawn(CLUSTERS)):
        objects = [*acted_as_alice(seed, CONJUNCTIONS[name])]
        for source, lacking, more, _ in _differences(objects, groups, tmp_path):
            assert (lacking, more) == (set(), set()), (seed, source)
