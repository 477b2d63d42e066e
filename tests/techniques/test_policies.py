"""Policies of admission engines: which one a path depends on, and that none is a reason to fail."""

import io
import json
import random
from pathlib import Path

import pytest

import rbacgraph as rg

FIXTURES = Path(__file__).parents[2] / "fixtures" / "edges"


def _conditions(*names, edge="create-privileged-pod"):
    cluster = rg.load(*(FIXTURES / edge / f"{name}.yaml" for name in names))
    path = cluster.paths(secret="shop/db", source="user:alice")[0]
    return tuple(map(str, path.conditions))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("yes-kyverno", "ClusterPolicy baseline lets it"),
        ("yes-kyverno-two", "ClusterPolicy paths and ClusterPolicy privileged let it"),
        ("yes-kyverno-policy", "Policy tools/baseline lets it"),
        (
            "yes-gatekeeper",
            "K8sPSPHostFilesystem no-host-paths and K8sPSPPrivilegedContainer no-privileged let it",
        ),
        ("yes-policy", "ValidatingAdmissionPolicy no-node lets it"),
        ("yes-validating-policy", "ValidatingPolicy no-node lets it"),
    ],
)
def test_the_condition_names_the_policy(name, says):
    assert _conditions(name) == (says,)


def test_one_policy_that_refuses_both_is_named_alone():
    assert _conditions("yes-kyverno", "yes-kyverno-two") == ("ClusterPolicy baseline lets it",)


def _odd(rng, depth=0):
    """Something that is no part of a policy."""
    if depth > 2 or rng.random() < 0.4:
        return rng.choice((None, 1, True, "Pod", "Enforce", "hostPath", [], {}))
    if rng.random() < 0.4:
        return [_odd(rng, depth + 1) for _ in range(rng.randint(0, 3))]
    return {rng.choice(_FIELDS): _odd(rng, depth + 1) for _ in range(rng.randint(0, 4))}


_FIELDS = (
    "rules",
    "match",
    "any",
    "all",
    "exclude",
    "resources",
    "kinds",
    "namespaces",
    "namespaceSelector",
    "matchLabels",
    "validate",
    "podSecurity",
    "level",
    "pattern",
    "parameters",
    "matchConstraints",
    "resourceRules",
    "validations",
    "enforcementAction",
    "validationFailureActionOverrides",
)
_KINDS = (
    ("ClusterPolicy", "kyverno.io/v1"),
    ("Policy", "kyverno.io/v1"),
    ("ValidatingPolicy", "policies.kyverno.io/v1"),
    ("K8sPSPHostFilesystem", "constraints.gatekeeper.sh/v1beta1"),
    ("K8sPSPVolumeTypes", "constraints.gatekeeper.sh/v1beta1"),
)


def test_policies_that_are_written_oddly_are_read():
    rng = random.Random(7)
    objects = []
    for number in range(3000):
        kind, version = rng.choice(_KINDS)
        spec = {rng.choice(_FIELDS): _odd(rng) for _ in range(5)}
        metadata = {"name": f"p{number}", "namespace": "tools" if kind == "Policy" else ""}
        objects.append({"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec})
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}).encode()
    snapshot = rg.load(io.BytesIO(text)).snapshot
    assert len(snapshot.pod_policies) + len(snapshot.namespace_policies) == 3000


def test_a_snapshot_keeps_what_policies_refuse(tmp_path):
    names = ("yes-kyverno-policy", "yes-gatekeeper", "yes-policy-selecting", "yes-scc-group")
    cluster = rg.load(*(FIXTURES / "create-privileged-pod" / f"{name}.yaml" for name in names))
    cluster.save(tmp_path / "cluster.json")
    again = rg.load(tmp_path / "cluster.json")
    assert again.snapshot == cluster.snapshot
    assert all(one.reaches for one in again.snapshot.pod_policies)
    assert again.snapshot.validating_policies[0].spec.refuses == ("privileged", "hostPath")


@pytest.mark.parametrize(("name", "told"), [("yes-kyverno", True), ("yes-kyverno-audit", False)])
def test_what_is_assumed_tells_that_policies_are_heeded(name, told):
    cluster = rg.load(FIXTURES / "create-privileged-pod" / f"{name}.yaml")
    assumptions = " ".join(map(str, cluster.paths(secret="shop/db").basis.assumptions))
    assert ("and those that conditions name" in assumptions) == told
