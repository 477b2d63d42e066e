"""What a live server says of a saved suggestion: rights of today, and a dry run."""

import io
import json

import pytest
from click.testing import CliRunner

import rbacgraph
from rbacgraph.cli.app import app
from rbacgraph.sources.live.asking.access_review import PATH
from tests.live.replies import found, status
from tests.live.server import serving
from tests.live.test_faults import remembering
from tests.live.test_verify import by_kernel, reviewing, trusting_all

RBAC = "/apis/rbac.authorization.k8s.io/v1"


@pytest.fixture(scope="module")
def cluster(root):
    return rbacgraph.load(root / "fixtures" / "clusters" / "shop")


@pytest.fixture(scope="module")
def saved(root, cluster):
    answer = cluster.suggest(principal="user:dana", audit=str(root / "fixtures/audit/shop.log"))
    return answer.report().render("json").encode()


class Writing:
    """Takes objects by dry run alone, and remembers them."""

    def __init__(self, refuse=""):
        self.seen = []
        self.refuse = refuse

    def __call__(self, request, _reply):
        if request.path == PATH or request.method == "GET":
            return None
        assert request.query == {"dryRun": "All"}
        manifest = json.loads(request.body)
        self.seen.append((request.method, request.path, manifest["kind"]))
        if manifest["kind"] == self.refuse:
            return status(403, "Forbidden", "you may not")
        return found(manifest, 201)


@pytest.fixture
def asked(shop, tmp_path, cluster, saved):
    def run(decide, writing, document=saved):
        shop.faults += [reviewing(decide), writing]
        with serving(shop, tmp_path) as running:
            return cluster.verify_suggestion(
                io.BytesIO(document), server=True, kubeconfig=running.kubeconfig, qps=100_000
            ).result

    return run


def test_a_server_that_would_write_it(asked, cluster):
    writing = Writing()
    result = asked(by_kernel(cluster), writing)
    assert result.holds
    assert (result.server.asked, result.server.denied, result.server.refused) == (3, (), ())
    assert sorted(writing.seen) == [
        ("POST", f"{RBAC}/namespaces/payments/rolebindings", "RoleBinding"),
        ("POST", f"{RBAC}/namespaces/payments/roles", "Role"),
        ("PUT", f"{RBAC}/namespaces/payments/rolebindings/team-lead", "RoleBinding"),
    ]


def test_a_server_that_would_write_a_cut(asked, root, cluster):
    log = str(root / "fixtures/audit/shop.log")
    answer = cluster.cut(secret="shop/db-credentials", keep=["sa:shop/importer"], usage=log)
    writing = Writing()
    result = asked(by_kernel(cluster), writing, answer.report().render("json").encode())
    assert result.holds
    assert (result.what, result.server.denied, result.server.refused) == ("cut", (), ())
    assert result.server.asked > len(answer)
    assert sorted((method, kind) for method, _, kind in writing.seen) == sorted(
        ("PUT", change.key[0]) for change in answer.changes
    )


def test_a_server_that_would_not(asked, cluster):
    result = asked(by_kernel(cluster), Writing(refuse="Role"))
    assert not result.holds
    (refusal,) = result.server.refused
    assert (refusal.kind, refusal.name) == ("Role", "dana-minimal")
    assert "403" in refusal.reason


def test_a_server_that_denies_today_what_is_needed(asked):
    result = asked(lambda _: (False, ""), Writing())
    assert not result.holds
    assert {claim.principal for claim in result.server.denied} == {"user:dana"}
    assert str(result.failure) == ""


def test_as_a_person_runs_it(shop, tmp_path, root, cluster, saved):
    path = tmp_path / "suggestion.json"
    path.write_bytes(saved)
    shop.faults += [reviewing(by_kernel(cluster)), Writing()]
    waits = []
    with serving(shop, tmp_path) as running:
        done = CliRunner().invoke(
            app,
            [
                *("verify-suggestion", str(path), "--server", "--qps", "2", "--burst", "4"),
                *("-f", str(root / "fixtures/clusters/shop"), "--kubeconfig", running.kubeconfig),
            ],
            obj=remembering(waits),
        )
    assert done.exit_code == 0, done.output
    assert max(waits) == (len(shop.requests) - 4) / 2
    assert "It allows and would write all of it." in done.stdout


def test_as_whom_and_with_which_trust(shop, tmp_path, root, cluster, saved):
    path = tmp_path / "suggestion.json"
    path.write_bytes(saved)
    shop.faults += [reviewing(by_kernel(cluster)), Writing()]
    with serving(shop, tmp_path) as running:
        trusting_all(running.kubeconfig)
        done = CliRunner().invoke(
            app,
            [
                *("verify-suggestion", str(path), "--server", "--qps", "100000"),
                *("-f", str(root / "fixtures/clusters/shop"), "--kubeconfig", running.kubeconfig),
                *("--connect-as", "bob", "--connect-as-group", "ops"),
            ],
        )
    assert done.exit_code == 0, done.output
    assert "rbacgraph asked as bob (group ops), whom it impersonates." in done.stdout
    assert "The certificate of the API server was not checked" in done.stdout
