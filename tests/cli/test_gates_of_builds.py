"""Gates and what charts, kustomizations, attributes and sparse checkouts make of files."""

import subprocess
from pathlib import Path

import pytest

from tests.cli.test_gates import ADMIN, ROLE, SECRET, run

PLAIN = ADMIN.replace("mallory", "nobody")
HELPERS = '{{ define "rights" }}{{ end }}\n'
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web, namespace: argocd}
spec: {source: {path: charts/web, helm: {valueFiles: [$values/apps/prod.yaml, prod-*.yaml]}}}
"""
RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: shop}
spec:
  chart: {spec: {chart: ./charts/web}}
  valuesFrom: [{kind: ConfigMap, name: web-values}]
"""
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s, namespace: shop}\n"
REPOSITORY = {
    "k8s/secret.yaml": f"{SECRET}---\n{ROLE}",
    "k8s/base/kustomization.yaml": "resources: [secret.yaml]\n",
    "k8s/base/secret.yaml": SECRET,
    "k8s/prod/kustomization.yaml": """\
resources: [../base, ../../elsewhere, role]
images: [{name: web}]
patches:
- {path: patch.txt, target: {kind: Role, name: web}}
configMapGenerator:
- {name: c, files: [key=generated.yaml], literals: [a=web]}
components: [../part]
transformers: [plugin.yaml]
""",
    "k8s/prod/role": SECRET,
    "k8s/prod/patch.txt": "a: 1\n",
    "k8s/prod/generated.yaml": "a: 1\n",
    "k8s/prod/plugin.yaml": "{apiVersion: builtin, kind: PatchTransformer, path: by-plugin}\n",
    "k8s/prod/by-plugin": "a: 1\n",
    "k8s/part/kustomization.yaml": "kind: Component\nresources: [a.yaml]\n",
    "k8s/part/a.yaml": SECRET,
    "k8s/web/note.yaml": "a: 1\n",
    "elsewhere/kustomization.yaml": "resources: [deeper]\n",
    "elsewhere/deeper/kustomization.yaml": "resources: [x]\n",
    "elsewhere/deeper/x": SECRET,
    "elsewhere/other": SECRET,
    "k8s/flux/kustomization.yaml": """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ./apps, prune: true, interval: 1h, sourceRef: {kind: GitRepository, name: x}}
""",
    "charts/web/Chart.yaml": """\
apiVersion: v2
name: web
version: 1.0.0
dependencies: [{name: common, version: 1.0.0, repository: "file://../../elsewhere/common"}]
""",
    "charts/web/values.yaml": "a: 1\n",
    "charts/web/values-odd.yaml": SECRET,
    "charts/web/other.yaml": "a: 1\n",
    "charts/web/templates/_helpers.tpl": HELPERS,
    "charts/web/templates/role.yaml": PLAIN,
    "charts/web/templates/comment.yaml": f"#{{{{ if .Values.a }}}}\n{PLAIN}",
    "charts/web/crds/crd.yaml": CONFIG % "crd",
    "charts/web/files/a.txt": "a\n",
    "charts/web/README.md": "web\n",
    "elsewhere/common/Chart.yaml": "apiVersion: v2\nname: common\nversion: 1.0.0\n",
    "elsewhere/common/templates/_lib.tpl": HELPERS,
    "charts/reads/Chart.yaml": "apiVersion: v2\nname: reads\nversion: 1.0.0\n",
    "charts/reads/README.md": "reads\n",
    "charts/reads/templates/_helpers.tpl": '{{ .Files.Get "README.md" }}\n',
    "apps/app.yaml": APPLICATION,
    "apps/release.yaml": RELEASE,
    "apps/config.yaml": CONFIG % "web-values",
    "apps/unrelated.yaml": CONFIG % "unrelated",
    "apps/prod.yaml": "a: 1\n",
    "apps/test.yaml": "a: 1\n",
    "charts/web/prod-eu.yaml": "a: 1\n",
}
ASKED = ("k8s", "charts", "apps")
UNREAD = [
    *("k8s/prod/kustomization.yaml", "k8s/prod/role", "k8s/prod/patch.txt"),
    *("k8s/prod/generated.yaml", "k8s/prod/plugin.yaml", "k8s/prod/by-plugin"),
    *("k8s/part/kustomization.yaml", "k8s/part/a.yaml"),
    *("elsewhere/kustomization.yaml", "elsewhere/deeper/kustomization.yaml"),
    *("elsewhere/deeper/x", "elsewhere/common/templates/_lib.tpl", "elsewhere/common/Chart.yaml"),
    *("charts/web/Chart.yaml", "charts/web/values.yaml", "charts/web/values-odd.yaml"),
    *("charts/web/other.yaml", "charts/web/templates/_helpers.tpl"),
    *("charts/web/templates/comment.yaml", "charts/web/files/a.txt"),
    *("charts/reads/README.md", "apps/config.yaml", "apps/prod.yaml", "charts/web/prod-eu.yaml"),
]
READ = [name for name in REPOSITORY if name not in UNREAD and not name.startswith("charts/reads")]


