"""A server that decides as the kernel does agrees; one that does not is found out."""

import json

import pytest
from click.testing import CliRunner

import rbacgraph
from rbacgraph.authz.match import Request as Asked
from rbacgraph.cli.app import app
from rbacgraph.errors import InputError
from rbacgraph.model.answers.verification import Claim, Review
from rbacgraph.query.rights.claims import Claims
from rbacgraph.query.rights.question_plan import plan
from rbacgraph.query.rights.sampling import sample
from rbacgraph.sources.live.asking.access_review import PATH, ask_all
from rbacgraph.sources.live.connection.settings import Settings
from rbacgraph.sources.live.load_live import connected
from tests.live.replies import found, recorded, status
from tests.live.server import serving

SMALL = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules: [{apiGroups: [""], resources: [configmaps], resourceNames: [a], verbs: [get, update]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: readers, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: User, name: alice, apiGroup: rbac.authorization.k8s.io}]
"""
FORBIDDEN = status(403, "Forbidden", "subjectaccessreviews is forbidden")


def reviewing(decide):
    """Answer SubjectAccessReviews as the API server does."""

    def answer(request, _reply):
        if request.path != PATH:
            return None
        asked = json.loads(request.body)
        assert (asked["kind"], asked["apiVersion"]) == (
            "SubjectAccessReview",
            "authorization.k8s.io/v1",
        )
        spec = asked["spec"]
        assert spec.get("user") or spec.get("groups")
        assert ("resourceAttributes" in spec) is not ("nonResourceAttributes" in spec)
        allowed, reason = decide(spec)
        told = {"allowed": allowed} | ({"reason": reason} if reason else {})
        return found({**asked, "metadata": {}, "status": told}, 201)

    return answer


def by_kernel(cluster):
    def decide(spec):
        attributes = spec.get("nonResourceAttributes") or spec["resourceAttributes"]
        decision = cluster.authorizer.authorize(
            Asked(**attributes), spec.get("user", ""), spec.get("groups", ())
        )
        return decision.allowed, decision.reason if decision.allowed else ""

    return decide


@pytest.fixture(scope="module")
def truth(root):
    """What the test's server holds: it has no roles but these."""
    return rbacgraph.load(root / "fixtures" / "clusters" / "shop", bootstrap=False)


@pytest.fixture
def verify(shop, tmp_path):
    """Collect the shop from a server and verify it there."""

    def run(decide, **options):
        with serving(shop, tmp_path) as running:
            settings = {"kubeconfig": running.kubeconfig, "qps": 100_000}
            cluster = rbacgraph.load_live(**settings, bootstrap=False)
            shop.faults.append(reviewing(decide))
            return cluster.verify(**settings, **options)

    return run


def test_the_truth_agrees(verify, truth):
    answer = verify(by_kernel(truth), sample=300)
    assert list(answer) == []
    assert answer.result.asked == 300
    assert answer.result.allowed > 60
    assert answer.result.denied > 60
    assert answer.result.principals > 20
    assert answer.result.context == "test"
    assert "disagrees" not in str(answer)


def test_a_right_that_the_server_has_not_is_found(verify, truth):
    right = by_kernel(truth)

    def less(spec):
        allowed, reason = right(spec)
        return (False, "") if spec.get("groups", [])[:1] == ["oncall"] else (allowed, reason)

    answer = verify(less, sample=300)
    assert len(answer) > 0
    for one in answer:
        assert one.claim.principal == "group:oncall"
        assert one.claim.allowed
        assert one.claim.reason.startswith("RBAC: allowed by")
        assert one.server == Review(allowed=False, reason="")


def test_a_right_that_only_the_server_has_is_found(verify, truth):
    right = by_kernel(truth)

    def more(spec):
        if spec.get("user") == "alice":
            return True, "allowed by a webhook"
        return right(spec)

    answer = verify(more, sample=300)
    assert {one.claim.principal for one in answer} == {"user:alice"}
    assert {(one.claim.allowed, one.server.reason) for one in answer} == {
        (False, "allowed by a webhook")
    }


