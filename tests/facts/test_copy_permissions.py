"""Which Secrets operators copy for anyone who asks, and into which namespaces."""

import io
import json

import pytest

import rbacgraph as rg
from rbacgraph.facts.operators.copy_permissions import REFLECTOR, REPLICATOR, CopyPermissions
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, If
from tests.facts.kept import kept
from tests.facts.objects import item

MAY_BE = If.SECRET_MAY_BE_COPIED("shop", "db")
_PREFIX = {
    REFLECTOR: ("reflector.v1.k8s.emberstack.com/reflection-allowed"),
    REPLICATOR: ("replicator.v1.mittwald.de/replication-allowed"),
}


def into(operator, namespace, allowed=None, namespaces=None, selector=None):
    first = _PREFIX[operator]
    notes = {first: allowed, f"{first}-namespaces": namespaces}
    notes[f"{first}-namespaces-selector"] = selector
    metadata = {"annotations": {key: value for key, value in notes.items() if value is not None}}
    secret = item("Secret", "db", metadata=metadata, data={"password": "dmFsdWU="})
    permissions = kept(
        Facts(rg.load(io.BytesIO(json.dumps(secret).encode())).snapshot), CopyPermissions
    )
    other = REPLICATOR if operator == REFLECTOR else REFLECTOR
    assert not permissions.of(other)
    found = [one.into(namespace) for one in permissions.of(operator)]
    return found[0] if found else None


@pytest.mark.parametrize(
    ("allowed", "namespaces", "selector", "expected"),
    [
        (None, None, None, None),
        (None, "dev", None, None),
        ("false", "dev", None, None),
        ("True", None, None, CERTAIN),
        ("true", "", None, CERTAIN),
        ("true", " , ", None, None),
        ("true", "d|ops", None, None),
        ("true", "dev|ops", None, CERTAIN),
        ("true", "ops, dev", None, CERTAIN),
        ("true", "d[a-f]v", None, CERTAIN),
        ("true", "de", None, None),
        ("true", "devel", None, None),
        ("true", "ops", "team=a", MAY_BE),
        ("true", None, "team=a", MAY_BE),
        ("true", "(d+)+ev", None, MAY_BE),
    ],
)
def test_reflector_heeds_the_annotations_of_the_source(allowed, namespaces, selector, expected):
    """Names match as a whole; labels, and patterns that may take forever, leave a doubt."""
    assert into(REFLECTOR, "dev", allowed, namespaces, selector) == expected


@pytest.mark.parametrize(
    ("allowed", "namespaces", "expected"),
    [
        (None, "dev", None),
        ("yes", "dev", None),
        ("1", "dev", CERTAIN),
        ("true", None, None),
        ("true", "", None),
        ("true", "ops,dev", CERTAIN),
        ("true", "de", None),
        ("true", ".*", CERTAIN),
    ],
)
def test_the_replicator_asks_for_namespaces_too(allowed, namespaces, expected):
    assert into(REPLICATOR, "dev", allowed, namespaces) == expected


@pytest.mark.parametrize("notes", [["x"], {"reflection-allowed": 1}, None, "true"])
def test_annotations_that_are_none_allow_nothing(notes):
    first = _PREFIX[REFLECTOR]
    values = {first: notes, f"{first}-namespaces": notes} if isinstance(notes, list) else notes
    secret = item("Secret", "db", metadata={"annotations": values})
    facts = Facts(rg.load(io.BytesIO(json.dumps(secret).encode()), allow_empty=True).snapshot)
    assert not kept(facts, CopyPermissions).of(REFLECTOR)


def test_of_a_secret_that_is_only_referred_to_nothing_is_known():
    mount = {"name": "c", "image": "i", "envFrom": [{"secretRef": {"name": "db"}}]}
    pod = item("Pod", "web", spec={"containers": [mount]})
    facts = Facts(rg.load(io.BytesIO(json.dumps(pod).encode())).snapshot)
    (one,) = kept(facts, CopyPermissions).of(REPLICATOR)
    assert one.into("dev") == MAY_BE
