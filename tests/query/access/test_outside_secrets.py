"""Questions about secrets of stores outside the cluster."""

import json

import pytest
from msgspec.structs import replace

import rbacgraph as rg
from rbacgraph.errors import NotFoundError, UsageError
from rbacgraph.report.page.html import page_data
from rbacgraph.report.text.layout.look import Look

VAULT = "vault:kv/data/prod/db"


@pytest.fixture
def labelled(root):
    return rg.load(root / "fixtures/edges/open-cluster-store/yes.yaml", kubernetes_version="1.36")


def text(answer, form="table"):
    return answer.report().render(form, Look(width=100))


def test_exposure_lists_them_with_the_others(labelled):
    rows = {row.secret: row for row in labelled.exposure()}
    assert rows[VAULT].inferred is False
    assert (rows[VAULT].certain, rows[VAULT].conditional) == (0, 2)
    assert {row.split(":")[0] for row in rows} == {"secret", "vault"}
    frame = labelled.exposure().to_frame()
    assert VAULT in set(frame["secret"])
    assert list(frame[frame["secret"] == VAULT]["namespace"]) == [""]


def test_reach_lists_them_among_secrets(labelled):
    found = {one.target: one for one in labelled.reach(source="user:alice")}
    assert found[VAULT].kind == "vault"
    assert found[VAULT].inferred is False
    said = text(labelled.reach(source="user:alice"), "wide")
    assert said.index("SECRETS, CONDITIONAL") < said.index(VAULT)
    assert "OUTSIDE THE CLUSTER" not in said


def test_paths_say_that_the_policies_of_the_store_are_not_read(root):
    path = root / "fixtures/edges/open-cluster-store/no.yaml"
    answer = rg.load(path, kubernetes_version="1.36").paths(secret=VAULT, source="user:alice")
    said = text(answer)
    assert "Not in the input: what the store's own policies let others read." in said
    assert "No path was found from user:alice." in said
    (secret,) = answer.result.secrets
    assert (secret.secret, secret.paths, secret.type) == (VAULT, (), "")


def test_a_path_that_no_object_names_shows_who_logs_in_there(labelled):
    answer = labelled.paths(secret="vault:kv/data/prod/other")
    (secret,) = answer.result.secrets
    assert secret.secret == "vault:kv/data/prod/other"
    assert str(secret.inferred).startswith("no object names it; ")
    assert {path.principal for path in secret.paths} == {"user:alice", "serviceaccount:ops/vault"}
    assert not any(path.certain for path in secret.paths)
    assert all(path.target == secret.secret for path in secret.paths)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (VAULT, [VAULT]),
        ("vault:kv/data/*", [VAULT]),
        ("vault:*/d?", [VAULT]),
    ],
)
def test_patterns_match_whole_paths(labelled, asked, found):
    secrets = labelled.paths(secret=asked).result.secrets
    assert [one.secret for one in secrets] == found


def test_a_system_that_nothing_reads_is_no_answer(labelled):
    with pytest.raises(NotFoundError, match="names no secret aws:secretsmanager/db"):
        labelled.paths(secret="aws:secretsmanager/db")
    with pytest.raises(NotFoundError, match=r"names no secret vault:\*/none"):
        labelled.paths(secret="vault:*/none")
    with pytest.raises(UsageError, match="names no secret of a store"):
        labelled.paths(secret="vault:")


def test_a_near_path_is_asked_back(labelled):
    (secret,) = labelled.paths(secret="vault:kv/data/prod/dbs").result.secrets
    assert str(secret.inferred).endswith(f"did you mean {VAULT}")


def test_a_secret_of_the_cluster_that_is_called_like_a_path_is_another(root):
    cluster = rg.load(root / "fixtures/edges/synced-secret/yes.yaml")
    (secret,) = cluster.paths(secret="secret:shop/db").result.secrets
    assert secret.secret == "secret:shop/db"
    assert cluster.cut(secret="secret:shop/db").result.secret == "secret:shop/db"


