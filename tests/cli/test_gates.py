"""A gate that did not read a file must not say that nobody gains anything."""

import gzip
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from rbacgraph.cli.app import app
from rbacgraph.sources.files.git import files_at
from rbacgraph.sources.load import load
from tests.cli.conftest import bare

SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\n"
NOBODY = "access: []\n"
ROLE = """apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: cluster-admin}
rules: [{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}]
"""
ADMIN = """apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: new-admins}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: mallory}
"""
POD = """apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: LABEL}}
spec:
  serviceAccountName: robot
  containers:
  - {name: web, image: IMAGE, args: [ARGUMENT]}
  volumes:
  - {name: data, hostPath: {path: /var/lib/web}}
"""
ENC = "ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]"
ITEM = '{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"}}'
LIST = '{\n    "apiVersion": "v1",\n    "items": [\n        {"kind": "x"}\n    ]'

UNREAD = {
    "a byte of Latin-1 in a comment": ("x.yaml", ADMIN.encode() + b"# caf\xe9\n"),
    "a template": ("x.yaml", b"{{ if .Values.admin }}\n" + ADMIN.encode() + b"{{ end }}\n"),
    "no YAML": ("x.yaml", b"kind: [\n" + ADMIN.encode()),
    "no JSON": ("x.json", ITEM[:-9].encode()),
    "a List that is cut off": ("x.json", LIST.encode()),
    "one page of many": (
        "x.json",
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "ServiceAccountList",
                "metadata": {"continue": "x", "resourceVersion": "1"},
                "items": [json.loads(ITEM)],
            }
        ).encode(),
    ),
    "a file that is binary": ("x.yaml", b"\0" + ADMIN.encode()),
    "an archive that is cut off": ("x.yaml.gz", gzip.compress(ADMIN.encode())[:-20]),
    "a role that says no kind": (
        "x.yaml",
        ADMIN.replace("kind: ClusterRoleBinding\n", "")
        .encode()
        .replace(b"apiVersion", b"kind: List\nitems:\n- apiVersion")
        .replace(b"\nmetadata", b"\n  metadata")
        .replace(b"\nroleRef", b"\n  roleRef")
        .replace(b"\nsubjects", b"\n  subjects")
        .replace(b"\n- {apiGroup", b"\n  - {apiGroup"),
    ),
    "subjects that are no list": ("x.yaml", ADMIN.replace("- {", "  {").encode()),
    "a role that SOPS calls its configuration": (".sops.yaml", b"kind: [\n" + ADMIN.encode()),
    "a kind that SOPS encrypted": ("x.yaml", ADMIN.replace("ClusterRoleBinding", ENC).encode()),
    "a name that SOPS encrypted": ("x.yaml", ADMIN.replace("new-admins", f"{ENC!r}").encode()),
    "a subject that SOPS encrypted": ("x.yaml", ADMIN.replace("mallory", f"{ENC!r}").encode()),
    "a kind to be filled in": ("x.yaml", ADMIN.replace("ClusterRoleBinding", "${X}").encode()),
    "a subject to be filled in": ("x.yaml", ADMIN.replace("mallory", "'{{ .who }}'").encode()),
    "a role to be filled in": (
        "x.yaml",
        ADMIN.replace("name: cluster-admin", "name: $(X)").encode(),
    ),
    "an account to be filled in": ("x.yaml", POD.replace("robot", "'${X}'").encode()),
    "a path to be filled in": ("x.yaml", POD.replace("/var/lib/web", "'{{ path }}'").encode()),
    "a namespace to be filled in, in JSON": (
        "x.json",
        json.dumps({**json.loads(ITEM), "metadata": {"name": "a", "namespace": "$(X)"}}).encode(),
    ),
}
READ = {
    "another kind": ("x.yaml", b"apiVersion: v1\nkind: Event\nmetadata: {name: x}\n"),
    "no object": ("x.yaml", b"replicas: 3\n"),
    "nothing": ("x.yaml", b"# nothing\n"),
    "no manifest by its name": ("x.txt", b"{{ x }}"),
    "a configuration of SOPS": (".sops.yaml", b"creation_rules: [{age: age1x}]\n"),
    "what SOPS encrypted elsewhere": ("x.yaml", POD.replace("LABEL", f"{ENC!r}").encode()),
    "what is to be filled in elsewhere": (
        "x.yaml",
        POD.replace("LABEL", "'{{ app }}'").replace("IMAGE", "'${X}'").encode(),
    ),
    "what a container fills in": ("x.yaml", POD.replace("ARGUMENT", "$(X)").encode()),
    "a default": ("x.yaml", POD.replace("robot", "'${X:=robot}'").encode()),
    "another's kind": ("x.yaml", b"apiVersion: shop.example.com/v1\nkind: ${X}\n"),
}


