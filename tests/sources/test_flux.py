"""Objects of Flux: read from every form, and kept in snapshots."""

import io
import json

import pytest
from msgspec.structs import replace

import rbacgraph as rg
from rbacgraph.model.kubernetes.flux import FluxApplier, FluxReference, FluxSource
from rbacgraph.model.kubernetes.meta import ObjectMeta
from tests.sources.test_network import FORMS


def item(kind, group, name, spec, version="v1"):
    metadata = {"name": name, "namespace": "apps", "uid": name}
    return {"apiVersion": f"{group}/{version}", "kind": kind, "metadata": metadata, "spec": spec}


KUSTOMIZE, HELM = "kustomize.toolkit.fluxcd.io", "helm.toolkit.fluxcd.io"
SOURCE = "source.toolkit.fluxcd.io"
GIT = {"kind": "GitRepository", "name": "repo", "namespace": "flux-system"}
CHART = {"chart": "web", "sourceRef": {"kind": "HelmRepository", "name": "charts"}}
OBJECTS = [
    item(
        "Kustomization",
        KUSTOMIZE,
        "all",
        {
            "sourceRef": GIT,
            "serviceAccountName": "deployer",
            "kubeConfig": {"secretRef": {"name": "edge"}},
            "postBuild": {
                "substituteFrom": [{"kind": "Secret", "name": "v"}, {"kind": "Pod", "name": "x"}]
            },
        },
    ),
    item(
        "HelmRelease",
        HELM,
        "web",
        {"chart": {"spec": CHART}, "valuesFrom": [{"kind": "ConfigMap", "name": "values"}]},
        "v2",
    ),
    item("GitRepository", SOURCE, "repo", {"url": "x", "secretRef": {"name": "deploy"}}),
    item("HelmChart", SOURCE, "web", CHART),
]
META = {name: ObjectMeta(name, "apps", name) for name in ("all", "web", "repo")}
APPLIERS = (
    FluxApplier(
        kind="Kustomization",
        api_version=f"{KUSTOMIZE}/v1",
        metadata=META["all"],
        account="deployer",
        source=FluxReference("GitRepository", "flux-system", "repo"),
        values=(FluxReference("Secret", "", "v"),),
        remote=True,
    ),
    FluxApplier(
        kind="HelmRelease",
        api_version=f"{HELM}/v2",
        metadata=META["web"],
        source=FluxReference("HelmRepository", "", "charts"),
        values=(FluxReference("ConfigMap", "", "values"),),
    ),
)
SOURCES = (
    FluxSource(
        kind="GitRepository", api_version=f"{SOURCE}/v1", metadata=META["repo"], secret="deploy"
    ),
    FluxSource(
        kind="HelmChart",
        api_version=f"{SOURCE}/v1",
        metadata=META["web"],
        source=FluxReference("HelmRepository", "", "charts"),
    ),
)


def read(data):
    return rg.load(io.BytesIO(data), allow_empty=True).snapshot


def bare(objects):
    return {replace(one, origin=0) for one in objects}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_read_alike(form):
    snapshot = read(FORMS[form](OBJECTS).encode())
    assert bare(snapshot.flux_appliers) == {*APPLIERS}
    assert bare(snapshot.flux_sources) == {*SOURCES}
    assert snapshot.skipped == {}


def test_a_snapshot_keeps_them():
    cluster = rg.load(io.BytesIO("\n".join(map(json.dumps, OBJECTS)).encode()))
    target = io.BytesIO()
    cluster.save(target)
    again = read(target.getvalue())
    assert bare(again.flux_appliers) == {*APPLIERS}
    assert bare(again.flux_sources) == {*SOURCES}


def test_kinds_of_the_same_name_of_others_are_not_read():
    own = [
        item("Kustomization", "kustomize.config.k8s.io", "k", {}, "v1beta1"),
        item("Bucket", "s3.aws.upbound.io", "b", {}),
        item("HelmChart", "helm.cattle.io", "c", {}),
    ]
    found = read("\n".join(map(json.dumps, own)).encode())
    assert (found.flux_appliers, found.flux_sources) == ((), ())
    assert sum(found.skipped.values()) == len(own)


def test_parts_of_another_shape_count_as_missing():
    odd = item("HelmRelease", HELM, "web", {"chart": "web", "valuesFrom": {"kind": 1}}, "v2")
    (found,) = read(json.dumps(odd).encode()).flux_appliers
    assert replace(found, origin=0) == replace(APPLIERS[1], source=None, values=())


@pytest.mark.parametrize(
    ("image", "account"),
    [
        ("ghcr.io/fluxcd/kustomize-controller:v1", "deployer"),
        ("registry.example/mirror/helm-controller@sha256:0", "deployer"),
        ("registry.example/shop/controller:v1", ""),
    ],
)
def test_the_flag_of_a_controller_is_read(image, account):
    container = {"name": "manager", "image": image, "args": ["--default-service-account=deployer"]}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "flux-system"},
        "spec": {"containers": [container]},
    }
    (found,) = read(json.dumps(pod).encode()).pods
    assert found.spec.default_account == account
