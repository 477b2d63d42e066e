"""The edges against experiments, where :mod:`tests.techniques.test_experiments_table` does not ask.

A row is one experiment on a kube-apiserver v1.36.2: a fresh ServiceAccount ``attackers/p``
held exactly these rights, and did or did not get the target. The cluster around it is the
same for all rows: namespace ``t1`` with Secrets ``s1`` and ``s2``; ServiceAccount ``v``, whom
a binding lets read Secrets; ``low``, without rights, with its token Secret ``lowtok``;
``ghost``, whom a reader's binding names though it does not exist. It is loaded as a server's
List, so that what it lacks does not exist.

An id with words in parentheses is the same experiment seen from another side, or one of its
knock-outs: the server was asked the same, the target is another.

Rights are written ``VERBS RESOURCE[.GROUP] [names=A,B] [@cluster]``, in ``t1`` by default, or
``VERBS /PATH @cluster``.
"""

import json
from dataclasses import replace

import pytest

import rbacgraph as rg
from tests.techniques.experiments import (
    admission,
    identities,
    matching,
    pods,
    roles,
)
from tests.techniques.experiments.cluster import IF, NO, YES, objects_of, server_list
from tests.techniques.experiments.requests import REQUESTS

ROWS = (
    *matching.ROWS,
    *identities.ROWS,
    *pods.ROWS,
    *admission.ROWS,
    *roles.ROWS,
)


def _claim(cluster, row):
    """What rbacgraph says of a row: certain, conditional or nothing."""
    via = [row.via] if row.via else []
    if row.target not in {item.target for item in cluster.reach(source=row.source, via=via)}:
        return NO
    sure = cluster.reach(source=row.source, via=via, certain=True)
    return YES if row.target in {item.target for item in sure} else IF


def _load(row, tmp_path):
    path = tmp_path / "cluster.json"
    path.write_text(json.dumps(server_list(objects_of(row))))
    cluster = rg.load(path, kubernetes_version="1.36")
    assert [d for d in cluster.diagnostics if d.severity == "error"] == []
    return cluster


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.id}: {row.target}")
def test_what_the_server_gave_is_what_the_graph_claims(row, tmp_path):
    assert _claim(_load(row, tmp_path), row) == row.works


ONE_RIGHT = [row for row in ROWS if row.held and row.works != NO and ";" not in row.held]


@pytest.mark.parametrize("row", ONE_RIGHT, ids=lambda row: f"{row.id}: {row.target}")
def test_without_its_one_right_nothing_is_left(row, tmp_path):
    assert _claim(_load(replace(row, held=""), tmp_path), row) == NO


@pytest.mark.parametrize("row", REQUESTS, ids=lambda row: row.id)
def test_what_the_server_answered_is_what_is_decided(row, tmp_path):
    assert bool(_load(row, tmp_path).can_i(**row.asked, user=row.user)) is row.allowed