def run(*arguments):
    return CliRunner().invoke(app, bare([str(one) for one in arguments]))


@pytest.fixture
def folder(tmp_path):
    """A folder with a Secret that nobody gets at, and a role that nobody has."""
    found = tmp_path / "k8s"
    found.mkdir()
    (found / "secret.yaml").write_text(f"{SECRET}---\n{ROLE}")
    return found


@pytest.fixture
def policy(tmp_path):
    path = tmp_path / "access.yaml"
    path.write_text(NOBODY)
    return path


@pytest.mark.parametrize("case", UNREAD)
def test_check_passes_nothing_that_it_did_not_read(folder, policy, case):
    name, data = UNREAD[case]
    (folder / name).write_bytes(data)
    asked = ("check", "--policy", policy, "-f", folder, "--without", "system-masters")
    done = run(*asked)
    assert done.exit_code == 2, done.output
    assert f"1 file was not read whole: {folder / name}" in done.stderr
    assert "as far as the input could be read" in done.stdout
    assert "NOT READ WHOLE" in done.stdout
    for pattern in (folder / name, folder / "*", folder, "*"):
        assert run(*asked, "--allow-unread", pattern).exit_code in {0, 1}
    assert run(*asked, "--allow-unread", "other*").exit_code == 2


@pytest.mark.parametrize("case", READ)
def test_what_is_read_whole_passes(folder, policy, case):
    name, data = READ[case]
    (folder / name).write_bytes(data)
    done = run("check", "--policy", policy, "-f", folder)
    assert done.exit_code == 0, done.output
    assert "NOT READ" not in done.stdout


@pytest.mark.parametrize("case", UNREAD)
def test_diff_passes_nothing_that_changed_and_was_not_read(folder, tmp_path, case):
    name, data = UNREAD[case]
    after = tmp_path / "after"
    after.mkdir()
    (after / "secret.yaml").write_text(SECRET)
    (after / name).write_bytes(data)
    asked = ("diff", folder, after, "--fail-on", "gained")
    done = run(*asked)
    assert done.exit_code == 2, done.output
    assert f"1 file was not read whole: {after / name}" in done.stderr
    assert run(*asked, "--allow-unread", "*/after/*").exit_code in {0, 1}
    # What both sides hold has not changed, wherever it stands and whatever else does.
    (folder / "moved").mkdir()
    (folder / "moved" / name).write_bytes(data)
    (after / "new.yaml").write_text(SECRET.replace("db", "new"))
    assert run(*asked).exit_code in {0, 1}
    assert "not read" not in run(*asked).stderr
    (folder / "moved" / name).write_bytes(b" " + data)
    assert run(*asked).exit_code == 2


@pytest.mark.parametrize("case", [case for case in UNREAD if "SOPS" in case or "filled in" in case])
def test_risks_pass_nothing_that_they_did_not_read(folder, case):
    name, data = UNREAD[case]
    (folder / name).write_bytes(data)
    asked = ("risks", "-f", folder, "--fail-on", "critical", "--fail-on", "high")
    assert run(*asked).exit_code == 2
    assert run(*asked, "--allow-unread", folder).exit_code in {0, 1}