def test_everything_is_asked_where_that_is_wanted(shop, tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    small = rbacgraph.load(path, bootstrap=False)
    shop.faults.append(reviewing(by_kernel(small)))
    with serving(shop, tmp_path) as running:
        answer = small.verify(kubeconfig=running.kubeconfig, qps=100_000, sample=None)
    assert list(answer) == []
    assert answer.result.asked == len(plan(small.authorizer).claims)
    assert answer.result.allowed == 2  # both verbs, on that one name in that one namespace
    assert answer.result.seed is None


@pytest.mark.parametrize("hidden", ["rolebindings", "clusterroles", "roles"])
def test_what_was_not_shown_is_not_denied(shop, verify, truth, hidden):
    shop.forbid_everywhere(hidden)
    answer = verify(by_kernel(truth), sample=200)
    assert list(answer) == []
    assert answer.result.allowed > 10


def test_of_some_namespaces_only_these_are_denied_something(shop, tmp_path, truth):
    shop.faults.append(reviewing(by_kernel(truth)))
    with serving(shop, tmp_path) as running:
        settings = {"kubeconfig": running.kubeconfig, "qps": 100_000}
        cluster = rbacgraph.load_live(**settings, bootstrap=False, collect_namespaces=["shop"])
        answer = cluster.verify(**settings, sample=200)
    assert list(answer) == []
    claims = sample(Claims(cluster.authorizer), 200, 0)
    assert {claim.namespace for claim in claims if not claim.allowed} == {"", "shop"}


def test_claims_of_files_are_verified_too(shop, tmp_path, truth):
    """Also those of a snapshot, which may have grown old."""
    truth.save(tmp_path / "x.json")
    shop.faults.append(reviewing(by_kernel(truth)))
    with serving(shop, tmp_path) as running:
        old = rbacgraph.load(tmp_path / "x.json", bootstrap=False)
        answer = old.verify(kubeconfig=running.kubeconfig, qps=100_000, sample=50)
    assert (len(answer), answer.result.asked) == (0, 50)


def test_who_may_not_ask_is_told_what_it_takes(shop, tmp_path, truth):
    shop.faults.append(lambda request, _: FORBIDDEN if request.path == PATH else None)
    with (
        serving(shop, tmp_path) as running,
        pytest.raises(InputError, match="may not ask what others may do") as error,
    ):
        truth.verify(kubeconfig=running.kubeconfig, sample=3)
    assert "subjectaccessreviews" in error.value.advice


def test_another_answer_is_no_review(shop, tmp_path, truth):
    for reply in (found({"kind": "Status"}, 201), status(404, "NotFound", "not found")):
        shop.faults = [lambda request, _, reply=reply: reply if request.path == PATH else None]
        with serving(shop, tmp_path) as running, pytest.raises(InputError, match="review"):
            truth.verify(kubeconfig=running.kubeconfig, sample=3)


# --- the wire --------------------------------------------------------------------------

RECORDED = ("extra/53-subjectaccessreview-denied", "extra/54-subjectaccessreview-allowed")


@pytest.mark.parametrize("name", RECORDED)
def test_what_a_real_server_answered_is_understood(shop, tmp_path, name):
    """And it is asked as the real one was."""
    exchange = recorded(name)
    asked, answer = exchange["request"]["body"]["spec"], exchange["response"]

    def played(request, _reply):
        if request.path != PATH:
            return None
        assert request.method == "POST"
        assert json.loads(request.body)["spec"] == asked
        return found(answer["body"], answer["status"])

    shop.faults.append(played)
    attributes = {"group": "", "subresource": "", "name": "", **asked["resourceAttributes"]}
    claim = Claim(
        principal="", user=asked["user"], groups=(), allowed=True, reason="", **attributes
    )
    with (
        serving(shop, tmp_path) as running,
        connected(Settings(kubeconfig=running.kubeconfig)) as c,
    ):
        (review,) = ask_all(c, [claim], lambda _done, _total: None)
    told = answer["body"]["status"]
    assert review == Review(told["allowed"], told.get("reason", ""))


def test_progress_is_told_and_the_pace_kept(shop, tmp_path, truth):
    told = []
    shop.faults.append(reviewing(by_kernel(truth)))
    with serving(shop, tmp_path) as running:
        truth.verify(
            kubeconfig=running.kubeconfig, sample=10, qps=1000, progress=lambda *at: told.append(at)
        )
    assert told == [(done, 10) for done in range(1, 11)]
    assert sum(request.path == PATH for request in shop.requests) == 10


# --- claims ----------------------------------------------------------------------------


def test_the_same_seed_draws_the_same_claims(truth):
    claims = Claims(truth.authorizer)
    assert sample(claims, 100, 7) == sample(Claims(truth.authorizer), 100, 7)
    assert sample(claims, 100, 7) != sample(claims, 100, 8)
    assert len(set(sample(claims, 500, 7))) == 500


# --- the command -----------------------------------------------------------------------


@pytest.fixture
def command(shop, tmp_path, monkeypatch):
    """Run ``rbacgraph verify`` on a server that decides like this."""

    def run(decide, *arguments):
        shop.faults.append(reviewing(decide))
        with serving(shop, tmp_path) as running:
            monkeypatch.setenv("KUBECONFIG", running.kubeconfig)
            arguments = ["verify", *arguments, "--sample", "60", "--qps", "10000"]
            done = CliRunner().invoke(app, arguments, prog_name="rbacgraph")
            return done.exit_code, done.stdout, done.stderr

    return run


def test_agreement_exits_0(command, truth):
    status, out, _ = command(by_kernel(truth))
    assert status == 0
    assert "60 claims on direct rights and agrees" in " ".join(out.split())


def test_a_disagreement_exits_1(command):
    status, out, _ = command(lambda _: (False, ""), "-o", "json")
    answer = json.loads(out)
    assert status == 1
    assert answer["schema"] == "rbacgraph/verify/v1"
    assert answer["asked"] == 60
    assert len(answer["disagreements"]) == answer["allowed"] > 10
    assert all(one["claimed"] and not one["allowed"] for one in answer["disagreements"])


def test_a_snapshot_is_held_against_the_cluster_of_the_context(command, truth, tmp_path):
    truth.save(tmp_path / "x.json.zst")
    path = str(tmp_path / "x.json.zst")
    options = ("-f", path, "--no-bootstrap", "--context", "test", "--seed", "3")
    status, out, _ = command(by_kernel(truth), *options)
    assert status == 0
    assert "drawn by seed 3" in out
