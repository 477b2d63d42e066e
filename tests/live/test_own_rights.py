"""A caller with few rights gets an answer from what the API server lists as its own rights."""

import base64
import json

import pytest
from click.testing import CliRunner

import rbacgraph
from rbacgraph.cli.app import app
from rbacgraph.sources.objects.object_kinds import KINDS
from tests.live.api import TOKEN, USUAL, Api
from tests.live.replies import recorded, status
from tests.live.server import serving, write_kubeconfig

BOT = "system:serviceaccount:rec-demo:bot"
ANOTHER = {"kind": "Secret", "metadata": {"name": "other", "namespace": "rec-demo"}}
CREATE_PODS = {"verbs": ["create"], "apiGroups": [""], "resources": ["pods"]}
READ_ALL = {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["secrets"]}
NODES = {"verbs": ["get"], "apiGroups": [""], "resources": ["nodes/proxy"]}


@pytest.fixture
def api():
    """A server that shows nothing, and says what a real one said to a ServiceAccount."""
    found = Api([ANOTHER])
    for wanted in KINDS:
        found.forbid_everywhere(wanted.resource)
    found.user = {"username": BOT, "groups": ["system:serviceaccounts"]}
    answer = recorded("52-selfsubjectrulesreview")["response"]["body"]
    found.rules = {"rec-demo": answer["status"]["resourceRules"]}
    return found


@pytest.fixture
def ask(api, tmp_path):
    """Run a command as that ServiceAccount."""
    with serving(api, tmp_path) as running:

        def run(*arguments):
            options = ("--kubeconfig", running.kubeconfig, "--qps", "1000")
            done = CliRunner().invoke(app, [*arguments, *options], prog_name="rbacgraph")
            return done.exit_code, done.stdout, done.stderr

        yield run


def load(api, folder, **options):
    with serving(api, folder) as running:
        return rbacgraph.load_live(kubeconfig=running.kubeconfig, qps=10_000, **options)


def reached(cluster, source="me"):
    return {one.target for one in cluster.reach(source=source)}


def test_what_a_token_reaches_without_any_list(ask):
    code, out, err = ask("reach", "--from", "me", "--collect-namespace", "rec-demo", "-o", "json")
    answer = json.loads(out)
    assert code == 0
    assert answer["source"] == "serviceaccount:rec-demo/bot"
    assert [one["target"] for one in answer["reached"]] == ["secret:rec-demo/app-1"]
    missing = answer["basis"]["missing"]
    assert "by which roles and bindings you have your own rights in rec-demo" in missing
    assert not any("incomplete" in one for one in missing)
    assert err.count("[forbidden]") == 1


def test_many_refusals_are_one_line_that_says_what_helps(ask, api):
    api.groups |= USUAL
    code, out, err = ask("reach", "--from", "me")
    (line,) = [line for line in err.splitlines() if "[forbidden]" in line]
    lists = {(wanted.resource, wanted.groups[0]) for wanted in KINDS}
    number = sum(group in USUAL for _, group in lists)
    assert f"the API server refuses {number} lists" in line
    assert "--collect-namespace NAMESPACE asks where you have rights" in line
    assert "-v shows each" in line
    assert " ".join(out.split()).count("Missing: ") <= 6
    assert ask("reach", "--from", "me", "-v")[2].count("[forbidden]") == number
    assert code == 0


def test_three_refusals_are_told_one_by_one(shop, tmp_path):
    for resource in ("pods", "jobs", "cronjobs"):
        shop.forbid_everywhere(resource)
    basis = load(shop, tmp_path).exposure().basis
    assert sum("may not be listed, which hides" in str(one) for one in basis.missing) == 3


def test_an_incomplete_list_of_rights_is_said(api, tmp_path):
    api.incomplete.add("rec-demo")
    cluster = load(api, tmp_path, collect_namespaces=["rec-demo"])
    assert reached(cluster) == {"secret:rec-demo/app-1"}
    missing = cluster.reach(source="me").basis.missing
    assert any(
        str(m).startswith("some of your own rights in rec-demo: the API server says")
        for m in missing
    )


def test_rights_of_one_namespace_do_not_leak_into_another(api, tmp_path):
    api.rules["other"] = [CREATE_PODS]
    api.objects["secrets"].append({"kind": "Secret", "metadata": {"name": "x", "namespace": "b"}})
    api.decide = lambda _: False
    cluster = load(api, tmp_path, collect_namespaces=["rec-demo", "other"])
    assert cluster.can_i("create", "pods", namespace="other", user=BOT)
    assert not cluster.can_i("create", "pods", namespace="rec-demo", user=BOT)
    assert not cluster.can_i("get", "secrets", name="app-1", namespace="other", user=BOT)


