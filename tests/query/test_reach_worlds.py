"""Random clusters in which an exploit engine tried everything from each principal.

``fixtures/oracle/reach`` holds what it really obtained on an API server (its README tells
how). Whatever it obtained we must claim, and nothing that we claim may be missing there.
"""

import gzip
import json
from functools import cache
from pathlib import Path

import pytest
from msgspec.structs import replace

from rbacgraph.graph.build import build
from rbacgraph.query.access.reach import reach
from rbacgraph.sources.load import load

WORLDS = Path(__file__).parents[2] / "fixtures" / "oracle" / "reach"
NOT_TRIED = (
    "bind-pod",  # not in its catalogue
    "add-pull-secret",  # the same
    "volume-secret",  # the same
    "create-persistentvolume",  # no kubelet, which would mount it
    "port-forward",  # no kubelet, and nothing that listens: what a port serves was not asked
    "pod-proxy",  # the same
    "service-proxy",  # the same, and there are no Services
    "pods-log",  # no kubelet, and nothing that prints: what a log shows was not asked
    "node-log",  # the same
    "server-logs",  # the same
)
"""Techniques that the engine's catalogue leaves out, so that nothing can be compared."""

LISTED = frozenset(
    (kind, "")
    for kind in (
        "ServiceAccount",
        "Secret",
        "Pod",
        "Deployment",
        "ReplicaSet",
        "StatefulSet",
        "DaemonSet",
        "CronJob",
        "ReplicationController",
        "Node",
    )
)
"""Kinds that a world holds completely: its server listed them, and some have no objects."""

PREFIX = {"ServiceAccount": "sa", "User": "user", "Group": "group"}


def _read(name):
    return json.loads(gzip.decompress((WORLDS / name).read_bytes()))


@cache
def _bootstrap():
    return _read("bootstrap.json.gz")


def _key(obj):
    return obj["kind"], obj["metadata"].get("namespace"), obj["metadata"]["name"]


def read_reach_world(name, folder):
    """What was recorded of a world, and its graph."""
    world = _read(name)
    held = {_key(obj) for obj in world["objects"]}
    shipped = [obj for obj in _bootstrap() if _key(obj) not in held]
    items = [*world["objects"], *shipped]
    path = folder / "world.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    groups = {
        one["principal"]["user"]: [g for g in one["principal"]["groups"] if g[:7] != "system:"]
        for one in world["results"]
        if one["principal"]["kind"] == "User"
    }
    snapshot = load(str(path), groups=groups, kubernetes_version="1.36")
    return world, build(replace(snapshot, listed=snapshot.listed | LISTED))


def _source(principal):
    namespace = f"{principal['namespace']}/" if principal["namespace"] else ""
    return f"{PREFIX[principal['kind']]}:{namespace}{principal['name']}"


@pytest.mark.parametrize("number", range(1, 61))
def test_what_was_obtained_is_what_is_claimed(number, tmp_path):
    world, graph = read_reach_world(f"world-{number:04}.json.gz", tmp_path)
    for result in world["results"]:
        source, obtained = _source(result["principal"]), result["reached"]
        reached = reach(graph, source=source, without=NOT_TRIED).reached
        claimed = {one.target.removeprefix("secret:") for one in reached if one.kind == "secret"}
        assert claimed == obtained.keys(), source


def test_there_are_sixty_worlds():
    assert len(list(WORLDS.glob("world-*.json.gz"))) == 60
