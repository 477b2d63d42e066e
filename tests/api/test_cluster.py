"""The API that people hold: names, keyword arguments, answers."""

import copy
import gc
import inspect
import io
import pickle

import pytest

import rbacgraph as rg
from rbacgraph.api.answers import Exposure, Grantees, Paths, Reach
from rbacgraph.errors import InputError, NotFoundError, UsageError
from rbacgraph.model.inputs.diagnostic import Diagnostic
from tests.cli.conftest import BROKEN, PLANTED, SHOP

GROUPS = {"carol": ["readers"]}
GROUP_BINDING = """\
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: group, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: Group, name: readers, apiGroup: rbac.authorization.k8s.io}]
"""
ROLE = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: new, namespace: shop}
rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    path = tmp_path_factory.mktemp("shop") / "shop.yaml"
    path.write_text(SHOP + GROUP_BINDING)
    return rg.load(path, groups=GROUPS)


SIGNATURES = {
    "can_i": "verb, resource=None, *, group=None, subresource='', namespace='', name='', path=None,"
    " user, groups=None",
    "can_read": "secret, *, user",
    "can_write": "manifest, *, user, groups=None, verb='create'",
    "who_can": "verb, resource=None, *, group=None, subresource='', namespace='', name='',"
    " path=None",
    "rights": "principal, *, namespace='', groups=None",
    "paths": "secret, *, source=None, max_paths=None, certain=False, via=(),"
    " without=(), system=False, max_secrets=None",
    "reach": "source, *, certain=False, via=(), without=()",
    "exposure": "namespace=None, *, certain=False, without=(), system=False",
    "exposure_by": "by, namespace=None, *, certain=False, without=(), system=False",
    "admins": "*, certain=False, without=(), system=False",
    "fix_risks": "which=(), *, best=0, usage=(), need=(), certain=False, without=(), system=False",
    "risks": "*, top=0, certain=False, without=(), system=False, suppress=None, today=None,"
    " since=None, since_name='before', allow_unread=()",
    "survey": "namespace=None, *, certain=False, without=(), system=False, max_secrets=1000,"
    " max_principals=200, max_routes=100, max_ways=None, progress=None,"
    " risks=None",
    "cut": "secret, *, keep=(), usage=(), need=(), audit_policy=None, certain=False, system=False,"
    " keep_operators=False",
    "graph": "",
}


@pytest.mark.parametrize("method", SIGNATURES)
def test_signatures_are_what_the_documents_say(method):
    found = inspect.signature(getattr(rg.Cluster, method))
    bare = [p.replace(annotation=p.empty) for p in found.parameters.values() if p.name != "self"]
    assert str(inspect.Signature(bare)) == f"({SIGNATURES[method]})"


def test_can_i(cluster):
    decision = cluster.can_i("get", "secrets", namespace="shop", name="db", user="alice")
    assert decision
    assert decision.allowed
    assert [e.kind for e in decision.evidence] == ["RoleBinding", "Role"]
    assert not cluster.can_i("get", "secrets", namespace="shop", name="db", user="bob")


def test_can_i_takes_groups_of_the_mapping_unless_a_list_is_given(cluster):
    assert cluster.can_i("get", "secrets", namespace="shop", user="carol")
    assert not cluster.can_i("get", "secrets", namespace="shop", user="carol", groups=[])
    assert cluster.can_i("get", "secrets", namespace="shop", user="x", groups=["readers"])


def test_can_i_of_a_service_account_and_of_a_url(cluster):
    user = "system:serviceaccount:shop:ci"
    assert cluster.can_i("list", "secrets", namespace="shop", user=user)
    assert not cluster.can_i("create", "pods", subresource="exec", namespace="shop", user=user)
    assert cluster.can_i("get", path="/healthz", user="system:anonymous")


def test_can_write(cluster):
    assert cluster.can_write(ROLE, user="root", groups=["system:masters"])
    assert not cluster.can_write(ROLE, user="alice")
    mapping = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole"}
    assert not cluster.can_write({**mapping, "metadata": {"name": "x"}}, user="alice")


