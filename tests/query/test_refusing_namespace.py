"""Law: a namespace that refuses new objects takes away nothing that an attacker gets elsewhere."""

import pytest
import yaml

from rbacgraph.query.access.paths import paths
from rbacgraph.query.access.reach import reach
from tests.query.plain.clusters.plain_clusters import objects_of_nowhere
from tests.query.test_hostile_names import MADE, _graph, _sources
from tests.query.test_plain_engine import settings
from tests.worlds import worlds

RBAC = "rbac.authorization.k8s.io"
COUNTED = (
    *("pods", "count/secrets", f"count/rolebindings.{RBAC}", f"count/roles.{RBAC}"),
    *("count/serviceaccounts", "count/deployments.apps", "count/jobs.batch"),
)


def named(kind, name, **fields):
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, **fields}


GOES = named("Namespace", "refuses")
GOES["metadata"] |= {"deletionTimestamp": "2026-01-01T00:00:00Z"}
QUOTA = named("ResourceQuota", "all")
QUOTA["metadata"]["namespace"] = "refuses"
QUOTA |= {"status": {"hard": dict.fromkeys(COUNTED, "1"), "used": dict.fromkeys(COUNTED, "1")}}
REFUSING = {"goes": [GOES], "is full": [named("Namespace", "refuses"), QUOTA]}


def _certain(graph, sources):
    """What each source gets for certain, but for the group of the namespace itself."""
    own = "group:system:serviceaccounts:refuses"
    return {
        source: {r.target for r in reach(graph, source=source).reached if r.certain}
        - {own, f"impersonated-{own}"}
        for source in sources
    }


@pytest.mark.parametrize("make", [make for make, *_ in MADE], ids=lambda make: make.__name__)
def test_what_is_certain_elsewhere_stays_certain(make, tmp_path):
    # 614891803: full control on a condition hid headers that are certain
    for seed in worlds(make, 6, examples=[614891803]):
        objects, (version, groups) = make(seed), settings(seed)
        plain = _graph(objects, groups, version, tmp_path / "plain.json")
        sources = _sources(plain)[:6]
        expected = _certain(plain, sources)
        for name, more in REFUSING.items():
            graph = _graph([*objects, *more], groups, version, tmp_path / "more.json")
            assert _certain(graph, sources) == expected, (name, seed)


@pytest.mark.parametrize("refusing", REFUSING)
def test_new_pods_are_accounts_of_a_new_namespace(refusing, tmp_path):
    version, groups = settings(4)
    objects = [*objects_of_nowhere(4), *REFUSING[refusing]]
    graph = _graph(objects, groups, version, tmp_path / "dump.json")
    assert "serviceaccount:c/default" in _certain(graph, ["serviceaccount:b/ghost"]).popitem()[1]


TOKENS = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: tokens}
rules: [{apiGroups: [""], resources: [serviceaccounts/token], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: founder}
rules:
- {apiGroups: [""], resources: [namespaces, serviceaccounts], verbs: [create]}
- {apiGroups: [rbac.authorization.k8s.io], resources: [rolebindings], verbs: [create]}
- apiGroups: [rbac.authorization.k8s.io]
  resources: [clusterroles]
  resourceNames: [tokens]
  verbs: [bind]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: amy}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: founder}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: amy}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: ghost}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
subjects: [{kind: ServiceAccount, name: ghost, namespace: lost}]
---
{apiVersion: v1, kind: Secret, metadata: {name: db, namespace: shop}}
"""


@pytest.mark.parametrize("bound", [True, False])
@pytest.mark.parametrize("refusing", ["", *REFUSING])
def test_a_role_is_bound_in_a_new_namespace(refusing, bound, tmp_path):
    text = TOKENS if bound else TOKENS.replace("verbs: [bind]", "verbs: [get]")
    spaces = [named("Namespace", name) for name in ("kube-system", "shop")]
    objects = [*yaml.safe_load_all(text), *spaces, *REFUSING.get(refusing, ())]
    graph = _graph(objects, {}, "1.36", tmp_path / "dump.json")
    (answer,) = paths(graph, secret="shop/db").secrets
    found = {path.principal for path in answer.paths if path.certain}
    assert ("user:amy" in found) == bound
    assert "serviceaccount:lost/ghost" in found
