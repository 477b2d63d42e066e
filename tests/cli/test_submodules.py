"""A gate reads nothing of a submodule: what leads into one is unread if its commit changes."""

import subprocess
from pathlib import Path

import pytest

from rbacgraph.api.loading import load_git
from tests.cli.test_gates import POD, SECRET, run

WAYS = {
    "a folder in it": ({}, ["k8s", "vendor/module/base"]),
    "a file in it": ({}, ["k8s", "vendor/module/base/pod.yaml"]),
    "the submodule": ({}, ["k8s", "vendor/module"]),
    "its folder": ({}, ["k8s", "vendor"]),
    "a link to a file": ({"k8s/x.yaml": Path("../vendor/module/base/pod.yaml")}, ["k8s"]),
    "a link to a link": (
        {"k8s/x.yaml": Path("../y"), "y": Path("vendor/module/base/pod.yaml")},
        ["k8s"],
    ),
    "a link to a folder, named": ({"more": Path("vendor/module/base")}, ["k8s", "more"]),
    "a path through a link": ({"more": Path("vendor/module")}, ["k8s", "more/base/pod.yaml"]),
    "a resource": ({"k8s/kustomization.yaml": "resources: [../vendor/module/base]\n"}, ["k8s"]),
    "a patch": (
        {"k8s/kustomization.yaml": "patches: [{path: ../vendor/module/base/pod.yaml}]\n"},
        ["k8s"],
    ),
    "a chart beside": (
        {
            "k8s/Chart.yaml": "name: shop\nversion: 1.0.0\napiVersion: v2\ndependencies:\n"
            "- {name: base, version: 1.0.0, repository: file://../vendor/module/base}\n"
        },
        ["k8s"],
    ),
}


def git(*words, of="."):
    name = (
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@example.org",
        "-c",
        "protocol.file.allow=always",
    )
    subprocess.run(["git", *name, *words], cwd=of, check=True, capture_output=True)


def put(files):
    for name, content in files.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Path):
            path.symlink_to(content)
        else:
            path.write_text(content)


@pytest.fixture(autouse=True)
def repository(tmp_path, monkeypatch):
    """A repository with a submodule, and a Secret beside it."""
    module, own = tmp_path / "module", tmp_path / "own"
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)
    for folder in (module, own):
        folder.mkdir()
        git("init", "--quiet", "--template=", of=folder)
    monkeypatch.chdir(module)
    put({"base/pod.yaml": POD.replace("LABEL", "web"), "base/other.yaml": SECRET})
    git("add", ".")
    git("commit", "--quiet", "-m", "pod")
    monkeypatch.chdir(own)
    put({"k8s/secret.yaml": SECRET})
    git("submodule", "--quiet", "add", str(module), "vendor/module")


def commit(files):
    put(files)
    git("add", ".")
    git("commit", "--quiet", "--allow-empty", "-m", "change")


def move(*, is_committed):
    git("commit", "--quiet", "--allow-empty", "-m", "another", of="vendor/module")
    if is_committed:
        git("commit", "--quiet", "-am", "module")


def gate(span, paths, *more):
    return run("diff", "--git", span, "--fail-on", "gained", *more, "--", *paths)


@pytest.mark.parametrize("span", ["HEAD~1..HEAD", "HEAD.."])
@pytest.mark.parametrize("way", WAYS)
def test_what_leads_into_a_submodule(way, span):
    files, paths = WAYS[way]
    commit(files)
    commit({"README": "nothing\n"})
    done = gate(span, paths)
    assert done.exit_code == 0, done.output
    move(is_committed=span != "HEAD..")
    done = gate(span, paths)
    assert done.exit_code == 2, done.output
    assert "not read whole" in done.stderr
    assert gate(span, paths, "--allow-unread", "*").exit_code == 0


@pytest.mark.parametrize("way", WAYS)
def test_a_submodule_that_is_not_checked_out_is_as_the_index_has_it(way):
    files, paths = WAYS[way]
    commit(files)
    git("submodule", "--quiet", "deinit", "-f", "vendor/module")
    assert gate("HEAD..", paths).exit_code == 0
    git("update-index", "--cacheinfo", f"160000,{'1' * 40},vendor/module")
    done = gate("HEAD..", paths)
    assert done.exit_code == 2, done.output


@pytest.mark.parametrize("revision", ["HEAD", None])
@pytest.mark.parametrize("way", WAYS)
def test_one_state_names_what_leads_into_a_submodule(way, revision):
    files, paths = WAYS[way]
    commit(files)
    found = load_git(revision, *paths).snapshot
    assert found.unread
    assert not found.pods


@pytest.mark.parametrize("span", ["HEAD~1..HEAD", "HEAD.."])
def test_a_link_that_leads_elsewhere_in_it_has_changed(span):
    commit({"k8s/x.yaml": Path("../y"), "y": Path("vendor/module/base/pod.yaml")})
    Path("y").unlink()
    put({"y": Path("vendor/module/base/other.yaml")})
    if span == "HEAD~1..HEAD":
        commit({})
    assert gate(span, ["k8s"]).exit_code == 2
