"""Who may pass on the right to read a Secret."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rbacgraph as rg
from rbacgraph.edges.world import World
from rbacgraph.model.rbac import RBAC_GROUP, ClusterRoleBinding, RoleBinding
from rbacgraph.model.results import RoleWrite
from rbacgraph.query.giving import Identity, Target
from rbacgraph.query.giving_bindings import by_binding
from rbacgraph.query.passers import ways_of
from tests.authz.conftest import KINDS, read_world
from tests.query.passing import Cluster, check_law, check_way
from tests.query.rbac_clusters import random_rbac
from tests.query.test_reach_worlds import read_reach_world

SHOP = Path(__file__).parents[2] / "fixtures" / "clusters" / "shop"


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.integers(min_value=0, max_value=10**9))
def test_whoever_is_told_can_and_nobody_else(seed):
    check_law(random_rbac(seed), "a", "s")


@pytest.mark.parametrize("number", range(1, 61))
def test_whoever_is_told_in_a_reach_world_can(number, tmp_path):
    _, graph = read_reach_world(f"world-{number:04}.json.gz", tmp_path)
    for key in graph.world.secrets:
        ways = list(ways_of(graph.world, *key))
        cluster = Cluster(graph.world.snapshot, *key)
        for node, way in ways:
            check_way(cluster, node, way)


@pytest.mark.parametrize("number", [8, 32, 55])
def test_whoever_is_not_told_in_a_reach_world_cannot(number, tmp_path):
    _, graph = read_reach_world(f"world-{number:04}.json.gz", tmp_path)
    check_law(graph.world.snapshot, *min(graph.world.secrets))


def test_recorded_attempts_to_bind_agree():
    """What a server let somebody bind others to is passed on; what it refused is not told."""
    counts = Counter()
    for recorded in map(read_world, range(1, 9)):
        world = World(recorded.during_escalations.snapshot)
        for attempt in recorded.escalations:
            kind = KINDS[attempt["object"]["kind"]]
            if kind not in {RoleBinding, ClusterRoleBinding}:
                continue
            binding = msgspec.convert(attempt["object"], kind)
            scope = binding.metadata.namespace
            target = Target(world, scope or "elsewhere", "s1")
            gives = set(target.verbs_of(world.authorizer.roles_of(binding)))
            if not gives:
                continue
            way = by_binding(target, Identity(attempt["user"], tuple(attempt["groups"])))
            writes = way.writes if way else ()
            told = {(type(w.obj), w.obj.metadata.namespace, w.obj.role_ref) for w in writes}
            if attempt["created"]:
                assert gives <= {verb for write in writes for verb in write.gives}
            else:
                assert (kind, scope, binding.role_ref) not in told
            counts[attempt["created"]] += 1
    assert counts == {True: 23, False: 128}


CLUSTER = """
apiVersion: v1
kind: Secret
metadata: {{name: db, namespace: shop}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: reader, namespace: shop}}
rules:
- {{apiGroups: [""], resources: [secrets], verbs: [get], resourceNames: [db]}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: team, namespace: shop}}
rules:
- {{apiGroups: [""], resources: [secrets], verbs: [get], resourceNames: [db]}}
- {{apiGroups: [""], resources: [configmaps], verbs: [get]}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: readers, namespace: shop}}
roleRef: {{kind: Role, name: reader, apiGroup: rbac.authorization.k8s.io}}
subjects: [{{kind: {kind}, name: {name}}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: team, namespace: shop}}
roleRef: {{kind: Role, name: {bound}, apiGroup: rbac.authorization.k8s.io}}
subjects: [{{kind: Group, name: team}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: more, namespace: shop}}
rules: [{more}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: more, namespace: shop}}
roleRef: {{kind: Role, name: more, apiGroup: rbac.authorization.k8s.io}}
subjects: [{{kind: User, name: alice}}]
"""
CONFIG_MAPS = '{apiGroups: [""], resources: [configmaps], verbs: [get]}'


def right(verb, resource, *names):
    """A rule on resources of the RBAC group."""
    only = f", resourceNames: [{', '.join(names)}]" if names else ""
    return f"{{apiGroups: [{RBAC_GROUP}], resources: [{resource}], verbs: [{verb}]{only}}}"


BIND = "can create a RoleBinding in shop to Role reader"
CREATE = right("create", "rolebindings")
BOB_READS = {"name": "bob"}
EVERYBODY_READS = {"kind": "Group", "name": "system:authenticated"}


class Twin(NamedTuple):
    """What alice may do beside reading the Secret, and how she passes it on then."""

    rules: tuple[str, ...]
    text: str
    fields: dict[str, str] = {}  # noqa: RUF012


@pytest.mark.parametrize(
    "twin",
    [
        Twin((CREATE,), BIND),
        Twin((right("get", "rolebindings"),), ""),
        # She holds what she binds, or may bind it; the role is the one that reads.
        Twin((CREATE,), "", BOB_READS),
        Twin((CREATE, right("bind", "roles", "reader")), BIND, BOB_READS),
        Twin((CREATE, right("bind", "roles", "more")), "", BOB_READS),
        Twin((CREATE,), BIND, EVERYBODY_READS),
        # A name goes with a PUT or apply, of what does not exist.
        Twin(
            (right("create, patch", "rolebindings", "mine"),),
            "can create RoleBinding mine in shop to Role reader",
        ),
        Twin((right("create", "rolebindings", "mine"),), ""),
        Twin((right("create, patch", "rolebindings", "more"),), ""),
        # She holds all of the rules of the role that is bound, or lacks one.
        Twin(
            (right("patch", "rolebindings", "team"), CONFIG_MAPS),
            "can add subjects to RoleBinding team in shop",
        ),
        Twin((right("patch", "rolebindings", "team"),), ""),
        # The role that is written is bound to others, who do not read it yet.
        Twin(
            (right("update", "roles", "more"),),
            "can write it into Role more in shop",
            {"bound": "more"},
        ),
        Twin((right("update", "roles", "more"),), ""),
        Twin((right("update", "roles", "team"),), ""),
        # A binding names a role that does not exist.
        Twin((right("create", "roles"),), "can create Role other in shop", {"bound": "other"}),
        Twin((right("update", "roles"),), "", {"bound": "other"}),
        Twin((right("create", "roles"),), ""),
    ],
)
def test_twins(twin, tmp_path):
    fields = {"kind": "User", "name": "alice", "bound": "team", **twin.fields}
    text = CLUSTER.format(more=", ".join(twin.rules), **fields)
    (tmp_path / "cluster.yaml").write_text(text)
    (answer,) = rg.load(tmp_path / "cluster.yaml").paths(secret="shop/db").secrets
    found = {passer.principal: (passer.text, passer.verbs) for passer in answer.passers}
    assert found == ({"user:alice": (twin.text, ("get",))} if twin.text else {})


def test_the_control_plane_is_folded(tmp_path):
    """One controller may escalate, one edits all there is and holds what a reader holds."""
    fields = {"kind": "User", "name": "alice", "bound": "team", "more": ""}
    (tmp_path / "cluster.yaml").write_text(CLUSTER.format(**fields))
    cluster = rg.load(tmp_path / "cluster.yaml")
    (answer,) = cluster.paths(secret="shop/db", system=True).secrets
    assert [passer.principal for passer in answer.passers] == [
        "group:system:masters",
        "serviceaccount:kube-system/clusterrole-aggregation-controller",
        "serviceaccount:kube-system/generic-garbage-collector",
    ]
    assert cluster.paths(secret="shop/db").secrets[0].passers == ()


def test_what_is_told_of_a_passer():
    (answer,) = rg.load(SHOP).paths(secret="shop/db-credentials").secrets
    (passer,) = answer.passers
    assert passer.principal == "group:platform-admins"
    assert passer.writes == (
        RoleWrite("create", "RoleBinding", "shop", "", "ClusterRole/cluster-admin"),
    )
    assert [str(evidence).partition(":")[0] for evidence in passer.evidence] == [
        "ClusterRoleBinding platform-admins",
        "ClusterRole cluster-admin rules[0]",
    ]
    assert passer.to == ()
    assert passer.condition == ""