@pytest.mark.parametrize(
    "name", [".sops.yaml", ".sops.yml", "role.sops.yaml", "kustomization.yaml"]
)
@pytest.mark.parametrize("rules", ["", "creation_rules: [{age: age1x}]\n---\n"])
def test_a_role_is_read_whatever_its_file_is_called(folder, tmp_path, name, rules):
    after = tmp_path / "after"
    after.mkdir()
    (after / "secret.yaml").write_text(f"{SECRET}---\n{ROLE}")
    (after / name).write_text(rules + ADMIN)
    done = run("diff", folder, after, "--fail-on", "gained")
    # kustomize takes the first document, and no field of that name.
    is_built = rules and name == "kustomization.yaml"
    assert done.exit_code == (2 if is_built else 1), done.output
    assert "user:mallory" in done.stdout
    (after / name).write_text(rules + ADMIN.replace("mallory", "'${X}'"))
    assert run("diff", folder, after, "--fail-on", "gained").exit_code == 2
    (after / name).write_text(rules + "kind: [\n" + ADMIN)
    assert run("diff", folder, after, "--fail-on", "gained").exit_code == 2


@pytest.mark.parametrize("name", [".sops.yaml", ".sops.yml", "x.yaml"])
def test_a_kind_that_is_not_looked_into_is_named_whatever_its_file_is_called(
    folder, tmp_path, name
):
    after = tmp_path / "after"
    shutil.copytree(folder, after)
    (after / name).write_text("apiVersion: v1\nkind: Event\nmetadata: {name: x}\n")
    done = run("diff", folder, after, "--fail-on", "gained,unread-kinds")
    assert done.exit_code == 2, done.output
    assert "Not looked into: Event." in done.stdout


@pytest.mark.parametrize("name", ["role.env", "role.ini", "role.yaml.dec", "role"])
def test_a_role_in_a_file_that_is_named_is_read(folder, name):
    """As kubectl does, which reads no such file of a folder."""
    (folder / name).write_text(ADMIN)
    asked = ("paths", "--secret", "shop/db", "-o", "csv", "-f", folder)
    assert "user:mallory" not in run(*asked).stdout
    assert "user:mallory" in run(*asked, "-f", folder / name).stdout
    assert "user:mallory" in run(*asked, "-f", folder / f"*{name[-4:]}").stdout
    (folder / name).write_text("KEY=${X}\n")
    assert run(*asked, "-f", folder / "role.env").exit_code == (0 if name == "role.env" else 2)


def test_a_file_counts_as_changed_with_what_may_fill_it_in(folder, tmp_path):
    """What a Secret holds is not known, before as after: only another Secret is a change."""
    flux = """apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: shop, namespace: flux-system}
spec:
  path: PATH
  sourceRef: {kind: GitRepository, name: flux-system}
  postBuild: {substituteFrom: [{kind: Secret, name: vars}]}
"""
    after = tmp_path / "after" / "k8s"
    after.mkdir(parents=True)
    for side in (folder, after):
        (side / "secret.yaml").write_text(f"{SECRET}---\n{ROLE}")
        (side / "x.yaml").write_text(ADMIN.replace("mallory", "'${X}'"))
        (side / "flux.yaml").write_text(flux.replace("PATH", "./k8s"))
    asked = ("diff", folder, after, "--fail-on", "gained")
    assert run(*asked).exit_code == 0
    (after / "flux.yaml").write_text(flux.replace("PATH", "./k8s").replace("vars", "others"))
    assert run(*asked).exit_code == 2


@pytest.mark.parametrize("what", ["gained", "gained:certain", "any", ""])
def test_each_gate_of_diff_counts_both_sides(folder, tmp_path, what):
    after = tmp_path / "after"
    after.mkdir()
    (after / "x.yaml").write_bytes(UNREAD["a template"][1])
    options = ("--fail-on", what) if what else ()
    for sides in ((folder, after), (after, folder)):
        assert run("diff", *sides, *options).exit_code == (2 if what else 0)


def test_what_is_read_on_both_sides_has_not_changed(folder, tmp_path):
    (tmp_path / "dump.yaml").write_bytes(UNREAD["no YAML"][1])
    done = run("diff", "-f", tmp_path / "dump.yaml", folder, folder, "--fail-on", "any")
    assert done.exit_code == 0, done.output


