"""Objects that the input holds in several versions, of which a server holds one.

Judged by trying every choice of versions: what is certain is had in each, and what is had in
one is told at least as conditional.
"""

import pytest

from tests.query.plain_clusters import (
    objects_of_acting,
    objects_of_all,
    objects_of_halves,
    random_objects,
)
from tests.query.plain_engine import TECHNIQUES, Cluster
from tests.query.plain_versions import choices, with_versions
from tests.query.test_plain_engine import LISTED, _by_engine, _sources, _told, settings

MADE = (
    (random_objects, 20, 40),
    (objects_of_halves, 6, 10),
    (objects_of_acting, 6, 10),
    (objects_of_all, 8, 20),
)
"""What makes clusters, how many, and how many Secrets are got at least."""

MISSED = 0.2
"""How much of what every choice gives may be called conditional: by another way in each."""

BEYOND = 0.02
"""How much may be told that no single choice gives, but two of them together."""


@pytest.mark.parametrize(("make", "seeds", "least"), MADE)
def test_what_is_certain_is_had_in_every_choice_of_versions(make, seeds, least, tmp_path):
    got = missed = 0
    for seed in range(seeds):
        objects = with_versions(make, seed)
        version, groups = settings(seed)
        told = _told(objects, tmp_path / "dump.json", version, groups, LISTED)
        clusters = [Cluster(chosen, version) for chosen in choices(objects)]
        assert len(clusters) > 1
        sources = {pair for cluster in clusters for pair in _sources(cluster, groups)}
        for source, first in sorted(sources, key=str):
            each = [_by_engine(cluster, first, TECHNIQUES) for cluster in clusters]
            certain = told(source, certain=True)
            assert certain <= set.intersection(*each), (seed, source)
            assert set.union(*each) <= told(source, certain=False), (seed, source)
            got += len(certain)
            missed += len(set.intersection(*each) - certain)
    assert got > least
    assert missed <= MISSED * got


@pytest.mark.parametrize(("make", "seeds", "least"), MADE)
def test_what_no_choice_of_versions_gives_is_hardly_ever_told(make, seeds, least, tmp_path):
    got = beyond = 0
    for seed in range(seeds):
        objects = with_versions(make, seed)
        settled = settings(seed)
        told = _told(objects, tmp_path / "dump.json", *settled, LISTED)
        every = choices(objects)
        each = [_told(one, tmp_path / "dump.json", *settled, LISTED) for one in every]
        sources = {pair[0] for one in every for pair in _sources(Cluster(one), settled[1])}
        for source in sorted(sources):
            had = told(source, certain=False)
            some = set().union(*(one(source, certain=False) for one in each))
            assert some <= had, (seed, source)
            got += len(had)
            beyond += len(had - some)
    assert got > least
    assert beyond <= BEYOND * got
