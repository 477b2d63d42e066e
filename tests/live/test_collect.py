"""A live cluster gives the answers that its dump gives."""

import json

import pytest
from msgspec.structs import replace

import rbacgraph
from rbacgraph.authz.questions.api_resources import known_resources
from rbacgraph.model.inputs.snapshot import CustomResource
from rbacgraph.sources.load import load
from rbacgraph.sources.objects.object_kinds import KINDS
from tests.live.api import USUAL, Api
from tests.live.replies import replay
from tests.live.server import serving

FIELDS = dict.fromkeys(kind.field for kind in KINDS if kind.field != "custom_resources")


def bare(found):
    """Return objects without what only a file, or only a server, tells."""
    return sorted(repr(replace(o, origin=0, metadata=replace(o.metadata, uid=""))) for o in found)


@pytest.mark.parametrize("field", [field for field in FIELDS if field != "secrets"])
def test_the_same_objects_as_from_files(live, shop, root, field):
    wanted = load(root / "fixtures" / "clusters" / "shop")
    assert bare(getattr(live(shop), field)) == bare(getattr(wanted, field))


def test_the_same_secrets_as_from_files_without_their_keys(live, shop, root):
    wanted = load(root / "fixtures" / "clusters" / "shop").secrets
    found = live(shop).secrets
    assert [s.size for s in found] == [len(s.keys) for s in sorted(wanted, key=_key)]
    assert [s.type for s in found] == [s.type for s in sorted(wanted, key=_key)]
    assert all(s.keys is None or s.keys == () for s in found)


def _key(found):
    return found.metadata.namespace, found.metadata.name


def test_the_same_exposure_as_from_files(shop, from_files, tmp_path):
    roles = {role["metadata"]["name"]: role for role in shop.objects["clusterroles"]}
    # As the controller does, whose work a list from a server is taken to be.
    roles["shop-operator"]["rules"] = roles["shop-operator-sessions"]["rules"]
    with serving(shop, tmp_path) as running:
        cluster = rbacgraph.load_live(kubeconfig=running.kubeconfig, qps=1000)
    found, wanted = (
        json.loads(answer.report().render("json"))["secrets"]
        for answer in (cluster.exposure(), from_files.exposure())
    )
    assert found == wanted


def test_objects_come_from_the_context(live, shop):
    found = live(shop)
    assert found.files == ("test",)
    assert {found.where(o) for o in found.roles} == {("test", 0)}


def test_all_is_listed(live, shop):
    shop.groups |= USUAL
    found = live(shop)
    assert all(found.is_listed(wanted.name) for wanted in KINDS)
    assert found.kubernetes_version == (1, 36)
    assert [d for d in found.diagnostics if d.severity != "note"] == []


def test_the_order_is_the_same_whichever_thread_ends_first(live, shop_objects):
    def late(resources):
        def fault(request, reply):
            return reply._replace(slow=0.004) if request.resource in resources else None

        return fault

    found = []
    for slow in ({"pods", "roles"}, {"secrets", "deployments"}):
        api = Api(shop_objects())
        api.faults.append(late(slow))
        found.append(replace(live(api), collected=None))
    assert found[0] == found[1]


def test_kinds_are_asked_for_at_the_same_time(live, shop):
    shop.faults.append(lambda _request, reply: reply._replace(slow=0.001))
    live(shop)
    assert 1 < shop.busiest <= 4


def test_nothing_is_asked_for_but_lists(live, shop):
    shop.groups |= USUAL
    live(shop)
    assert {r.method for r in shop.requests if "selfsubject" not in r.path} == {"GET"}
    named = [r.path for r in shop.requests if r.path.count("/") > 6]
    assert named == []


@pytest.mark.parametrize("aggregated", [True, False])
def test_custom_resources_are_those_of_the_definitions(live, shop_objects, aggregated):
    api = Api(
        shop_objects(),
        aggregated=aggregated,
        customs=[
            ("serving.knative.dev", "v1", "services", "Service", True),
            ("metrics.k8s.io", "v1beta1", "nodes", "NodeMetrics", False),
        ],
    )
    name = "services.serving.knative.dev"
    api.add({"kind": "CustomResourceDefinition", "metadata": {"name": name}, "spec": {"x": 1}})
    found = live(api)
    assert found.custom_resources == (
        CustomResource("serving.knative.dev", "services", "Service", True, ("ser",)),
    )
    assert found.is_listed("CustomResourceDefinition")
    assert {("serving.knative.dev", "services"), ("metrics.k8s.io", "nodes")} <= set(found.offered)
    assert b'"spec":{"x":1}' not in bytes(api.wire)