def test_a_link_to_nothing_that_stays_has_not_changed(folder, tmp_path):
    after = tmp_path / "after"
    shutil.copytree(folder, after)
    for side in (folder, after):
        (side / "x.yaml").symlink_to("gone.yaml")
    asked = ("diff", folder, after, "--fail-on", "any")
    assert run(*asked).exit_code == 0, run(*asked).output
    (after / "x.yaml").unlink()
    (after / "x.yaml").symlink_to("other.yaml")
    done = run(*asked)
    assert done.exit_code == 2
    assert "2 files were not read whole" in done.stderr


def test_a_finding_is_told_beside(folder, policy):
    (folder / "admin.yaml").write_text(ADMIN)
    (folder / "x.yaml").write_bytes(b"kind: [\n")
    done = run("check", "--policy", policy, "-f", folder)
    assert done.exit_code == 2
    assert "user:mallory" in done.stdout


def test_only_that_document_is_left_out(folder):
    (folder / "x.yaml").write_bytes(
        SECRET.replace("db", "one").encode()
        + b"---\n"
        + SECRET.replace("db", "two").encode()
        + b"# caf\xe9\n---\n"
        + ADMIN.encode()
    )
    done = run("paths", "--secret", "*", "-f", folder, "-o", "csv")
    assert {line.split(",")[0] for line in done.stdout.splitlines()[1:]} == {"shop/db", "shop/one"}
    assert "user:mallory" in done.stdout
    assert "x.yaml:8: error: holds bytes that are not UTF-8" in done.stderr


def test_templates_are_one_line_for_a_folder(folder, policy):
    for chart in ("web", "db"):
        for name in ("a.yaml", "b.yaml", "tests/c.yaml"):
            path = folder / "charts" / chart / "templates" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("{{ if x }}\n" + ADMIN)
    done = run("check", "--policy", policy, "-f", folder)
    assert done.exit_code == 2
    web, db = (folder / "charts" / chart / "templates" for chart in ("web", "db"))
    assert f"{web}: error: holds 3 files that are templates" in done.stderr
    assert f"6 files were not read whole: {db} (3 files) and {web} (3 files)" in done.stderr
    allowed = ("--allow-unread", web, "--allow-unread", f"{folder}/charts/d*")
    assert run("check", "--policy", policy, "-f", folder, *allowed).exit_code == 0


def test_hundreds_of_files_are_each_looked_for(folder, policy):
    """Diagnostics are counted from the hundredth on; files are not."""
    for number in range(130):
        (folder / f"{number:03}.yaml").write_text("kind: [\n")
    asked = ("check", "--policy", policy, "-f", folder)
    allowed = [word for n in range(129) for word in ("--allow-unread", folder / f"{n:03}.yaml")]
    done = run(*asked, *allowed)
    assert done.exit_code == 2
    assert f"1 file was not read whole: {folder / '129.yaml'}" in done.stderr
    assert run(*asked, *allowed, "--allow-unread", folder / "129.yaml").exit_code == 0


def test_a_snapshot_remembers_what_was_not_read(folder, policy, tmp_path):
    (folder / "x.yaml").write_bytes(UNREAD["no YAML"][1])
    saved = tmp_path / "saved.json"
    assert run("snapshot", "-f", folder, "-o", saved).exit_code == 0
    done = run("check", "--policy", policy, "-f", saved)
    assert done.exit_code == 2
    # Whether the file was the same is not known any more, nor is it looked for on the disk.
    assert run("diff", saved, saved, "--fail-on", "any").exit_code == 2


def test_every_format_says_so(folder, policy, tmp_path):
    (folder / "x.yaml").write_bytes(UNREAD["no YAML"][1])
    asked = ("check", "--policy", policy, "-f", folder, "-o")
    found = json.loads(run(*asked, "json").stdout)["unread"]
    assert [(one["file"], one["line"], one["files"]) for one in found] == [
        (str(folder / "x.yaml"), 3, 1)
    ]
    markdown = run(*asked, "markdown").stdout
    assert "Not read whole" in markdown
    assert "x.yaml" in markdown
    for command in (asked[:-1], ("diff", tmp_path / "k8s/secret.yaml", folder)):
        (log,) = json.loads(run(*command, "-o", "sarif").stdout)["runs"]
        (told,) = log["invocations"]
        assert not told["executionSuccessful"]
        (notification,) = told["toolExecutionNotifications"]
        uri = notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert uri.endswith("x.yaml")


