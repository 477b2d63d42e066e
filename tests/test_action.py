"""The GitHub Action and the pre-commit hooks, on a scratch repository."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
ACTION = ROOT / ".github/actions/rbacgraph/action.yml"
SHOP = ROOT / "fixtures/clusters/shop"
CHANGE = ROOT / "fixtures/review/ci-restarts.yaml"
POLICY = ROOT / "fixtures/clusters/shop-access.yaml"


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """Where ``rbacgraph`` is this checkout's, as if it were installed."""
    folder = tmp_path_factory.mktemp("bin")
    command = folder / "rbacgraph"
    command.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\n"
        "from rbacgraph.cli import main\nmain()\n"
    )
    command.chmod(0o755)
    git = {
        f"GIT_{who}_{what}": "x@example.org"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    return {
        **os.environ,
        **git,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "PATH": f"{folder}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "KUBECONFIG": "/nonexistent/kubeconfig",
    }


@pytest.fixture
def repository(tmp_path, environment):
    """A repository whose first commit holds the shop, and a runner of Git in it."""
    folder = tmp_path / "repository"
    (folder / "manifests").mkdir(parents=True)
    for file in SHOP.glob("*.yaml"):
        (folder / "manifests" / file.name).write_text(file.read_text())
    (folder / "access.yaml").write_text(POLICY.read_text())

    def git(*arguments):
        done = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    git("init", "--quiet", "--initial-branch=main")
    git("add", ".")
    git("commit", "--quiet", "--message=shop")
    return folder, git


def change(repository):
    folder, git = repository
    (folder / "manifests/ci-restarts.yaml").write_text(CHANGE.read_text())
    git("add", ".")


def run_action(repository, environment, tmp_path, **given):
    """Run the action's step with its inputs as GitHub fills them in."""
    folder, _ = repository
    action = yaml.safe_load(ACTION.read_text())
    inputs = {name: str(one.get("default", "")) for name, one in action["inputs"].items()}
    unknown = given.keys() - inputs.keys()
    assert not unknown
    inputs.update(given)
    (step,) = action["runs"]["steps"]
    filled = {
        name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda match: inputs[match[1]], value)
        for name, value in step["env"].items()
    }
    files = {name: tmp_path / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for file in files.values():
        file.touch()
    (tmp_path / "temp").mkdir()
    done = subprocess.run(
        ["bash", "-c", step["run"]],
        cwd=folder,
        env={
            **environment,
            **filled,
            **{name: str(file) for name, file in files.items()},
            "GITHUB_ACTION_PATH": str(ACTION.parent),
            "RUNNER_TEMP": str(tmp_path / "temp"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    outputs = dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines())
    assert outputs.keys() <= action["outputs"].keys()
    return done, outputs, files["GITHUB_STEP_SUMMARY"].read_text()


def test_a_gain_fails_the_step_and_is_told(repository, environment, tmp_path):
    base = repository[1]("rev-parse", "HEAD")
    change(repository)
    repository[1]("commit", "--quiet", "--message=restarts")
    done, outputs, summary = run_action(
        repository, environment, tmp_path, base=base, paths="manifests\n", policy="access.yaml"
    )
    assert done.returncode == 1, done.stderr
    assert "payments/payment-provider" in summary
    (run,) = json.loads(Path(outputs["sarif"]).read_text())["runs"]
    (place, *_) = run["results"][0]["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "manifests/ci-restarts.yaml"
    (checked,) = json.loads(Path(outputs["policy-sarif"]).read_text())["runs"]
    assert checked["results"]
    assert Path(outputs["markdown"]).read_text() in summary


def test_what_changes_nothing_passes(repository, environment, tmp_path):
    folder, git = repository
    base = git("rev-parse", "HEAD")
    (folder / "README").touch()
    git("add", ".")
    git("commit", "--quiet", "--message=words")
    done, _, summary = run_action(repository, environment, tmp_path, base=base)
    assert done.returncode == 0, done.stderr
    assert summary


@pytest.mark.parametrize(
    ("base", "message"),
    [
        ("", "nothing tells what to compare with"),
        ("0" * 40, "nothing tells what to compare with"),
        ("1" * 40, "check out with fetch-depth: 0"),
    ],
)
def test_a_base_that_is_not_there_is_said(repository, environment, tmp_path, base, message):
    done, _, _ = run_action(repository, environment, tmp_path, base=base)
    assert done.returncode == 2
    assert "::error::" in done.stderr
    assert message in done.stderr


def test_the_first_push_of_a_branch_is_held_against_the_policy(repository, environment, tmp_path):
    done, outputs, _ = run_action(
        repository, environment, tmp_path, base="0" * 40, paths="manifests", policy="access.yaml"
    )
    assert done.returncode == 1, done.stderr
    assert "the policy alone is checked" in done.stdout
    assert outputs.keys() == {"policy-sarif"}


def test_a_policy_that_is_wrong_is_bad_usage(repository, environment, tmp_path):
    folder, _ = repository
    (folder / "access.yaml").write_text("access: 3\n")
    done, outputs, _ = run_action(
        repository, environment, tmp_path, base="0" * 40, paths="manifests", policy="access.yaml"
    )
    assert done.returncode == 2, done.stderr
    assert "access.yaml:1" in done.stderr
    assert not outputs


def test_the_work_tree_runs_nothing_where_rbacgraph_is_installed(repository, environment, tmp_path):
    """A pull request may hold a file that is called as a module of Python's is."""
    folder, _ = repository
    (folder / "venv.py").write_text("open('ran', 'w')\n")
    python = tmp_path / "python"
    python.write_text(
        f'#!/bin/bash\n{sys.executable} "$@" --without-pip && cp /bin/false "${{@: -1}}/bin/pip"\n'
    )
    python.chmod(0o755)
    bare = {**environment, "PATH": "/usr/bin:/bin"}
    done, _, _ = run_action(repository, bare, tmp_path, python=str(python))
    assert done.returncode == 1, done.stderr
    assert (tmp_path / "temp/rbacgraph-venv/bin/pip").exists()
    assert not (folder / "ran").exists()


def pre_commit(repository, environment, hook, *arguments):
    """Run one of our hooks by pre-commit, with the command that is on the ``PATH``."""
    folder, _ = repository
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    (found,) = (one for one in hooks if one["id"] == hook)
    local = {**found, "language": "system", "args": list(arguments)}
    (folder / ".pre-commit-config.yaml").write_text(
        yaml.safe_dump({"repos": [{"repo": "local", "hooks": [local]}]})
    )
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", hook, "--verbose"],
        cwd=folder,
        env={**environment, "PRE_COMMIT_HOME": str(folder.parent / "pre-commit")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_hooks_are_a_manifest_that_pre_commit_takes(environment):
    arguments = [sys.executable, "-m", "pre_commit", "validate-manifest", ".pre-commit-hooks.yaml"]
    subprocess.run(arguments, cwd=ROOT, env=environment, check=True)


def test_pre_commit_tells_who_gains(repository, environment):
    change(repository)
    done = pre_commit(repository, environment, "rbacgraph-diff", "--", "manifests")
    assert done.returncode == 1, done.stderr
    assert "payments/payment-provider" in done.stdout


def test_pre_commit_looks_at_what_is_staged_alone(repository, environment):
    folder, _ = repository
    (folder / "manifests/ci-restarts.yaml").write_text(CHANGE.read_text())
    (folder / "manifests/empty.yaml").write_text("# nothing yet\n")
    repository[1]("add", "manifests/empty.yaml")
    done = pre_commit(repository, environment, "rbacgraph-diff", "--", "manifests")
    assert done.returncode == 0, done.stdout


def test_pre_commit_before_the_first_commit(repository, environment):
    repository[1]("update-ref", "-d", "HEAD")
    done = pre_commit(repository, environment, "rbacgraph-diff", "--", "manifests")
    assert done.returncode == 1, done.stdout
    assert "shop/db-credentials" in done.stdout


def test_pre_commit_holds_a_policy(repository, environment):
    change(repository)
    done = pre_commit(
        repository, environment, "rbacgraph-check", "--policy", "access.yaml", "-f", "manifests"
    )
    assert done.returncode == 1, done.stderr
    assert "payments/payment-provider" in done.stdout


def test_pre_commit_passes_where_nobody_gains(repository, environment):
    folder, git = repository
    (folder / "manifests/empty.yaml").write_text("# nothing yet\n")
    git("add", ".")
    done = pre_commit(repository, environment, "rbacgraph-diff", "--", "manifests")
    assert done.returncode == 0, done.stdout