MADE = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
rules:
- {apiGroups: [""], resources: [secrets], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: reader}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
subjects: [{kind: User, name: bob}]
"""


def test_a_cut_takes_away_a_secret_that_is_made_of_it(root, tmp_path):
    """And it is proven again from its JSON."""
    files = [root / "fixtures/edges/synced-secret/yes.yaml", tmp_path / "role.yaml"]
    files[1].write_text(MADE)
    cluster = rg.load(*files, kubernetes_version="1.36")
    before = {path.principal for path in cluster.paths(secret=VAULT)}
    assert "user:bob" in before
    cut = cluster.cut(secret=VAULT, keep=["user:alice"])
    assert {one.principal for one in cut.result.uncut} == before - {"user:alice", "user:bob"}
    saved = tmp_path / "cut.json"
    saved.write_text(text(cut, "json"))
    found = cluster.verify_suggestion(saved).result
    assert (found.asked, found.cut.edits) == (VAULT, 1)
    assert not found.failure


def test_a_picture_gives_them_a_shape_of_their_own(labelled):
    drawn = text(labelled.paths(secret=VAULT), "dot")
    assert "house" in drawn
    assert "kv/data/prod/db" in drawn
    assert "(((" in text(labelled.paths(secret=VAULT), "mermaid")


def test_the_report_holds_them(labelled):
    survey = labelled.survey().result
    surveyed = {one.secret: one for one in survey.secrets}
    assert str(surveyed[VAULT].inferred).startswith("what the store's own policies")
    assert surveyed[VAULT].references == ()
    assert survey.ways[surveyed[VAULT].ways].paths


def test_the_page_says_that_the_policies_of_the_store_are_not_read(labelled):
    secrets = page_data(labelled.survey().result)["secrets"]
    place = secrets["name"].index(VAULT)
    assert secrets["inferred"][place] == "what the store's own policies let others read"
    assert secrets["namespace"][place] == ""


def test_the_document_names_condition_and_place(labelled):
    document = json.loads(text(labelled.paths(secret=VAULT, source="user:alice"), "json"))
    (secret,) = document["secrets"]
    (path,) = secret["paths"]
    assert [hop["edge"] for hop in path["hops"]] == ["open-cluster-store", "store-reads"]
    conditions = [hop["condition"] for hop in path["hops"]]
    assert "External Secrets runs in the cluster" in conditions[0]
    kinds = [one["kind"] for hop in path["hops"] for one in hop["evidence"]]
    assert "ExternalSecret" in kinds


def test_a_secret_knows_the_store_that_knows_it(root):
    """The other life of one secret: who may log in at the store knows the Secret."""
    cluster = rg.load(root / "fixtures/edges/synced-copy/yes.yaml")
    edges = {tuple(hop.edge for hop in path.hops) for path in cluster.paths(secret="shop/db")}
    assert ("request-token", "store-login", "store-reads", "synced-copy") in edges


def test_a_secret_to_which_nothing_leads_counts(tmp_path):
    """The Pod has ended, and the ServiceAccount as which it logged in is gone."""
    path = tmp_path / "all.yaml"
    path.write_text(WITHOUT_SECRET)
    listed = frozenset({("ServiceAccount", "")})
    cluster = rg.Cluster(replace(rg.load(path).snapshot, listed=listed))
    rows = {row.secret: row for row in cluster.exposure()}
    assert (rows[VAULT].certain, rows[VAULT].conditional, rows[VAULT].opening) == (0, 0, ())
    assert len(cluster.paths(secret=VAULT)) == 0


WITHOUT_SECRET = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  annotations:
    vault.hashicorp.com/agent-inject: "true"
    vault.hashicorp.com/agent-inject-secret-db: kv/data/prod/db
spec:
  serviceAccountName: web
  containers: [{name: web, image: web}]
status: {phase: Succeeded}
"""


@pytest.mark.parametrize(("name", "unseen"), [("db", False), ("new", True)])
def test_an_object_that_the_input_shows_is_there(name, unseen, root, tmp_path):
    written = (root / "fixtures/edges/write-external-secret/yes-update.yaml").read_text()
    path = tmp_path / "dump.yaml"
    path.write_text(written.replace("resourceNames: [db]", f"resourceNames: [{name}]"))
    (secret,) = (
        rg.load(path, bootstrap=False).paths(secret=VAULT, source="user:alice").result.secrets
    )
    (found,) = secret.paths
    said = " and ".join(map(str, found.conditions))
    assert (f"there is such an object called {name}" in said) is unseen
