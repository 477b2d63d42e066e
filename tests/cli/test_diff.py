"""``rbacgraph diff`` as a person runs it."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from rbacgraph.cli.app import app

BINDING = """---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: new-admins}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: mallory}
"""
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: fresh, namespace: shop}\n"


@pytest.fixture
def sides(shop, tmp_path):
    """The shop, and the shop with one binding more."""
    for side in ("before", "after"):
        (tmp_path / side).mkdir()
        shutil.copy(shop, tmp_path / side)
    (tmp_path / "after" / "new.yaml").write_text(BINDING)
    return str(tmp_path / "before"), str(tmp_path / "after")


def run(*arguments):
    return CliRunner().invoke(app, ["diff", *arguments])


def test_tells_what_a_binding_opens(sides):
    done = run(*sides, "-o", "json")
    assert done.exit_code == 0
    (change,) = json.loads(done.stdout)["changes"]
    assert change["gained"]
    assert [cause["name"] for cause in change["causes"]] == ["new-admins"]
    assert change["causes"][0]["file"].endswith("new.yaml")
    assert change["causes"][0]["parts"][0]["line"] == 7
    assert {p for way in change["ways"] for p in way["principals"]} == {"user:mallory"}


def test_what_is_read_on_both_sides(shop, tmp_path):
    before, after = tmp_path / "before.yaml", tmp_path / "after.yaml"
    before.write_text("# nothing yet\n")
    after.write_text(BINDING)
    done = run("-f", shop, str(before), str(after), "-o", "csv", "-q")
    rows = done.stdout.splitlines()[1:]
    assert rows
    assert all(row.startswith("gained,user:mallory,") for row in rows)


@pytest.mark.parametrize(
    ("what", "there", "back"),
    [("gained", 1, 0), ("gained:certain", 1, 0), ("any", 1, 1), ("", 0, 0)],
)
def test_fails_on_what_is_named(sides, what, there, back):
    options = ("--fail-on", what) if what else ()
    assert run(*sides, *options).exit_code == there
    assert run(*sides[::-1], *options).exit_code == back
    assert run(sides[0], sides[0], *options).exit_code == 0


def test_a_new_admin_of_a_cluster_without_secrets_fails_too(tmp_path):
    """Nobody gains a Secret: the input neither holds nor names one."""
    account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, namespace: shop}\n"
    before, after = tmp_path / "before.yaml", tmp_path / "after.yaml"
    before.write_text(account)
    after.write_text(f"{account}---\n{BINDING}")
    sides = str(before), str(after)
    assert "user:mallory becomes effectively cluster-admin." in run(*sides).stdout
    for what, there, back in (
        ("gained", 1, 0),
        ("gained:certain", 1, 0),
        ("admins", 1, 0),
        ("any", 1, 1),
    ):
        assert run(*sides, "--fail-on", what).exit_code == there
        assert run(*sides[::-1], "--fail-on", what).exit_code == back
    narrow = tmp_path / "narrow.yaml"
    narrow.write_text(after.read_text().replace("cluster-admin", "view"))
    assert run(str(before), str(narrow), "--fail-on", "admins").exit_code == 0


def test_a_new_secret_is_no_gain(shop, tmp_path):
    new = tmp_path / "new.yaml"
    new.write_text(SECRET)
    nothing = tmp_path / "nothing.yaml"
    nothing.write_text(BINDING.replace("cluster-admin", "view-nothing"))
    sides = ("-f", shop, str(nothing), str(new))
    done = run(*sides, "--fail-on", "gained")
    assert done.exit_code == 0
    assert "NEW SECRETS: who reaches them" in done.stdout
    assert run(*sides, "--fail-on", "any").exit_code == 1


def test_what_is_wrong_with_a_side_names_the_side(sides):
    before, after = sides
    Path(after, "new.yaml").write_text(BINDING + "---\nkind: Role\n")
    done = run(before, after)
    assert f" in {after}; -v shows" in done.stderr
    assert run(before, after, "--strict").exit_code == 2
    assert f"error: {after} has errors or warnings" in run(before, after, "--strict").stderr
    assert run(before, after, "-q").stderr == ""


DANGLING = BINDING.replace("new-admins", "dangling").replace("cluster-admin", "not-here")


def told(*arguments):
    """What is said of the input."""
    done = run(*arguments)
    assert done.exit_code == 0
    return done.stderr


def test_what_is_wrong_with_what_both_sides_read_is_told_once_of_that(tmp_path):
    both, before, after = (tmp_path / f"{name}.yaml" for name in ("both", "before", "after"))
    both.write_text(DANGLING)
    before.write_text(SECRET)
    after.write_text(SECRET)
    named = f"1 warning in {both}; -v shows it\n"
    assert told("-f", str(both), str(before), str(after)) == named
    assert told("-f", str(both), "/dev/null", str(after)) == named
    assert told("-f", str(both), "-v", str(before), str(after)).count("not-here") == 1
    strict = run("-f", str(both), "--strict", str(before), str(after))
    assert strict.exit_code == 2
    assert f"error: {both} has errors or warnings" in strict.stderr


def test_what_is_wrong_with_it_beside_one_side_names_that_side(tmp_path):
    """The role is on the other side."""
    both, before, after = (tmp_path / f"{name}.yaml" for name in ("both", "before", "after"))
    both.write_text(DANGLING)
    before.write_text(SECRET)
    role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n"
    rule = '{verbs: [get], apiGroups: [""], resources: [pods]}'
    after.write_text(f"{role}metadata: {{name: not-here}}\nrules: [{rule}]\n")
    words = f"1 warning in {both} with {before}; -v shows it\n"
    assert told("-f", str(both), str(before), str(after)) == words


def test_what_is_wrong_with_one_file_as_both_sides_is_told_once(tmp_path):
    side = tmp_path / "side.yaml"
    side.write_text(DANGLING)
    assert told(str(side), str(side)) == "1 warning in each side; -v shows it\n"


def test_an_object_without_uid_that_undoes_a_whole_dump_is_named_with_its_line(tmp_path):
    """Only a server's List shows that there is no Secret of the name that mallory may create."""

    def item(kind, name, **rest):
        metadata = {"name": name, "namespace": "shop", "uid": f"uid-of-{name}"}
        group = "rbac.authorization.k8s.io/v1" if kind.startswith("Role") else "v1"
        return {"apiVersion": group, "kind": kind, "metadata": metadata, **rest}

    def secrets(verb, *names):
        named = {"resourceNames": names} if names else {}
        return {"verbs": [verb], "apiGroups": [""], "resources": ["secrets"], **named}

    def bound(name, subject):
        ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name}
        return item("RoleBinding", name, roleRef=ref, subjects=[subject])

    items = [
        *(item("Secret", "db"), item("ServiceAccount", "web")),
        item("Role", "reader", rules=[secrets("get", "db")]),
        item("Role", "maker", rules=[secrets("create"), secrets("get", "not-there")]),
        bound("reader", {"kind": "ServiceAccount", "name": "web", "namespace": "shop"}),
        bound("maker", {"kind": "User", "name": "mallory"}),
    ]
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    dump = {"apiVersion": "v1", "items": items, "kind": "List", "metadata": {}}
    before.write_text(json.dumps(dump, indent=4))
    del items[1]["metadata"]["uid"]
    after.write_text(json.dumps(dump, indent=4))
    words = "ServiceAccount shop/web has no uid, unlike others in this List"
    kind = '            "kind": "ServiceAccount",'
    line = after.read_text().split("\n").index(kind) - 1  # the item begins two lines above
    there = run(str(before), str(after), "-o", "json")
    assert f"{after}:{line}: warning: {words} (" in there.stderr
    back = run(str(after), str(before), "-o", "json")
    for done, gained in ((there, False), (back, True)):
        (change,) = (one for one in json.loads(done.stdout)["changes"] if not one["only_secrets"])
        (cause,) = change["causes"]
        assert change["gained"] is gained
        assert (cause["kind"], cause["file"], cause["line"]) == ("Input", str(after), line)
        assert cause["text"] == f"other kinds of objects were listed completely: {words}"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "diff compares BEFORE with AFTER; 0 given"),
        (("one",), "there is no file or folder 'one'"),
        (("one", "two", "three"), "diff compares BEFORE with AFTER; 3 given"),
        (("one", "two", "--fail-on", "lost"), "'lost' is not a value of --fail-on"),
        (("nowhere", "nothing"), "there is no file or folder 'nowhere'"),
        (("one", "two", "-o", "html"), "cannot be written as 'html'"),
    ],
)
def test_bad_usage(arguments, words):
    done = run(*arguments)
    assert done.exit_code == 2
    assert words in done.stderr


