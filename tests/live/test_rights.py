"""Few rights: what may not be listed is tried by namespace, and what is missing is said."""

import json

import pytest

import rbacgraph
from rbacgraph.model.inputs.diagnostic import UNLISTED
from rbacgraph.sources.objects.object_kinds import KINDS
from tests.live.api import Api
from tests.live.replies import recorded, status
from tests.live.server import serving

NAMESPACES = ["ci", "kube-system", "monitoring", "payments", "shop"]


def errors(found):
    return [d for d in found.diagnostics if d.severity == "error"]


def test_by_namespace_where_the_whole_may_not_be_listed(live, shop, shop_objects):
    shop.forbid("roles")
    found = live(shop)
    assert found.roles == live(Api(shop_objects())).roles
    assert found.is_listed("Role")
    assert errors(found) == []
    asked = [r.namespace for r in shop.requests if r.resource == "roles"]
    assert asked == ["", *asked[1:]]
    assert sorted(asked[1:]) == NAMESPACES


def test_some_namespaces_may_not_be_listed(live, shop):
    shop.forbid("roles")
    shop.forbid("roles", "shop")
    found = live(shop)
    assert "shop" not in {role.metadata.namespace for role in found.roles}
    assert found.is_listed("Role", "ci")
    assert not found.is_listed("Role", "shop")
    assert not found.is_listed("Role")
    (error,) = errors(found)
    assert error.message == "roles may not be listed in shop, which hides rights in namespaces"
    assert error.advice == (
        "a ClusterRole with the rule"
        ' {apiGroups: ["rbac.authorization.k8s.io"], resources: [roles], verbs: [list]}'
        " would show it; rbacgraph collector-role prints one for everything"
    )


def test_nothing_of_a_kind_may_be_listed(live, shop):
    shop.forbid_everywhere("pods")
    found = live(shop)
    assert found.pods == ()
    (error,) = errors(found)
    assert error.message.startswith("pods may not be listed, which hides paths through Pods")
    assert error.code == "forbidden"
    assert not any(found.is_listed("Pod", namespace) for namespace in ("", *NAMESPACES))


def test_many_namespaces_are_counted(live, shop):
    shop.forbid("roles")
    for namespace in NAMESPACES[1:]:
        shop.forbid("roles", namespace)
    (error,) = errors(live(shop))
    assert "in 4 namespaces (kube-system, monitoring, payments, …)" in error.message


def test_a_cluster_scoped_kind_that_may_not_be_listed(live, shop):
    shop.forbid("clusterroles")
    found = live(shop)
    assert not found.is_listed("ClusterRole")
    (error,) = errors(found)
    assert error.message.startswith("clusterroles may not be listed, which hides")


def test_namespaces_that_may_not_be_listed(live, shop):
    """The context's own is the one that is known."""
    shop.forbid("namespaces")
    shop.forbid("secrets")
    found = live(shop)
    assert {s.metadata.namespace for s in found.secrets} == {"shop"}
    assert found.is_listed("Secret", "shop")
    assert not found.is_listed("Secret")
    messages = [d.message for d in errors(found)]
    assert messages[0].startswith("namespaces may not be listed, which hides")
    assert messages[1].startswith("secrets may not be listed outside shop, which hides")
    assert len(messages) == 2
    assert [n.metadata.name for n in found.namespaces] == ["shop"]
    assert not found.is_listed("Namespace")


def test_secrets_that_may_not_be_listed_are_inferred(shop, tmp_path):
    shop.forbid_everywhere("secrets")
    with serving(shop, tmp_path) as running:
        cluster = rbacgraph.load_live(kubeconfig=running.kubeconfig, qps=1000)
    (error,) = errors(cluster.snapshot)
    assert "would show it; it lets read every Secret;" in error.advice
    assert "collector-role --with-secrets prints one" in error.advice
    rows = {row.secret: row for row in cluster.exposure()}
    assert rows["secret:shop/db-credentials"].inferred


def test_every_answer_from_a_partial_picture_says_so(shop, tmp_path):
    shop.forbid_everywhere("pods")
    with serving(shop, tmp_path) as running:
        cluster = rbacgraph.load_live(kubeconfig=running.kubeconfig, qps=1000)
    for answer in (
        cluster.exposure(),
        cluster.paths(secret="shop/db-credentials"),
        cluster.reach(source="sa:shop/api"),
    ):
        missing = list(map(str, answer.basis.missing))
        assert any(m.startswith("pods may not be listed, which hides paths") for m in missing)
        assert not any("errors in the input" in sentence for sentence in missing)
        assert "any Pods" not in missing
        assert "Missing: pods may not be listed" in str(answer)


def test_only_some_namespaces_are_asked_for(live, shop):
    found = live(shop, collect_namespaces=("shop", "ci", "shop"))
    assert {role.metadata.namespace for role in found.roles} <= {"shop", "ci"}
    assert found.is_listed("Secret", "shop")
    assert not found.is_listed("Secret")
    assert found.is_listed("ClusterRole")
    assert found.is_listed("Namespace")
    (note,) = [d for d in found.diagnostics if d.code == "collect-namespace"]
    assert note.message == "objects of namespaces other than shop, ci"
    paths = {r.path for r in shop.requests if r.resource == "pods"}
    assert paths == {f"/api/v1/namespaces/{name}/pods" for name in ("shop", "ci")}


