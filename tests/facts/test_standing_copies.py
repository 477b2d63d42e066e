"""Which new namespaces trigger the copies that annotations of a Secret ask for."""

import json

import pytest

import rbacgraph as rg
from rbacgraph.facts.copies.standing_copies import StandingCopies

_REFLECTOR = "reflector.v1.k8s.emberstack.com/reflection-"


@pytest.mark.parametrize(
    ("names", "selector", "new"),
    [
        ("shop", "", False),
        ("shop", "copies=yes", True),
        ("shop,other", "", True),
        ("shop.*", "", True),
        ("", "", True),
    ],
)
def test_a_new_namespace_triggers_a_copy_unless_it_names_those_there_are(
    tmp_path, names, selector, new
):
    notes = {"allowed": "true", "auto-enabled": "true"}
    for part in ("allowed-", "auto-"):
        notes |= {f"{part}namespaces": names, f"{part}namespaces-selector": selector}
    annotations = {f"{_REFLECTOR}{key}": value for key, value in notes.items() if value}
    meta = {"name": "db", "namespace": "shop", "annotations": annotations}
    items = [
        {"apiVersion": "v1", "kind": "Secret", "metadata": meta},
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}},
    ]
    path = tmp_path / "cluster.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    cluster = rg.load(path, bootstrap=False)
    copies = cluster.access_graph.world.part(StandingCopies)
    (rule,) = copies.every
    assert copies.lets_new(rule) == new
