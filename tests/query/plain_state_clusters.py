"""The clusters of other makers, whose objects are in states in which a server refuses things."""

import random

from tests.query.plain_clusters import objects_of_all
from tests.query.plain_states import UNUSED

TOKEN_TYPE = "kubernetes.io/service-account-token"


def _changed(obj, **metadata):
    return {**obj, "metadata": {**obj["metadata"], **metadata}}


def _secret(rng, obj):
    if obj["type"] != TOKEN_TYPE or rng.random() < 0.4:
        return obj
    if rng.random() < 0.2:
        return _changed(obj, deletionTimestamp="2026-01-01T00:00:00Z")
    label = rng.choice((UNUSED, UNUSED, "kubernetes.io/legacy-token-last-used"))
    return _changed(obj, labels={label: "2026-01-01"})


MAKERS = {"Secret": _secret}


def objects_of_states(seed):
    """Clusters in which much is held, and part of it is in no state to be used."""
    rng = random.Random(seed)
    found = objects_of_all(seed)
    return [MAKERS[obj["kind"]](rng, obj) if obj["kind"] in MAKERS else obj for obj in found]