@pytest.mark.parametrize(
    "manifest",
    [
        "kind: [",
        "just text",
        "kind: Pod",
        "apiVersion: v1\nkind: Role\nmetadata: {name: x}",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: [x]}",
        {"kind": "Role"},
    ],
)
def test_can_write_refuses_what_is_no_role_or_binding(cluster, manifest):
    with pytest.raises(UsageError):
        cluster.can_write(manifest, user="alice")


def test_answers_are_of_their_kinds(cluster):
    assert isinstance(cluster.who_can("get", "secrets", namespace="shop"), Grantees)
    assert isinstance(cluster.paths(secret="shop/db"), Paths)
    assert isinstance(cluster.reach(source="sa:shop/ci"), Reach)
    assert isinstance(cluster.exposure(), Exposure)


def test_the_same_principals_reach_as_may(cluster):
    principals = {path.principal for path in cluster.paths(secret="shop/db")}
    assert principals == {"user:alice", "serviceaccount:shop/ci", "group:readers"}
    assert [item.target for item in cluster.reach(source="sa:shop/ci")] == ["secret:shop/db"]


def test_the_subject_of_a_question_needs_no_name(cluster):
    assert cluster.paths("shop/db") == cluster.paths(secret="shop/db")
    assert cluster.reach("sa:shop/ci") == cluster.reach(source="sa:shop/ci")
    assert cluster.cut("shop/db") == cluster.cut(secret="shop/db")
    assert cluster.exposure("shop") == cluster.exposure(namespace="shop")
    assert cluster.exposure("other") != cluster.exposure()
    assert list(cluster.survey("other")) == []


TOKEN = """---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: bot, namespace: shop}}
---
apiVersion: v1
kind: Secret
metadata:
  {name: token, namespace: shop, annotations: {kubernetes.io/service-account.name: bot}}
type: kubernetes.io/service-account-token
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: bot, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: new}
subjects: [{kind: ServiceAccount, name: bot, namespace: shop}]
"""


def test_no_path_comes_back_to_the_secret_to_use_what_lies_beyond_it():
    """The Secret's token reads the Secret again: what that obtains, the reader has already."""
    found = rg.load(io.BytesIO((ROLE + TOKEN).encode()), bootstrap=False)
    assert list(found.paths("shop/token")) != []
    assert list(found.paths("shop/token", via=["token-of"])) == []
    reached = found.reach("sa:shop/bot", via=["token-of"])
    assert [one.target for one in reached if one.kind == "secret"] == []


def test_exposure_of_a_namespace(cluster):
    assert [row.secret for row in cluster.exposure(namespace="shop")] == ["secret:shop/db"]
    assert len(cluster.exposure(namespace="sho")) == 0


def test_graph_is_a_networkx_graph(cluster):
    graph = cluster.graph()
    assert graph.is_multigraph()
    assert graph.nodes["secret:shop/db"]["kind"] == "secret"
    assert not graph.nodes["secret:shop/db"]["all_of"]
    assert cluster.access_graph is cluster.access_graph


def test_no_bootstrap(cluster, tmp_path):
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP)
    bare = rg.load(path, bootstrap=False)
    assert not bare.snapshot.cluster_roles
    assert cluster.snapshot.cluster_roles
    assert not bare.can_i("get", path="/healthz", user="system:anonymous")


def test_diagnostics_are_values(tmp_path):
    (tmp_path / "shop.yaml").write_text(SHOP)
    (tmp_path / "broken.yaml").write_text(BROKEN)
    cluster = rg.load(tmp_path)
    assert all(isinstance(d, Diagnostic) for d in cluster.diagnostics)
    assert any(
        d.file.endswith("broken.yaml") and d.severity == "error" for d in cluster.diagnostics
    )
    assert len(cluster.exposure()) == 1


def test_a_dangling_role_is_told_once(tmp_path):
    path = tmp_path / "binding.yaml"
    path.write_text(GROUP_BINDING)
    codes = [d.code for d in rg.load(path).diagnostics]
    assert codes.count("dangling-role-ref") == 1


def test_an_invalid_subject_is_told_once(tmp_path):
    path = tmp_path / "binding.yaml"
    path.write_text(SHOP + GROUP_BINDING.replace("kind: Group", "kind: Team"))
    diagnostics = rg.load(path).diagnostics
    assert [d.code for d in diagnostics if "group" in d.message] == ["unknown-subject-kind"]