def test_revisions_of_a_repository(shop, tmp_path, monkeypatch):
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)

    def git(*words):
        identity = ("-c", "user.name=n", "-c", "user.email=e@example.org")
        subprocess.run(["git", *identity, *words], check=True, capture_output=True)

    git("init", "-q", "repo")
    monkeypatch.chdir(tmp_path / "repo")
    git("commit", "-q", "--allow-empty", "-m", "nothing")
    Path("k8s").mkdir()
    Path("k8s/new.yaml").write_text(BINDING)
    git("add", "-A")
    git("commit", "-qm", "binding")
    Path("k8s/new.yaml").write_text(BINDING.replace("mallory", "eve"))

    def gained(*arguments):
        done = run("-f", shop, "-o", "json", *arguments)
        assert done.exit_code == 0, done.stderr
        changes = json.loads(done.stdout)["changes"]
        assert {c["file"] for change in changes for c in change["causes"]} == {"k8s/new.yaml"}
        return {
            (change["gained"], principal)
            for change in changes
            for way in change["ways"]
            for principal in way["principals"]
        }

    assert gained("--git", "HEAD~1..HEAD", "--", "k8s") == {(True, "user:mallory")}
    assert gained("--git", "HEAD~1...HEAD") == {(True, "user:mallory")}
    both = {(True, "user:eve"), (False, "user:mallory")}
    assert gained("--git", "HEAD..") == both
    assert run("--git", "HEAD").exit_code == 2
    assert "HEAD holds no Kubernetes objects" in run("--git", "HEAD..HEAD", "--", "nowhere").stderr


def test_one_side_given_twice_is_named_once(tmp_path):
    chart = tmp_path / "chart"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: x\n")
    done = run(str(chart), str(chart), "-q")
    assert done.exit_code == 2
    assert f"error: {chart} holds no Kubernetes objects" in done.stderr
    assert f"rbacgraph read {chart};" in done.stderr


def test_two_sides_that_a_tool_must_build_first(tmp_path):
    for side, file in (("old", "kustomization.yaml"), ("new", "Chart.yaml")):
        (tmp_path / side).mkdir()
        (tmp_path / side / file).write_text("name: shop\n")
    sides = [str(tmp_path / side) for side in ("old", "new")]
    done = CliRunner().invoke(app, ["diff", *sides])
    assert done.exit_code == 2
    assert f"run kustomize build {sides[0]} > built.yaml" in done.stderr
    assert f"run helm template {sides[1]} > built.yaml" in done.stderr
