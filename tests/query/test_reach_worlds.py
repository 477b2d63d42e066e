"""Random clusters in which an exploit engine tried everything from each principal.

``fixtures/oracle/reach`` holds what it really obtained on an API server (its README tells
how). Nothing that we claim may be missing there; and whatever it obtained by steps that
our edges cover, we must claim.
"""

import gzip
import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from msgspec.structs import replace

from rbacgraph.graph import build
from rbacgraph.query.reach import reach
from rbacgraph.sources import load

WORLDS = Path(__file__).parents[2] / "fixtures" / "oracle" / "reach"
COVERED = (
    "secret get",
    "secret list",
    "secret watch",
    "secret patch",
    "secret delete",
    "TokenRequest",
    "impersonate serviceaccount",
    "impersonate user",
    "constrained impersonation",
    "bootstrap token Secret",
    "CSR create",
    "CSR approve",
    "CSR read certificate",
    "create pods POST",
    "create deployments POST",
    "create replicasets POST",
    "create statefulsets POST",
    "create daemonsets POST",
    "create jobs POST",
    "create cronjobs POST",
    "create replicationcontrollers POST",
    "pods/exec",
    "pods/attach",
    "nodes/proxy",
    "pod image",
    "ephemeral container",
    "token Secret re-annotate PATCH",
    "token Secret read back by patch",
    "privileged: host of",
    "host of",
    "privileged pod: host of",
    "relabel PSA by",
    "create mutatingwebhookconfigurations POST",
    "create validatingwebhookconfigurations POST",
)
NOT_TRIED = (
    "create-persistentvolume",  # no kubelet, which would mount it
    "port-forward",  # no kubelet, and nothing that listens: what a port serves was not asked
    "pod-proxy",  # the same
    "service-proxy",  # the same, and there are no Services
)
"""Techniques that the engine's catalogue leaves out, of which nothing can be compared."""

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
"""Kinds of which a world holds all: its server listed them, and of some there are none."""

PREFIX = {"ServiceAccount": "sa", "User": "user", "Group": "group"}


def _read(name):
    return json.loads(gzip.decompress((WORLDS / name).read_bytes()))


@cache
def _bootstrap():
    return _read("bootstrap.json.gz")


def _key(obj):
    return obj["kind"], obj["metadata"].get("namespace"), obj["metadata"]["name"]


def _world(name, folder):
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


@pytest.mark.parametrize("first", range(1, 61, 10))
def test_what_we_claim_was_obtained_and_what_we_cover_is_claimed(first, tmp_path):
    seen = Counter()
    for number in range(first, first + 10):
        world, graph = _world(f"world-{number:04}.json.gz", tmp_path)
        for result in world["results"]:
            source = _source(result["principal"])
            claimed = {
                one.target.removeprefix("secret:")
                for one in reach(graph, source=source, without=NOT_TRIED).reached
                if one.kind == "secret"
            }
            obtained = result["reached"]
            assert claimed <= obtained.keys(), (number, source)
            covered = {
                secret
                for secret, how in obtained.items()
                if all(step.startswith(COVERED) for step in how["chain"])
            }
            assert covered <= claimed, (number, source)
            seen.update(claimed=len(claimed), covered=len(covered), obtained=len(obtained))
    assert seen["covered"] > 30
    assert seen["claimed"] > seen["covered"]


def test_there_are_sixty_worlds():
    assert len(list(WORLDS.glob("world-*.json.gz"))) == 60
