"""The recorded worlds of a real API server, decoded once."""

import gzip
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.rbac import ClusterRole, ClusterRoleBinding, Role, RoleBinding

ORACLE = Path(__file__).parents[2] / "fixtures" / "oracle"
KINDS = {kind.__name__: kind for kind in (Role, ClusterRole, RoleBinding, ClusterRoleBinding)}


class World(NamedTuple):
    snapshot: Snapshot
    authorizer: Authorizer
    reviews: list[dict]
    escalations: list[dict]
    during_escalations: Authorizer


@cache
def read_world(number: int) -> World:
    data = msgspec.json.decode(gzip.decompress((ORACLE / f"world-{number}.json.gz").read_bytes()))
    objects = data["objects"]
    snapshot = Snapshot(
        cluster_roles=_typed(objects["clusterroles"], ClusterRole),
        cluster_role_bindings=_typed(objects["clusterrolebindings"], ClusterRoleBinding),
        roles=_typed(objects["roles"], Role),
        role_bindings=_typed(objects["rolebindings"], RoleBinding),
    )
    extra = data["escalation_extra_objects"]
    assert {o["kind"] for o in extra} == {"ClusterRole", "ClusterRoleBinding"}
    more = msgspec.structs.replace(
        snapshot,
        cluster_roles=(*snapshot.cluster_roles, *_of_kind(extra, ClusterRole)),
        cluster_role_bindings=(
            *snapshot.cluster_role_bindings,
            *_of_kind(extra, ClusterRoleBinding),
        ),
    )
    return World(
        snapshot, Authorizer(snapshot), data["reviews"], data["escalations"], Authorizer(more)
    )


def _typed(objects, kind):
    return msgspec.convert(objects, tuple[kind, ...])


def _of_kind(objects, kind):
    return _typed([o for o in objects if o["kind"] == kind.__name__], kind)


@pytest.fixture(params=range(1, 9), ids=lambda number: f"world-{number}")
def world(request) -> World:
    return read_world(request.param)


@pytest.fixture(scope="session")
def worlds() -> list[World]:
    return [read_world(number) for number in range(1, 9)]


@pytest.fixture(scope="session")
def recorded_bootstrap():
    objects = msgspec.json.decode(gzip.decompress((ORACLE / "bootstrap.json.gz").read_bytes()))
    return tuple(msgspec.convert(o, KINDS[o["kind"]]) for o in objects)