@pytest.mark.parametrize(
    ("question", "error"),
    [
        (lambda c: c.paths(secret="nonesuch"), NotFoundError),
        (lambda c: c.paths(secret=""), UsageError),
        (lambda c: c.paths(secret="shop/db", source="alice"), UsageError),
        (lambda c: c.reach(source="sa:shop/nonesuch"), NotFoundError),
        (lambda c: c.exposure(without=["nonesuch"]), UsageError),
        (lambda c: c.can_i("get", "nonesuch", user="alice"), UsageError),
        (lambda _: rg.load(), UsageError),
        (lambda _: rg.load([]), UsageError),
        (lambda _: rg.load([["a.yaml"]]), UsageError),
        (lambda _: rg.load({"a.yaml": 1}), UsageError),
        (lambda _: rg.load(["nonesuch-file.yaml"]), InputError),
        (lambda _: rg.load("nonesuch-file.yaml"), InputError),
    ],
)
def test_misuse_is_an_error_with_advice_of_one_root(cluster, question, error):
    with pytest.raises(error) as raised:
        question(cluster)
    assert isinstance(raised.value, rg.RbacGraphError)


def test_pickles_hold_no_value(cluster):
    for thing in (cluster.snapshot, cluster.paths(secret="shop/db"), cluster.exposure()):
        data = pickle.dumps(thing)
        assert pickle.loads(data) == thing
        assert PLANTED.encode() not in data
        assert b"planted-value" not in data


def questions(cluster):
    return [
        cluster.paths("shop/db"),
        cluster.reach("sa:shop/ci"),
        cluster.exposure(),
        cluster.who_can("get", "secrets"),
        cluster.cut("shop/db"),
        cluster.diagnostics,
    ]


@pytest.mark.parametrize(
    "copied", [lambda one: pickle.loads(pickle.dumps(one)), copy.copy, copy.deepcopy]
)
def test_a_copy_of_a_cluster_gives_the_same_answers(copied, tmp_path):
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP + GROUP_BINDING)
    cluster = rg.load(path, groups=GROUPS)
    fresh = copied(cluster)
    found = questions(cluster)
    assert cluster.graph()
    assert cluster.lines.of(str(path), 9, "ci", "rules", 0) is not None
    asked = copied(cluster)
    assert questions(fresh) == questions(asked) == found
    again = copied(asked)
    assert questions(again) == found
    assert again.is_empty is False
    saved = tmp_path / "saved.json"
    cluster.save(saved)
    whole = rg.load(saved).snapshot
    again.save(saved)
    assert rg.load(saved).snapshot == whole
    assert b"planted-value" not in pickle.dumps(cluster)
    assert PLANTED.encode() not in pickle.dumps(cluster)


def test_a_copy_of_a_revision_still_finds_its_lines(root):
    cluster = rg.load_git("HEAD", "fixtures/clusters/shop", folder=root)
    place = ("fixtures/clusters/shop/rbac.yaml", 114, "db-admin", "rules", 0)
    assert cluster.lines.of(*place) > 0
    again = pickle.loads(pickle.dumps(cluster))
    assert again.lines.of(*place) == cluster.lines.of(*place)
    assert again.exposure() == cluster.exposure()


def test_load_takes_lists_of_paths(tmp_path):
    (tmp_path / "a").mkdir()
    one, other = tmp_path / "a" / "shop.yaml", tmp_path / "group.yaml"
    one.write_text(SHOP)
    other.write_text(GROUP_BINDING)
    found = rg.load(str(one), str(other)).exposure()
    names = [str(one), other]
    for sources in ((names,), (tuple(names),), (iter(names),), ([one], other), (one, [other], [])):
        assert rg.load(*sources).exposure() == found
    assert rg.load(tmp_path.glob("*.yaml")).snapshot.files == (str(other),)
    assert rg.load(io.BytesIO(SHOP.encode())).exposure("shop")
    assert not len(rg.diff(names, [one, other]))


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_left_as_it_was(tmp_path, enabled):
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP)
    was = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        rg.load(path).graph()
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if was else gc.disable)()


def test_repr_says_what_is_in_it(cluster):
    assert "1 Secrets" not in repr(cluster)
    assert repr(cluster).startswith("<Cluster of 1 Secret,")