def test_rights_in_the_whole_cluster_are_asked_for(api, tmp_path):
    """A rule that every namespace has may be of a ClusterRoleBinding, or of many RoleBindings."""
    api.rules = {"rec-demo": [NODES, READ_ALL], "other": [NODES, READ_ALL]}
    asked = []

    def decide(attributes):
        asked.append((attributes["verb"], attributes["resource"], attributes.get("namespace", "")))
        return attributes["resource"] == "nodes"

    api.decide = decide
    cluster = load(api, tmp_path, collect_namespaces=["rec-demo", "other"])
    assert cluster.can_i("get", "nodes", subresource="proxy", user=BOT)
    assert not cluster.can_i("get", "secrets", user=BOT)
    assert cluster.can_i("get", "secrets", namespace="other", user=BOT)
    assert ("get", "nodes", "") in asked
    assert len(asked) <= 3


def test_where_only_some_verbs_hold_everywhere_the_rule_does_not(api, tmp_path):
    api.rules = {"rec-demo": [READ_ALL], "other": [READ_ALL]}
    api.decide = lambda attributes: attributes["verb"] == "get"
    cluster = load(api, tmp_path, collect_namespaces=["rec-demo", "other"])
    assert not cluster.can_i("list", "secrets", user=BOT)


def test_bindings_that_are_listed_are_enough(shop, tmp_path):
    shop.rules = {"shop": [READ_ALL]}
    shop.forbid_everywhere("pods")
    cluster = load(shop, tmp_path)
    assert not any("/" in one.metadata.name for one in cluster.snapshot.cluster_roles)


def listed_secrets(api):
    return [r.namespace for r in api.requests if r.resource == "secrets"]


def test_secrets_are_not_tried_where_the_server_says_no(shop, tmp_path):
    names = [one["metadata"]["name"] for one in shop.objects["namespaces"]]
    shop.forbid("secrets")
    shop.rules = {name: [CREATE_PODS] for name in names}
    shop.rules["ci"] = [READ_ALL]
    cluster = load(shop, tmp_path)
    assert listed_secrets(shop) == ["", "ci"]
    assert cluster.snapshot.is_listed("Secret", "ci")
    assert not cluster.snapshot.is_listed("Secret", "shop")


def test_an_incomplete_list_of_rights_is_no_refusal(shop, tmp_path):
    names = [one["metadata"]["name"] for one in shop.objects["namespaces"]]
    shop.forbid("secrets")
    shop.rules = {name: [CREATE_PODS] for name in names}
    shop.incomplete = set(names)
    shop.decide = lambda attributes: attributes["namespace"] == "shop"
    cluster = load(shop, tmp_path)
    assert listed_secrets(shop) == ["", "shop"]
    assert cluster.snapshot.is_listed("Secret", "shop")
    shop.decide = None  # a server that answers no such review
    shop.requests.clear()
    load(shop, tmp_path)
    assert sorted(listed_secrets(shop)) == ["", *sorted(names)]


def token_of(claims):
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{payload}.c2lnbmF0dXJl"


def test_an_older_server_leaves_it_to_the_token(shop, tmp_path, monkeypatch):
    token = token_of({"sub": "system:serviceaccount:ci:runner", "aud": ["x"]})
    monkeypatch.setattr("tests.live.api.TOKEN", token)

    def older(request, _reply):
        old = request.path.endswith("/selfsubjectreviews")
        return status(404, "NotFound", "no") if old else None

    shop.faults.append(older)
    with serving(shop, tmp_path) as running:
        path = write_kubeconfig(tmp_path / "kubeconfig", running.url, token=token)
        cluster = rbacgraph.load_live(kubeconfig=path, qps=10_000)
    answer = cluster.reach(source="me")
    assert answer.result.source == "serviceaccount:ci/runner"
    assert token not in str(answer)
    assert token.split(".")[1] not in str(answer)


@pytest.mark.parametrize("token", [TOKEN, token_of({"sub": "alice"}), "a.b.c", "a.%%.c"])
def test_another_token_names_nobody(shop, tmp_path, monkeypatch, token):
    monkeypatch.setattr("tests.live.api.TOKEN", token)
    shop.faults.append(
        lambda request, _: status(404, "NotFound", "no") if request.method == "POST" else None
    )
    with serving(shop, tmp_path) as running:
        path = write_kubeconfig(tmp_path / "kubeconfig", running.url, token=token)
        assert rbacgraph.load_live(kubeconfig=path, qps=10_000).snapshot.me == ""


def test_a_user_who_is_called_me(shop, tmp_path):
    shop.user = {"username": BOT, "groups": []}
    cluster = load(shop, tmp_path)
    assert cluster.reach(source="me").result.source == "serviceaccount:rec-demo/bot"
    assert cluster.reach(source="user:me").result.source == "user:me"


