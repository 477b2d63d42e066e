"""Manifests at revisions of a real repository, whose work tree and index stay as they are."""

import shutil
import subprocess

import pytest

import rbacgraph as rg
from rbacgraph.sources.files.git import files_at, resolve

ROLE = """apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules:
- {apiGroups: [""], resources: [secrets], verbs: [get]}
"""


@pytest.fixture(scope="module")
def two_commits(tmp_path_factory):
    """A repository of two commits and a branch."""
    folder = tmp_path_factory.mktemp("repo")
    with pytest.MonkeyPatch.context() as patch:
        forget_git(patch)
        make_two_commits(folder, git_in(folder))
    return folder


@pytest.fixture
def git(tmp_path, monkeypatch, two_commits):
    """Run git in such a repository of the test's own."""
    forget_git(monkeypatch)
    folder = shutil.copytree(two_commits, tmp_path / "repo", symlinks=True)
    run = git_in(folder)
    run.folder = folder
    return run


def forget_git(monkeypatch):
    """A test may run in a hook of Git, which names another repository."""
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)


def git_in(folder):
    def run(*words):
        identity = ("-c", "user.name=n", "-c", "user.email=e@example.org")
        done = subprocess.run(
            ["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    return run


def make_two_commits(folder, run):
    run("init", "-q", "-b", "main")
    (folder / "k8s").mkdir()
    (folder / "k8s" / "role.yaml").write_text(ROLE)
    (folder / "k8s" / "notes.txt").write_text("no manifest")
    (folder / "k8s" / "link.yaml").symlink_to("role.yaml")
    (folder / "other.yaml").write_text(ROLE.replace("reader", "other"))
    (folder / ".gitignore").write_text("ignored.yaml\n")
    run("add", "-A")
    run("commit", "-qm", "one")
    run("branch", "old")
    (folder / "k8s" / "role.yaml").write_text(ROLE.replace("[get]", "[get, list]"))
    (folder / "k8s" / "ünder score.yaml").write_text(ROLE.replace("reader", "second"))
    run("add", "-A")
    run("commit", "-qm", "two")


def names(files):
    return [file.name for file in files.blobs()]


def test_files_of_a_revision(git):
    assert names(files_at("HEAD~1", ["k8s"], git.folder)) == ["k8s/role.yaml"]
    assert names(files_at("HEAD", ["k8s"], git.folder)) == ["k8s/role.yaml", "k8s/ünder score.yaml"]
    (role,) = files_at("HEAD~1", ["k8s/role.yaml"], git.folder).blobs()
    assert role.getvalue().decode() == ROLE
    assert names(files_at("HEAD~1", (), git.folder)) == ["k8s/role.yaml", "other.yaml"]


def test_a_file_that_is_named_counts_whatever_its_suffix(git):
    assert names(files_at("HEAD", ["k8s/notes.txt"], git.folder)) == ["k8s/notes.txt"]
    assert names(files_at(None, ["k8s/notes.txt"], git.folder)) == ["k8s/notes.txt"]


def test_a_file_is_opened_again_by_its_name(git):
    for revision in ("HEAD~1", None):
        files = files_at(revision, ["k8s"], git.folder)
        for blob in files.blobs():
            assert files.opened(blob.name).getvalue() == blob.getvalue()
        assert files.opened("other.yaml") is None


def test_a_file_that_was_read_is_opened_again_without_git(git, monkeypatch):
    files, read = (files_at("HEAD~1", ["k8s"], git.folder) for _ in range(2))
    assert files.opened("k8s/role.yaml").getvalue().decode() == ROLE
    assert names(read) == ["k8s/role.yaml"]
    monkeypatch.setenv("PATH", "")
    assert read.opened("k8s/role.yaml").getvalue().decode() == ROLE
    with pytest.raises(rg.RbacGraphError, match="git was not found"):
        files.opened("k8s/role.yaml")


def test_paths_begin_where_one_stands(git):
    inside = git.folder / "k8s"
    assert names(files_at("HEAD~1", (), inside)) == ["k8s/role.yaml"]
    assert names(files_at("HEAD~1", ["../other.yaml"], inside)) == ["other.yaml"]
    assert names(files_at(None, ["../other.yaml"], inside)) == ["other.yaml"]


def test_the_work_tree_holds_what_is_not_committed_but_not_what_is_ignored(git):
    (git.folder / "k8s" / "new.yaml").write_text(ROLE.replace("reader", "new"))
    (git.folder / "k8s" / "ignored.yaml").write_text(ROLE.replace("reader", "ignored"))
    (git.folder / "k8s" / "role.yaml").unlink()
    assert names(files_at(None, ["k8s"], git.folder)) == ["k8s/new.yaml", "k8s/ünder score.yaml"]


def test_nothing_of_the_repository_changes(git):
    (git.folder / "k8s" / "role.yaml").write_text("changed")
    index = (git.folder / ".git" / "index").read_bytes()
    before = git("status", "--porcelain"), git("rev-parse", "HEAD")
    index = (git.folder / ".git" / "index").read_bytes()
    for revision in ("old", "HEAD", None):
        rg.load_git(revision, "k8s", folder=git.folder)
    assert (git.folder / ".git" / "index").read_bytes() == index
    assert (git("status", "--porcelain"), git("rev-parse", "HEAD")) == before


def test_three_dots_are_where_two_parted(git):
    git("checkout", "-q", "old")
    (git.folder / "other.yaml").write_text("# nothing\n")
    git("commit", "-qam", "aside")
    assert resolve("main...old", git.folder) == git("rev-parse", "main~1")


def test_rules_have_their_lines_though_no_file_holds_them_now(git):
    (git.folder / "k8s" / "role.yaml").unlink()
    cluster = rg.load_git("HEAD", "k8s", folder=git.folder, bootstrap=False)
    (role, _) = cluster.snapshot.roles
    assert cluster.snapshot.where(role) == ("k8s/role.yaml", 1)
    assert cluster.lines.of("k8s/role.yaml", 1, "reader", "rules", 0) == 5


def test_no_files_are_an_empty_cluster(git):
    assert rg.load_git("HEAD", "nowhere", folder=git.folder).is_empty


@pytest.mark.parametrize(
    ("revision", "path", "words"),
    [
        ("nonesuch", "k8s", "no revision 'nonesuch'"),
        ("--all", "k8s", "no revision '--all'"),
        ("HEAD:k8s", "k8s", "no revision 'HEAD:k8s'"),
        ("HEAD...nonesuch", "k8s", "no revision 'nonesuch'"),
        ("HEAD", "../elsewhere", "outside repository"),
        (None, "../elsewhere", "outside repository"),
    ],
)
def test_what_cannot_be_is_said(git, revision, path, words):
    with pytest.raises(rg.InputError, match=words):
        files_at(revision, [path], git.folder)


def test_histories_that_never_met(git):
    git("checkout", "-q", "--orphan", "apart")
    git("commit", "-qm", "apart")
    with pytest.raises(rg.InputError, match="no commit in common"):
        resolve("main...apart", git.folder)


def test_no_repository(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    (tmp_path / "plain").mkdir()
    with pytest.raises(rg.InputError, match="no Git repository"):
        files_at("HEAD", [], tmp_path / "plain")


def test_no_git(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(rg.RbacGraphError, match="git was not found"):
        files_at("HEAD", [], tmp_path)


def test_no_program_of_the_repository_is_run(git, tmp_path):
    """Its configuration and attributes name one for all that git lets one name."""
    mark = tmp_path / "mark"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n")
    program.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("post-index-change", "post-checkout", "reference-transaction", "pre-auto-gc"):
        (hooks / name).symlink_to(program)
    named = [
        "filter.x.clean",
        "filter.x.smudge",
        "filter.x.process",
        "diff.external",
        "diff.x.command",
        "diff.x.textconv",
        "core.sshCommand",
        "core.pager",
        "core.editor",
        "core.askPass",
        "credential.helper",
        "core.alternateRefsCommand",
        "core.gitProxy",
        "gpg.program",
        "merge.x.driver",
        "pager.ls-tree",
        "uploadpack.packObjectsHook",
        "core.fsmonitor",
        "interactive.diffFilter",
    ]
    for key in named:
        git("config", key, str(program))
    git("config", "core.hooksPath", str(hooks))
    (git.folder / ".git/info/attributes").write_text("* filter=x diff=x merge=x text\n")
    (git.folder / "k8s/role.yaml").write_text(ROLE)
    # A partial clone would fetch what it lacks, by a program that its remote names.
    git("config", "remote.far.url", f"ext::{program} %S")
    git("config", "remote.far.promisor", "true")
    git("config", "protocol.ext.allow", "always")
    lacking = git("hash-object", "k8s/role.yaml")
    mark.unlink(missing_ok=True)
    for revision in ("HEAD", "HEAD~1", "main...old", None):
        rg.load_git(revision, "k8s", "other.yaml", folder=git.folder)
        assert not mark.exists(), revision
    (git.folder / ".git/objects" / lacking[:2] / lacking[2:]).unlink(missing_ok=True)
    blob = git("rev-parse", "HEAD:k8s/role.yaml")
    (git.folder / ".git/objects" / blob[:2] / blob[2:]).unlink()
    mark.unlink(missing_ok=True)
    with pytest.raises(rg.InputError, match="does not hold its content"):
        rg.load_git("HEAD", "k8s", folder=git.folder)
    assert not mark.exists()


def test_the_programs_would_be_run(git, tmp_path):
    """The twin: git itself, as it is called by default, runs what the test above names."""
    mark, program = tmp_path / "mark", tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n")
    program.chmod(0o755)
    git("config", "core.fsmonitor", str(program))
    git("ls-files", "--cached", "--others", "--exclude-standard")
    assert mark.exists()
