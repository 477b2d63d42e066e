"""``can-i`` where the lists that were shown are too little: the server itself is asked."""

import json

import pytest
from click.testing import CliRunner

import rbacgraph
from rbacgraph.authz.match import Request as Asked
from rbacgraph.cli.app import app
from rbacgraph.sources.live.asking.access_review import OWN_PATH, PATH
from tests.live.replies import found, status
from tests.live.server import serving

QUESTION = "can-i", "get", "secrets/db-credentials", "-n", "shop", "--as"
KINDS = {PATH: "SubjectAccessReview", OWN_PATH: "SelfSubjectAccessReview"}
DEVS = ["devs", "system:authenticated"]


@pytest.fixture(scope="module")
def truth(root):
    """What the server holds: it has no roles but these."""
    return rbacgraph.load(root / "fixtures" / "clusters" / "shop", bootstrap=False)


def reviewing(api, cluster):
    """Answer reviews as the API server does that holds a cluster."""

    def answer(request, _reply):
        if request.path not in KINDS:
            return None
        asked = json.loads(request.body)
        assert asked["kind"] == KINDS[request.path]
        spec = asked["spec"]
        if request.path == OWN_PATH:
            assert spec.keys() <= {"resourceAttributes", "nonResourceAttributes"}
            user, groups = api.user["username"], api.user["groups"]
        else:
            user, groups = spec.get("user", ""), spec.get("groups", ())
        attributes = spec.get("nonResourceAttributes") or spec["resourceAttributes"]
        decision = cluster.authorizer.authorize(Asked(**attributes), user, groups)
        told = {"allowed": decision.allowed, "reason": decision.reason if decision else ""}
        return found({**asked, "metadata": {}, "status": told}, 201)

    return answer


def refusing(*paths):
    return lambda request, _: status(403, "Forbidden", "no") if request.path in paths else None


@pytest.fixture
def ask(shop, tmp_path, monkeypatch):
    """Run a command on the bundled cluster, live; some of its lists are not shown."""

    def invoke(*arguments):
        with serving(shop, tmp_path) as running:
            monkeypatch.setenv("KUBECONFIG", running.kubeconfig)
            options = ("--qps", "1000", *(["--no-bootstrap"] if "can-i" in arguments else []))
            done = CliRunner().invoke(app, [*arguments, *options], prog_name="rbacgraph")
            return done.exit_code, done.stdout

    return invoke


def reviews(shop):
    return [request.path for request in shop.requests if request.path in KINDS]


@pytest.mark.parametrize("hidden", ["rolebindings", "clusterrolebindings", "roles", "clusterroles"])
@pytest.mark.parametrize("user", ["alice", "sa:ci/runner", "nobody", "carol"])
def test_the_server_decides_where_the_view_is_too_small(shop, ask, truth, hidden, user):
    """It says what the whole cluster says; only where nothing is hidden that matters, unasked."""
    shop.forbid_everywhere(hidden)
    shop.faults.append(reviewing(shop, truth))
    shop.user = {"username": "auditor", "groups": ["system:authenticated"]}
    allowed = truth.can_i(
        "get", "secrets", name="db-credentials", namespace="shop", user=user
    ).allowed
    code, out = ask(*QUESTION, user, "-o", "json")
    answer = json.loads(out)
    assert (code, answer["allowed"], answer["unknown"]) == (0 if allowed else 1, allowed, False)
    assert answer["missing"] == []
    if hidden.endswith("bindings") and not allowed:
        assert reviews(shop) == [PATH]
        assert answer["reason"] == "the API server itself does not allow it"
    if reviews(shop) and allowed:
        assert answer["reason"].startswith("the API server itself allows it: RBAC: allowed by")


@pytest.mark.parametrize(
    ("arguments", "path"),
    [(("me",), OWN_PATH), (("alice",), OWN_PATH), (("me", "--as-group", "ops"), PATH)],
)
def test_who_asks_about_himself_needs_no_right(shop, ask, truth, arguments, path):
    shop.forbid_everywhere("rolebindings")
    shop.faults += [refusing({PATH, OWN_PATH} - {path}), reviewing(shop, truth)]
    shop.user = {"username": "alice", "groups": DEVS}
    code, out = ask(*QUESTION, *arguments)
    assert code in {0, 1}
    assert reviews(shop) == [path]
    assert "the API server itself" in out


@pytest.mark.parametrize(
    ("user", "words"), [("bob", "what others may do"), ("me", "what you may do")]
)
def test_where_the_server_does_not_say_it_stays_unknown(shop, ask, user, words):
    shop.forbid_everywhere("rolebindings")
    shop.faults.append(refusing(PATH, OWN_PATH))
    shop.user = {"username": "auditor", "groups": ["system:authenticated"]}
    code, out = ask(*QUESTION, user)
    assert code == 3
    assert out.startswith("unknown\n  as far as rights were seen: User ")
    told = " ".join(out.split())
    assert "Missing: a complete list of RoleBindings in shop" in told
    assert f"Missing: what the API server says of it: you may not ask {words}" in told
    assert ask(*QUESTION, user, "-q") == (3, "")


def test_nothing_is_asked_where_all_is_shown(shop, ask):
    shop.faults.append(refusing(PATH, OWN_PATH))
    assert ask(*QUESTION, "nobody")[0] == 1
    assert reviews(shop) == []


def test_a_list_that_breaks_off_is_too_little(shop, ask):
    shop.faults += [
        refusing(PATH),
        lambda request, _: (
            status(410, "Expired", "x") if request.resource == "rolebindings" else None
        ),
    ]
    assert ask(*QUESTION, "nobody", "-q") == (3, "")


def test_namespaces_that_were_not_asked_for_are_unknown(shop, ask):
    shop.faults.append(refusing(PATH))
    narrowed = ("--collect-namespace", "ci")
    assert ask(*QUESTION, "nobody", *narrowed, "-q")[0] == 3
    assert ask("can-i", "get", "secrets", "-n", "ci", "--as", "nobody", *narrowed, "-q")[0] == 1


def test_me_in_files_is_nobody(shop, ask, root, tmp_path):
    """But a snapshot of a live cluster knows who made it."""
    shop.user = {"username": "system:serviceaccount:ci:runner", "groups": []}
    path = str(tmp_path / "x.json")
    assert ask("snapshot", "-o", path)[0] == 0
    question = ["can-i", "create", "pods", "-n", "shop", "--as"]

    def offline(*arguments):
        return CliRunner().invoke(app, [*question, *arguments], prog_name="rbacgraph")

    assert offline("me", "-f", path).exit_code == 0
    dump = str(root / "fixtures" / "clusters" / "shop")
    refused = offline("me", "-f", dump)
    assert refused.exit_code == 2
    assert "--as me needs a live cluster, and -f reads files" in refused.stderr
    assert offline("user:me", "-f", dump).exit_code == 1