def test_sealed_secrets_where_they_are_served(live, shop):
    sealed = {"kind": "SealedSecret", "metadata": {"name": "x", "namespace": "shop"}, "spec": {}}
    shop.add({**sealed, "spec": {"encryptedData": {"a": "SEALED"}}})
    (found,) = live(shop).sealed_secrets
    assert found.metadata.name == "x"
    assert b"SEALED" not in bytes(shop.wire)


def test_what_operators_make_secrets_of_where_it_is_served(live, shop):
    meta = {"name": "x", "namespace": "shop"}
    template = {"data": {"a": "CANARY"}}
    spec = {"target": {"name": "made", "template": template}}
    shop.add({"kind": "ExternalSecret", "metadata": meta, "spec": spec})
    shop.add({"kind": "ClusterExternalSecret", "metadata": {"name": "y"}, "spec": {}})
    found = live(shop)
    assert [(one.kind, one.names) for one in found.secret_makers] == [("ExternalSecret", ("made",))]
    assert [(one.kind, one.names) for one in found.cluster_secret_makers] == [
        ("ClusterExternalSecret", ("y",))
    ]
    assert "CANARY" not in repr(found)


def test_stores_outside_where_they_are_served(live, shop):
    auth = {"kubernetes": {"role": "r", "serviceAccountRef": {"name": "ci"}}}
    provider = {"vault": {"server": "https://me:CANARY@v.example.com", "path": "kv", "auth": auth}}
    meta = {"name": "x", "namespace": "shop"}
    shop.add({"kind": "SecretStore", "metadata": meta, "spec": {"provider": provider}})
    shop.add({"kind": "ClusterSecretStore", "metadata": {"name": "y"}, "spec": {}})
    shop.add({"kind": "PushSecret", "metadata": meta, "spec": {"selector": {}}})
    shop.add({"kind": "VaultAuth", "metadata": meta, "spec": {"method": "kubernetes"}})
    found = live(shop)
    assert [one.kind for one in found.secret_stores] == ["SecretStore", "VaultAuth"]
    assert [one.kind for one in found.cluster_secret_stores] == ["ClusterSecretStore"]
    assert [one.kind for one in found.secret_pushes] == ["PushSecret"]
    assert found.is_listed("SecretStore")
    assert found.is_listed("VaultConnection")
    assert "CANARY" not in repr(found)


def test_a_group_that_is_absent_is_known_to_hold_nothing(live, shop):
    assert live(shop).is_listed("SealedSecret")
    assert not any(r.resource == "sealedsecrets" for r in shop.requests)


@pytest.mark.parametrize("aggregated", [True, False])
def test_an_older_version_is_taken_where_it_is_the_only_one(live, shop, aggregated):
    shop.aggregated = aggregated
    shop.versions["mutatingadmissionpolicies"] = "v1beta1"
    spec = {"matchConditions": [{"name": "x", "expression": "true"}]}
    shop.add({"kind": "MutatingAdmissionPolicy", "metadata": {"name": "x"}, "spec": spec})
    found = live(shop)
    assert [policy.metadata.name for policy in found.mutating_policies] == ["x"]
    assert "v1beta1" in {r.path.split("/")[3] for r in shop.requests if r.resource}


def test_the_discovery_of_a_real_server(live, shop):
    shop.groups |= USUAL
    shop.faults.append(replay("42-discovery-aggregated-apis", "43-discovery-aggregated-api"))
    found = live(shop)
    assert all(found.is_listed(wanted.name) for wanted in KINDS)
    assert len(found.roles) == 10
    table = known_resources()
    below = {(r.group, f"{r.resource}/{sub}") for r in table for sub in r.subresources}
    assert set(found.offered) == {(r.group, r.resource) for r in table} | below, (
        "the table of resources is what a server v1.36 told, no more and no less"
    )


def test_an_api_that_the_server_cannot_ask(live, shop):
    shop.customs.append(("metrics.k8s.io", "v1beta1", "pods", "PodMetrics", True))

    def stale(request, reply):
        text = reply.body.replace(
            b'"version":"v1beta1","freshness":"Current"', b'"version":"v1beta1","freshness":"Stale"'
        )
        return reply._replace(body=text) if request.path == "/apis" else None

    shop.faults.append(stale)
    found = live(shop)
    assert found.is_listed("SealedSecret")
    told = [d.message for d in found.diagnostics if d.code == "stale-group"]
    assert told == ["the server cannot list what metrics.k8s.io/v1beta1 serves"]