@pytest.fixture
def git(tmp_path, monkeypatch):
    """Run git in a repository, which has one commit."""
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)
    for name, text in REPOSITORY.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)

    def call(*words):
        flags = ("-c", "user.name=n", "-c", "user.email=e@example.org")
        done = subprocess.run(["git", *flags, *words], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    call("init", "-q", "-b", "main")
    commit(call)
    return call


def commit(git):
    git("add", "-A")
    git("commit", "-qm", "change", "--allow-empty")


def change(name, text="# changed\n"):
    path = Path(name)
    path.write_text(path.read_text() + text)


def gate(*paths, span="HEAD~1..HEAD", more=()):
    return run("diff", "--git", span, "--fail-on", "gained", *more, "--", *paths)


@pytest.mark.parametrize("span", ["HEAD~1..HEAD", "HEAD.."])
def test_a_change_of_what_a_build_uses_passes_no_gate(git, span):
    for name in UNREAD:
        change(name)
        if span == "HEAD~1..HEAD":
            commit(git)
        done = gate(*ASKED, span=span)
        assert done.exit_code == 2, (name, done.output)
        assert f"1 file was not read whole: {name};" in done.stderr, done.stderr
        assert gate(*ASKED, span=span, more=["--allow-unread", name]).exit_code == 0, name
        commit(git)


@pytest.mark.parametrize("span", ["HEAD~1..HEAD", "HEAD.."])
def test_a_change_of_all_else_passes(git, span):
    for name in READ:
        change(name)
        if span == "HEAD~1..HEAD":
            commit(git)
        done = gate(*ASKED, span=span)
        assert done.exit_code == 0, (name, done.output)
        assert "not read" not in done.stderr, name
        commit(git)


def test_folders_and_check_say_the_same(git, tmp_path):
    """All unread files, changed or not, are unread for a gate over one state."""
    policy = tmp_path / "policy"
    policy.write_text("access: []\ndefault: allow\n")
    asked = [word for name in ASKED for word in ("-f", name)]
    allowed = [word for name in UNREAD for word in ("--allow-unread", name)]
    more = ("charts/reads/*", "elsewhere/common/*")
    allowed += [word for name in more for word in ("--allow-unread", name)]
    check = ("check", "--policy", policy, *asked)
    assert run(*check, *allowed).exit_code == 0, run(*check, *allowed).stderr
    for name in UNREAD:
        if not name.startswith(("charts/reads", "elsewhere/common")):
            at = allowed.index(name) - 1
            left = allowed[:at] + allowed[at + 2 :]
            assert run(*check, *left).exit_code == 2, name
    git("worktree", "add", "-q", tmp_path / "other")
    for name in UNREAD:
        if not name.startswith("elsewhere"):
            change(name)
    for folder in ("k8s", "charts"):
        done = run("diff", tmp_path / "other" / folder, folder, "--fail-on", "gained")
        assert done.exit_code == 2, done.output
        git("checkout", "-q", ".")
        assert run("diff", tmp_path / "other" / folder, folder, "--fail-on", "any").exit_code == 0
        for name in UNREAD:
            if not name.startswith("elsewhere"):
                change(name)


def test_what_a_kustomization_names_and_nobody_has(git):
    path = Path("k8s/base/kustomization.yaml")
    path.write_text("resources: [secret.yaml, 'https://example.org/x.yaml', gone.yaml]\n")
    commit(git)
    done = gate("k8s")
    assert done.exit_code == 2
    words = "names https://example.org/x.yaml, gone.yaml, which the input does not hold"
    assert words in " ".join(done.stdout.split())
    path.write_text("resources: [secret.yaml]\nnamespace: shop\n")
    commit(git)
    assert gate("k8s").exit_code == 2, "one side still names them"
    change("k8s/base/kustomization.yaml")
    commit(git)
    assert gate("k8s").exit_code == 0


@pytest.mark.parametrize(("own", "status"), [("kustomization.yaml", 0), ("other.yaml", 2)])
def test_a_kustomization_that_says_its_kind_is_looked_into(git, own, status):
    """By its name: kustomize takes no other file for one."""
    Path("k8s/new").mkdir()
    head = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
    Path("k8s/new", own).write_text(f"{head}resources: [../base/secret.yaml]\n")
    commit(git)
    done = run("diff", "--git", "HEAD~1..HEAD", "--fail-on", "gained,unread-kinds", "--", "k8s")
    assert done.exit_code == status, done.output


def test_templates_of_a_chart_above_the_paths(git):
    change("charts/web/values.yaml")
    commit(git)
    assert gate("charts/web/templates").exit_code == 2
    assert gate("k8s/base").exit_code == 0


# --- what Git does to files ----------------------------------------------------------


POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"


def test_a_pointer_of_lfs(git):
    Path("k8s/large.yaml").write_text(POINTER)
    commit(git)
    done = gate("k8s")
    assert done.exit_code == 2
    assert "k8s/large.yaml:1: error: is a pointer of Git LFS" in done.stderr
    commit(git)
    assert gate("k8s").exit_code == 0, "it has not changed"
    assert run("diff", "k8s/secret.yaml", "k8s", "--fail-on", "gained").exit_code == 2


ATTRIBUTES = {"filter=crypt": 2, "export-ignore": 2, "export-subst": 2, "filter=lfs": 0, "text": 0}


@pytest.mark.parametrize("span", ["HEAD~1..HEAD", "HEAD.."])
@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_an_attribute_that_alters_files(git, attribute, span):
    Path(".gitattributes").write_text(f"k8s/secret.yaml {attribute}\n")
    commit(git)
    assert gate("k8s").exit_code == ATTRIBUTES[attribute], "it comes with the attribute"
    commit(git)
    assert gate("k8s").exit_code == 0
    change("k8s/secret.yaml")
    if span == "HEAD~1..HEAD":
        commit(git)
    done = gate("k8s", span=span)
    assert done.exit_code == ATTRIBUTES[attribute], done.output
    assert gate("charts", span=span).exit_code == 0, "it is not asked about"


def test_a_sparse_checkout_hides_nothing(git):
    """The index has what the work tree lacks: it is neither gone nor unread."""
    git("sparse-checkout", "set", "--no-cone", "/*", "!/k8s/secret.yaml", "!/charts/web/")
    assert not Path("k8s/secret.yaml").exists()
    done = gate(*ASKED, span="HEAD..")
    assert done.exit_code == 0, done.output
    assert "not read" not in done.stderr
    assert "Secret 1" in done.stdout
    assert "No object differs." in " ".join(done.stdout.split())


# --- dumps of Vault ------------------------------------------------------------------


PLACES = [
    *("policy/a.json", "auth.json", "secrets.json", "auth/k8s/role/a.json", "kv/data/a.json"),
    *("sys/policies/egp/a.json", "a.json", "deep/er/a.json", "policy/a.json.gz"),
]
MANIFEST = (
    '{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata":'
    ' {"name": "x"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole",'
    ' "name": "cluster-admin"}, "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind":'
    ' "User", "name": "mallory"}]}'
)


@pytest.mark.parametrize("text", [MANIFEST, f"[{MANIFEST}]", f"[[{MANIFEST}]]"])
@pytest.mark.parametrize("place", PLACES)
def test_a_manifest_below_a_folder_called_vault(git, place, text):
    path = Path("k8s/vault", place)
    path.parent.mkdir(parents=True)
    data = text.encode()
    if place.endswith(".gz"):
        import gzip

        data = gzip.compress(data)
    path.write_bytes(data)
    commit(git)
    done = gate("k8s")
    assert done.exit_code == 1, done.output
    assert "user:mallory becomes effectively cluster-admin" in done.stdout
    with path.open("rb") as stream:
        from rbacgraph.sources.load import load

        assert len(load(stream).cluster_role_bindings) == 1, "a stream too"
