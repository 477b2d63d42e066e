"""Nobody creates what no object can be called: the API server refuses such names.

Source: kubernetes ``pkg/apis/core/validation/validation.go``, ``pkg/apis/rbac/validation`` and
``staging/src/k8s.io/apiserver/pkg/registry/rest/create.go`` (``BeforeCreate``).
"""

import json

import pytest
from msgspec.structs import replace

from rbacgraph.graph.build import build
from rbacgraph.query.access.exposure import exposure
from rbacgraph.query.access.paths import paths
from rbacgraph.sources.load import load
from tests.query.plain.clusters.objects import CERTIFICATES, RBAC
from tests.query.plain.clusters.plain_clusters import (
    objects_of_all,
    objects_of_applying,
    objects_of_halves,
    objects_of_nowhere,
    random_objects,
)
from tests.query.plain.clusters.state_clusters import objects_of_closing
from tests.query.test_plain_engine import LISTED, settings
from tests.worlds import worlds

NEW = "x"
"""What the clusters call things that rules let somebody create."""

PATHS = {RBAC, CERTIFICATES}
"""Groups whose objects may be called anything that is one segment of a path."""

MADE = (
    (random_objects, 60),
    (objects_of_applying, 60),
    (objects_of_all, 60),
    (objects_of_halves, 40),
    (objects_of_nowhere, 40),
    (objects_of_closing, 40),
)


def _changed(objects, change):
    """Return the objects with the rules that ``change`` makes of each rule; of none, no rule."""
    return [
        {**one, "rules": [rule for had in one["rules"] for rule in change(had)]}
        if one.get("rules")
        else one
        for one in objects
    ]


def _illegal(rule):
    """Return the name for a rule's new objects that a server refuses; None if it makes none."""
    if any("/" in resource for resource in rule["resources"]):
        return None
    return f"{NEW}/1" if PATHS.intersection(rule["apiGroups"]) else f"{NEW}_1"


def _misnamed(rule):
    """Call what is new by a name that is refused."""
    illegal, names = _illegal(rule), rule.get("resourceNames")
    if not names or illegal is None:
        return (rule,)
    return ({**rule, "resourceNames": [illegal if one == NEW else one for one in names]},)


def _without_create(rule):
    if _illegal(rule) not in rule.get("resourceNames", ()):
        return (rule,)
    names = [one for one in rule["resourceNames"] if one != _illegal(rule)]
    verbs = [verb for verb in rule["verbs"] if verb != "create"]
    alone = {**rule, "resourceNames": [_illegal(rule)], "verbs": verbs}
    return ({**rule, "resourceNames": names},) * bool(names) + (alone,) * bool(verbs)


def _without_name(rule):
    names = [one for one in rule.get("resourceNames", ()) if one != _illegal(rule)]
    if not rule.get("resourceNames"):
        return (rule,)
    return ({**rule, "resourceNames": names},) if names else ()


def _pairs(objects, seed, path):
    """Return who reaches which Secrets, for certain and at all."""
    version, groups = settings(seed)
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    snapshot = load(path, kubernetes_version=version)
    snapshot = replace(snapshot, listed=snapshot.listed | LISTED, groups=groups)
    graph = build(snapshot)
    found = paths(graph, secret="*/*").secrets if graph.world.secrets else ()
    every = {
        (str(answer.secret), str(path.principal), path.certain)
        for answer in found
        for path in answer.paths
    }
    exposed = {(str(one.secret), one.certain, one.conditional) for one in exposure(graph).rows}
    return every, exposed


@pytest.mark.parametrize(("make", "seeds"), MADE)
def test_create_by_a_name_that_is_refused_gives_nothing(make, seeds, tmp_path):
    for seed in worlds(make, seeds):
        misnamed = _changed(make(seed), _misnamed)
        here = _pairs(misnamed, seed, tmp_path / "with.json")
        assert here == _pairs(
            _changed(misnamed, _without_create), seed, tmp_path / "without.json"
        ), seed


@pytest.mark.parametrize(("make", "seeds"), MADE)
def test_a_name_that_is_refused_gives_nothing_for_certain(make, seeds, tmp_path):
    for seed in worlds(make, seeds):
        misnamed = _changed(make(seed), _misnamed)
        every, _ = _pairs(misnamed, seed, tmp_path / "with.json")
        less, _ = _pairs(_changed(misnamed, _without_name), seed, tmp_path / "without.json")
        assert {one for one in every if one[-1]} <= less, seed
