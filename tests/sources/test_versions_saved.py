"""Versions of an object in a snapshot's file: it answers as its input did."""

import json

import pytest

from rbacgraph import load
from tests.query.plain.clusters.plain_clusters import random_objects
from tests.query.plain.clusters.pod_clusters import objects_of_templates
from tests.query.plain.versions import with_pod_versions, with_versions


def _answers(cluster):
    found = cluster.exposure()
    paths = [cluster.paths(secret=one.secret.removeprefix("secret:")) for one in found]
    return str(found), list(map(str, paths)), [path.to_frame().to_csv() for path in paths]


@pytest.mark.parametrize(
    ("more", "make", "seed"),
    [(with_versions, random_objects, 0), (with_pod_versions, objects_of_templates, 26)],
)
def test_a_snapshot_answers_as_its_input_did(more, make, seed, tmp_path):
    for number, obj in enumerate(more(make, seed)):
        (tmp_path / f"{number:03}.json").write_text(json.dumps(obj))
    cluster = load(tmp_path)
    assert "as one of several versions" in str(cluster.exposure())
    saved = tmp_path / "saved.json.gz"
    cluster.save(saved)
    again = load(saved)
    assert _answers(again) == _answers(cluster)
    again.save(tmp_path / "again.json.gz")
    assert (tmp_path / "again.json.gz").read_bytes() == saved.read_bytes()