RBAC = "rbac.authorization.k8s.io"
HIDDEN = {
    "bindings": ("clusterrolebindings", "clusterroles"),
    "roles": ("roles", "rolebindings"),
    "all": ("roles", "clusterroles", "rolebindings", "clusterrolebindings"),
}


def rights(verbs, *resources):
    return {"verbs": list(verbs), "apiGroups": [RBAC], "resources": list(resources)}


WRITES = {
    "change a RoleBinding": [
        rights(("update", "patch"), "rolebindings"),
        rights(("bind",), "clusterroles", "roles"),
    ],
    "change a ClusterRoleBinding": [
        rights(("update", "patch"), "clusterrolebindings"),
        rights(("bind",), "clusterroles"),
    ],
    "create a RoleBinding": [
        rights(("create",), "rolebindings"),
        rights(("bind",), "clusterroles"),
    ],
    "write a ClusterRole": [rights(("update", "escalate"), "clusterroles")],
    "replace a ClusterRole": [rights(("create", "delete", "escalate"), "clusterroles")],
}


@pytest.mark.parametrize("everywhere", [False, True])
@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("writes", WRITES)
def test_no_path_binds_or_writes_what_is_no_object(tmp_path, writes, hidden, everywhere):
    """Neither the caller nor another: what stands for the caller's rights cannot be written."""
    rules, api = WRITES[writes], Api()
    api.user = {"username": BOT, "groups": ["system:serviceaccounts"]}
    for resource in HIDDEN[hidden]:
        api.forbid_everywhere(resource)
    eve = {"apiGroup": RBAC, "kind": "User", "name": "eve"}
    for name in ("rec-demo", "shop"):
        api.add({"kind": "Namespace", "metadata": {"name": name}})
        api.add({"kind": "Secret", "metadata": {"name": "db", "namespace": name}})
        api.add({"kind": "Role", "metadata": {"name": "eve", "namespace": name}, "rules": rules})
        ref = {"apiGroup": RBAC, "kind": "Role", "name": "eve"}
        metadata = {"name": "eve", "namespace": name}
        api.add({"kind": "RoleBinding", "metadata": metadata, "roleRef": ref, "subjects": [eve]})
    api.add({"kind": "ClusterRole", "metadata": {"name": "eve"}, "rules": rules})
    ref = {"apiGroup": RBAC, "kind": "ClusterRole", "name": "eve"}
    api.add(
        {
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "eve"},
            "roleRef": ref,
            "subjects": [eve],
        }
    )
    own = [*rules, READ_ALL]
    api.rules = {"rec-demo": own, "shop": own if everywhere else []}
    api.decide = lambda _: everywhere
    cluster = load(api, tmp_path, bootstrap=False)
    assert "secret:rec-demo/db" in reached(cluster)
    made = [
        (before, after)
        for before, after, edge in cluster.graph().edges(data="edge")
        if "SelfSubjectRulesReview/" in after + before
        if edge in {"bind-role", "escalate-role", "aggregate-role", "revive-binding"}
    ]
    assert made == []
    for source in ("me", "user:eve"):
        words = " ".join(str(hop) for one in paths_of(cluster, source) for hop in one.hops)
        assert "ClusterRole SelfSubjectRulesReview/, which" not in words
        assert "bind ClusterRole SelfSubjectRulesReview/" not in words


def paths_of(cluster, source):
    """Return all paths of a principal; none if the input does not hold it."""
    try:
        found = cluster.reach(source=source)
    except rbacgraph.NotFoundError:
        return []
    return [path for one in found for path in (one.certain, one.conditional) if path is not None]


def test_no_advice_changes_what_is_no_object(api, tmp_path):
    api.rules = {"rec-demo": [READ_ALL]}
    cluster = load(api, tmp_path, collect_namespaces=["rec-demo"])
    cut = cluster.cut(secret="rec-demo/app-1")
    assert list(cut) == []
    assert "no object, but what the API server lists of your rights" in " ".join(str(cut).split())


def test_a_saved_snapshot_keeps_it(api, tmp_path):
    cluster = load(api, tmp_path, collect_namespaces=["rec-demo"])
    cluster.save(tmp_path / "s.json")
    again = rbacgraph.load(tmp_path / "s.json")
    assert [one.reviewed for one in again.snapshot.role_bindings if not one.assumed] == [True]
    assert str(again.reach(source="me")) == str(cluster.reach(source="me"))


def test_a_file_cannot_claim_it(tmp_path):
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole"}
    role |= {"metadata": {"name": "x"}, "rules": [], "(reviewed)": True, "(assumed)": True}
    (tmp_path / "x.json").write_text(json.dumps(role))
    found = rbacgraph.load(tmp_path / "x.json", bootstrap=False)
    (one,) = found.snapshot.cluster_roles
    assert (one.reviewed, one.assumed) == (False, False)