def test_a_namespace_that_is_not_there(live, shop):
    found = live(shop, collect_namespaces=("shp",))
    assert [d.message for d in errors(found)] == ["there is no namespace shp"]
    assert errors(found)[0].code in UNLISTED


@pytest.mark.parametrize("name", ["", "shop,ci", "../nodes", "Shop", "-a", "a" * 64])
def test_what_no_namespace_can_be_called(live, shop, name):
    with pytest.raises(rbacgraph.UsageError, match="no namespace can be called"):
        live(shop, collect_namespaces=("shop", name))
    assert shop.requests == []


def test_the_words_of_a_real_server(live, shop):
    answer = recorded("extra/33-list-403-cluster")["response"]
    assert answer["status"] == 403

    def refused(request, reply):
        if request.resource != "pods":
            return None
        return reply._replace(status=403, body=json.dumps(answer["body"]).encode())

    shop.faults.append(refused)
    (error,) = errors(live(shop))
    assert error.code == "forbidden"


@pytest.mark.parametrize("name", ["37-unknown-group-404", "38-unknown-resource-404"])
def test_a_resource_that_went_away_is_not_known_to_be_empty(live, shop, name):
    answer = recorded(name)["response"]
    body = answer["body"]
    text = body if isinstance(body, str) else json.dumps(body)

    def lost(request, reply):
        if request.resource == "ingresses":
            return reply._replace(status=404, body=text.encode())
        return None

    shop.faults.append(lost)
    found = live(shop)
    assert errors(found) == []
    assert not found.is_listed("Ingress")


@pytest.mark.parametrize("resource", ["roles", "clusterrolebindings", "secrets"])
def test_what_every_server_has_does_not_go_away_unnoticed(live, shop, resource):
    def lost(request, reply):
        return reply._replace(status=404, body=b"") if request.resource == resource else None

    shop.faults.append(lost)
    (error,) = errors(live(shop))
    assert error.message.startswith(f"the list of {resource} broke off: 404; that hides")


def test_an_account_that_may_not_be_listed_knows_itself(shop, tmp_path):
    shop.forbid_everywhere("serviceaccounts")
    name = "system:serviceaccount:tools:scanner"
    groups = ["system:serviceaccounts", "system:serviceaccounts:tools", "system:authenticated"]
    shop.user = {"username": name, "groups": groups}
    with serving(shop, tmp_path) as running:
        cluster = rbacgraph.load_live(kubeconfig=running.kubeconfig, qps=1000)
    reach = cluster.reach(source="me")
    assert reach.result.source == "serviceaccount:tools/scanner"
    assert cluster.snapshot.groups == {}


def test_me_is_who_the_server_says(shop, tmp_path):
    shop.user = {"username": "root-cert", "groups": ["platform-admins", "system:authenticated"]}
    shop.add(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "cluster-admin"},
            "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}],
        }
    )
    with serving(shop, tmp_path) as running:
        cluster = rbacgraph.load_live(kubeconfig=running.kubeconfig, qps=1000)
    assert cluster.snapshot.groups == {"root-cert": ("platform-admins",)}
    paths = cluster.paths(secret="shop/db-credentials", source="me")
    assert paths.result.source == "user:root-cert"
    assert len(paths) >= 1
    said = "you are user:root-cert, as the API server or your credentials say"
    assert said in map(str, paths.basis.assumptions)
    assert any(str(m).startswith("group members") for m in paths.basis.missing)


def test_nobody_is_me_in_files(from_files):
    with pytest.raises(rbacgraph.UsageError, match="your username is not known"):
        from_files.reach(source="me")


def test_a_server_that_cannot_say_who_asks(live, shop):
    def older(request, _reply):
        return status(404, "NotFound", "no") if request.method == "POST" else None

    shop.faults.append(older)
    found = live(shop)
    assert (found.me, found.groups) == ("", {})


NAMESPACED = [wanted.resource for wanted in KINDS if wanted.namespaced]


@pytest.mark.parametrize("told", [False, True])
def test_the_server_is_asked_for_rights_rather_than_for_each_refusal(live, shop, told):
    for resource in NAMESPACED:
        shop.forbid(resource)
        for namespace in NAMESPACES:
            if (resource, namespace) not in {("pods", "shop"), ("roles", "ci")}:
                shop.forbid(resource, namespace)
    view = {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods"]}
    roles = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["roles"]}
    named = {**roles, "resources": ["*"], "resourceNames": ["x"]}
    if told:
        shop.rules = {namespace: [named] for namespace in NAMESPACES}
        shop.rules |= {"shop": [named, view], "ci": [roles]}
    found = live(shop)
    assert {p.metadata.namespace for p in found.pods} == {"shop"}
    assert {r.metadata.namespace for r in found.roles} == {"ci"}
    assert found.is_listed("Pod", "shop")
    assert not found.is_listed("Pod", "ci")
    messages = {d.message.partition(",")[0] for d in errors(found)}
    assert "secrets may not be listed" in messages
    assert "pods may not be listed in 4 namespaces (ci" in messages
    asked = [r for r in shop.requests if r.namespace and r.resource in NAMESPACED]
    assert (len(asked) < 5) is told


def test_every_kind_that_is_missing_is_named(live, shop):
    for resource in shop.objects:
        if resource != "namespaces":
            shop.forbid_everywhere(resource)
    found = live(shop)
    assert {d.message.split()[0] for d in errors(found)} == set(shop.objects) - {"namespaces"}


def test_the_codes_of_what_is_missing():
    assert "forbidden" in UNLISTED