def test_discovery_that_is_refused(live, shop):
    def refuse(request, _reply):
        from tests.live.replies import status

        return status(403, "Forbidden", "no") if request.path in {"/api", "/apis"} else None

    shop.faults.append(refuse)
    found = live(shop)
    assert len(found.roles) == 10
    assert [d.code for d in found.diagnostics if d.severity == "warning"] == ["no-discovery"]
    assert found.is_listed("Role")
    assert not found.is_listed("SealedSecret")


def test_the_mapping_of_eks_is_read_whole(live, shop):
    text = "- rolearn: arn:aws:iam::1:role/x\n  username: x\n  groups: [system:masters]\n"
    metadata = {"name": "aws-auth", "namespace": "kube-system"}
    shop.add({"kind": "ConfigMap", "metadata": metadata, "data": {"mapRoles": text}})
    other = {"name": "aws-author", "namespace": "shop"}
    shop.add({"kind": "ConfigMap", "metadata": other, "data": {"canary": "NOT-ASKED-FOR"}})
    found = live(shop)
    assert [m.user for c in found.config_maps for m in c.mappings] == ["x"]
    assert found.skipped == {"ConfigMap": 1}
    assert b"NOT-ASKED-FOR" not in bytes(shop.wire)


def test_the_settings_of_an_ingress_controller_are_read_whole(live, shop):
    container = {
        "name": "c",
        "image": "registry.k8s.io/ingress-nginx/controller:v1.15.1",
        "args": ["/nginx-ingress-controller", "--configmap=$(POD_NAMESPACE)/edge"],
    }
    metadata = {"name": "edge-0", "namespace": "web"}
    shop.add({"kind": "Pod", "metadata": metadata, "spec": {"containers": [container]}})
    data = {"allow-snippet-annotations": "true"}
    for name, canary in (("edge", "READ"), ("other-nginx", "NOT-ASKED-FOR")):
        metadata = {"name": name, "namespace": "web"}
        shop.add({"kind": "ConfigMap", "metadata": metadata, "data": {**data, "canary": canary}})
    found = {one.metadata.name: one.settings for one in live(shop).config_maps}
    assert found["edge"].snippets is True
    assert found["other-nginx"] is None
    assert b"NOT-ASKED-FOR" not in bytes(shop.wire)


@pytest.mark.parametrize("data", [None, {"canary": "x"}, {"application.namespaces": "team-*"}])
def test_the_settings_of_argo_cd_are_read_whole(live, shop, data):
    metadata = {"name": "argocd-cmd-params-cm", "namespace": "argocd"}
    shop.add({"kind": "ConfigMap", "metadata": metadata, **({"data": data} if data else {})})
    (found,) = live(shop).config_maps
    assert found.application_namespaces == (data or {}).get("application.namespaces", "")


def test_settings_of_argo_cd_that_are_not_read_are_unknown(live, shop):
    metadata = {"name": "argocd-cmd-params-cm", "namespace": "argocd"}
    shop.add({"kind": "ConfigMap", "metadata": metadata, "data": {}})

    def refuse(request, reply):
        refused = request.path.endswith("/configmaps/argocd-cmd-params-cm")
        return reply._replace(status=403, body=b"{}") if refused else reply

    shop.faults.append(refuse)
    (found,) = live(shop).config_maps
    assert found.application_namespaces is None


def test_a_bad_object_spoils_nothing_else(live, shop):
    bad = {"kind": "Role", "metadata": {"name": "bad", "namespace": "shop"}, "rules": 7}
    shop.add({**bad, "apiVersion": "rbac.authorization.k8s.io/v1"})
    found = live(shop)
    assert len(found.roles) == 10
    assert not found.is_listed("Role")
    assert [d.code for d in found.diagnostics if d.severity == "error"] == ["wrong-type"]


def test_nodes_workloads_and_flags_come_through(live, shop):
    command = ["kube-apiserver", "--encryption-provider-config=/etc/enc.yaml"]
    mirror = {"kubernetes.io/config.mirror": "x"}
    metadata = {"name": "kube-apiserver-a", "namespace": "kube-system", "annotations": mirror}
    spec = {"containers": [{"name": "kube-apiserver", "command": command}]}
    shop.add({"kind": "Pod", "metadata": metadata, "spec": spec})
    (server,) = [p for p in live(shop).pods if p.api_server]
    assert server.api_server.config == "/etc/enc.yaml"