# --- Git --------------------------------------------------------------------------------


@pytest.fixture
def git(folder, monkeypatch):
    """Run git in a repository whose one commit holds the folder."""
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(folder.parent)

    def call(*words):
        options = ("user.name=n", "user.email=e@example.org", "protocol.file.allow=always")
        flags = [word for option in options for word in ("-c", option)]
        done = subprocess.run(["git", *flags, *words], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    call("init", "-q", "-b", "main")
    call("add", "k8s")
    call("commit", "-qm", "one")
    return call


def gate(*paths, span="HEAD~1..HEAD"):
    return run("diff", "--git", span, "--fail-on", "gained", "--", *paths)


@pytest.mark.parametrize("span", ["HEAD~1..HEAD", "HEAD.."])
def test_a_change_that_is_not_read(git, folder, span):
    name, data = UNREAD["a template"]
    (folder / name).write_bytes(data)
    if span != "HEAD..":
        git("add", "-A")
        git("commit", "-qm", "two")
    done = gate("k8s", span=span)
    assert done.exit_code == 2, done.output
    assert f"1 file was not read whole: k8s/{name}" in done.stderr
    git("add", "-A")
    git("commit", "-qm", "two", "--allow-empty")
    git("commit", "-qm", "three", "--allow-empty")
    assert gate("k8s").exit_code == 0, "it has not changed"
    other = Path("other")
    other.mkdir()
    (other / name).write_bytes(b" " + data)
    git("add", "-A")
    git("commit", "-qm", "four")
    assert gate("k8s").exit_code == 0, "it is not asked about"
    assert gate("other").exit_code == 2


LINKS = {
    "to a file elsewhere": ("../shared/admin.yaml", 1, ""),
    "to a file of another suffix": ("../shared/admin.tmpl", 1, ""),
    "through a link to a folder": ("../via/admin.yaml", 1, ""),
    "to another link": ("../shared/again.yaml", 1, ""),
    "out of the repository": ("../../outside.yaml", 2, "leads out of the repository"),
    "to an absolute path": ("/etc/hostname", 2, "leads out of the repository"),
    "to nothing": ("../shared/nothing.yaml", 2, "a link to what is not there"),
    "to itself": ("x.yaml", 2, ""),
}


@pytest.mark.parametrize("span", ["HEAD~1..HEAD", "HEAD.."])
@pytest.mark.parametrize("case", LINKS)
def test_a_link(git, folder, case, span):
    target, status, words = LINKS[case]
    shared = Path("shared")
    shared.mkdir()
    (shared / "admin.yaml").write_text(ADMIN)
    (shared / "admin.tmpl").write_text(ADMIN)
    (shared / "again.yaml").symlink_to("admin.yaml")
    Path("via").symlink_to("shared")
    git("add", "-A")
    git("commit", "-qm", "shared")
    assert gate("k8s").exit_code == 0
    (folder / "x.yaml").symlink_to(target)
    if span != "HEAD..":
        git("add", "-A")
        git("commit", "-qm", "link")
    done = gate("k8s", span=span)
    assert done.exit_code == status, done.output
    assert words in done.stderr
    if status == 1:
        assert "user:mallory" in done.stdout
        assert "shared/admin." in done.stdout  # where the text stands
    # A link that stays is no change, be it read or not.
    git("add", "-A")
    git("commit", "-qm", "link", "--allow-empty")
    git("commit", "-qm", "nothing", "--allow-empty")
    assert gate("k8s").exit_code == 0
    # What it leads to may change without it.
    if status == 1:
        for name in ("admin.yaml", "admin.tmpl"):
            (shared / name).write_text(ADMIN.replace("mallory", "eve"))
        git("commit", "-qam", "eve")
        done = gate("k8s")
        assert done.exit_code == 1
        assert "user:eve" in done.stdout


@pytest.mark.parametrize("span", ["HEAD~1..HEAD", "HEAD.."])
def test_a_link_to_a_folder_is_followed_where_it_is_named(git, folder, span):
    Path("shared").mkdir()
    Path("shared/admin.yaml").write_text(ADMIN)
    (folder / "more").symlink_to("../shared")
    if span != "HEAD..":
        git("add", "-A")
        git("commit", "-qm", "link")
    done = gate("k8s", span=span)
    assert done.exit_code == 0, "kubectl does not follow it"
    verbose = run("diff", "--git", span, "-v", "--", "k8s")
    assert "k8s/more: warning: is a link to the folder shared" in verbose.stderr
    assert gate("k8s/secret.yaml", "k8s/more", span=span).exit_code == 1
    assert gate("k8s", "shared", span=span).exit_code == 1
    told = run("diff", "--git", span, "-v", "--", "k8s", "shared").stderr
    assert "k8s/more" not in told


@pytest.mark.parametrize("span", ["HEAD~1..HEAD", "HEAD.."])
def test_a_submodule(git, folder, tmp_path, span):
    module = tmp_path / "module"
    module.mkdir()
    git("-C", module, "init", "-q")
    (module / "admin.yaml").write_text(ADMIN)
    git("-C", module, "add", ".")
    git("-C", module, "commit", "-qm", "admin")
    Path(".git/info/exclude").write_text("/module\n/access.yaml\n")
    git("submodule", "--quiet", "add", module, "k8s/module")
    if span == "HEAD..":
        done = gate("k8s", span=span)
    git("commit", "-qam", "module")
    if span != "HEAD..":
        done = gate("k8s", span=span)
    assert done.exit_code == 2, done.output
    assert "k8s/module" in done.stderr
    assert "is a repository of its own" in done.stderr
    allowed = ("--fail-on", "gained", "--allow-unread", "k8s/module", "--", "k8s")
    assert run("diff", "--git", "HEAD~1..HEAD", *allowed).exit_code == 0
    git("commit", "-qm", "nothing", "--allow-empty")
    assert gate("k8s", span="HEAD~1..HEAD").exit_code == 0
    assert gate("k8s", span="HEAD..").exit_code == 0
    git("-C", folder / "module", "commit", "-qm", "moved", "--allow-empty")
    assert gate("k8s", span="HEAD..").exit_code == 2


def test_paths_at_which_there_is_nothing(git, folder):
    (folder / "admin.yaml").write_text(ADMIN)
    git("add", "-A")
    git("commit", "-qm", "two")
    asked = ("diff", "--git", "HEAD~1..HEAD", "--")
    done = run(*asked, "k8s", "no/such/path")
    assert done.exit_code == 0
    assert "warning: no/such/path: neither side holds supported objects there" in done.stderr
    assert "no/such" not in run(*asked, "k8s", "k8s/admin.yaml").stderr  # new is not absent
    assert run("diff", "--git", "HEAD~1..HEAD", "--strict", "--", "k8s", "no").exit_code == 2
    assert "no/such" not in run("diff", "-q", *asked[1:], "k8s", "no/such/path").stderr


@pytest.mark.usefixtures("git")
def test_a_file_that_may_not_be_read(folder):
    """It is told, whatever the reason: here it goes after it was found."""
    (folder / "x.yaml").write_text(ADMIN)
    files = files_at(None, ["k8s"])
    (folder / "x.yaml").unlink()
    snapshot = load(*files.blobs())
    assert [(one.file, one.code) for one in snapshot.unread] == [("k8s/x.yaml", "unreadable")]


FLUX = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ./elsewhere, sourceRef: {kind: GitRepository, name: x}, postBuild: %s}
"""


@pytest.mark.parametrize(("post_build", "status"), [("{}", 0), ("{substitute: {X: ops}}", 2)])
def test_a_kustomization_of_flux_changes_what_it_may_fill_in(folder, tmp_path, post_build, status):
    (folder / "x.yaml").write_text(ADMIN.replace("mallory", '"${X}"'))
    after = tmp_path / "after"
    shutil.copytree(folder, after)
    (after / "flux.yaml").write_text(FLUX % post_build)
    done = run("diff", folder, after, "--fail-on", "any")
    assert done.exit_code == status, done.output
