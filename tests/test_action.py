"""The GitHub Action and the pre-commit hooks, on a scratch repository."""

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from tests.action_pins import FILE, is_wanted, pins
from tests.warm_command import warm_command

ROOT = Path(__file__).parent.parent
ACTION = ROOT / ".github/actions/rbacgraph/action.yml"
SHOP = ROOT / "fixtures/clusters/shop"
CHANGE = ROOT / "fixtures/review/ci-restarts.yaml"
POLICY = ROOT / "fixtures/clusters/shop-access.yaml"


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """Where ``rbacgraph`` is this checkout's, as if it were installed."""
    folder = tmp_path_factory.mktemp("bin")
    git = {
        f"GIT_{who}_{what}": "x@example.org"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    with warm_command(folder):
        yield {
            **os.environ,
            **git,
            "GIT_CONFIG_GLOBAL": os.devnull,
            "PATH": f"{folder}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "KUBECONFIG": "/nonexistent/kubeconfig",
        }


@pytest.fixture(scope="module")
def first_commit(tmp_path_factory, environment):
    """A repository whose first commit holds the shop."""
    folder = tmp_path_factory.mktemp("first")
    shutil.copytree(SHOP, folder / "manifests")
    shutil.copyfile(POLICY, folder / "access.yaml")
    git = git_in(folder, environment)
    git("init", "--quiet", "--template=", "--initial-branch=main")
    git("add", ".")
    git("commit", "--quiet", "--message=shop")
    return folder


@pytest.fixture
def repository(tmp_path, environment, first_commit):
    """Such a repository of the test's own, and a runner of Git in it."""
    folder = shutil.copytree(first_commit, tmp_path / "repository")
    return folder, git_in(folder, environment)


def git_in(folder, environment):
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

    return git


def change(repository):
    folder, git = repository
    (folder / "manifests/ci-restarts.yaml").write_text(CHANGE.read_text())
    git("add", ".")


def expression(text, inputs, event):
    """Fill in an expression of GitHub's: the first input or part of the event that is set."""
    values = {f"inputs.{name}": value for name, value in inputs.items()}
    values |= {f"github.event.{name}": value for name, value in event.items()}
    return next(filter(None, (values.get(name) for name in text.split(" || "))), "")


def commands(output):
    """Return what the runner takes for commands of the workflow: it trims lines."""
    found, stopped = [], ""
    for line in output.splitlines():
        text = line.lstrip()
        if stopped:
            stopped = "" if text == f"::{stopped}::" else stopped
        elif text.startswith("::stop-commands::"):
            stopped = text.removeprefix("::stop-commands::")
        elif text.startswith("::") or "##[" in line:
            found.append(text)
    assert not stopped
    return found


def run_action(repository, environment, tmp_path, event=None, **given):
    """Run the action's steps with its inputs, and the event, as GitHub fills them in."""
    folder, _ = repository
    action = yaml.safe_load(ACTION.read_text())
    inputs = {name: str(one.get("default", "")) for name, one in action["inputs"].items()}
    unknown = given.keys() - inputs.keys()
    assert not unknown
    inputs.update(given)
    files = {name: tmp_path / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    (tmp_path / "temp").mkdir(exist_ok=True)
    for step in action["runs"]["steps"]:
        for file in files.values():
            file.write_text("")
        if "run" not in step:
            continue
        filled = {
            name: re.sub(
                r"\$\{\{ (.*?) \}\}", lambda match: expression(match[1], inputs, event or {}), value
            )
            for name, value in step["env"].items()
        }
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
        assert not done.stderr, "all is said in one stream, in order"
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
    (command,) = commands(done.stdout)
    assert command.startswith("::error::")
    assert message in command


def test_the_first_push_of_a_branch_is_held_against_the_policy(repository, environment, tmp_path):
    done, outputs, _ = run_action(
        repository, environment, tmp_path, base="0" * 40, paths="manifests", policy="access.yaml"
    )
    assert done.returncode == 1, done.stderr
    (command,) = commands(done.stdout)
    assert command.startswith("::notice::")
    assert "the policy alone is checked" in command
    assert outputs.keys() == {"policy-sarif"}


def test_a_policy_that_is_wrong_is_bad_usage(repository, environment, tmp_path):
    folder, _ = repository
    (folder / "access.yaml").write_text("access: 3\n")
    done, outputs, _ = run_action(
        repository, environment, tmp_path, base="0" * 40, paths="manifests", policy="access.yaml"
    )
    assert done.returncode == 2, done.stderr
    assert "access.yaml:1" in done.stdout
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


# --- what a pull request changes -------------------------------------------------------

ADMIN = """apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: NAME}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: NAME}]
"""


@pytest.fixture
def pull_request(repository):
    """A pull request that adds Eve, while main, which has moved on, has added Mallory."""
    folder, git = repository

    def add(name):
        (folder / f"manifests/{name}.yaml").write_text(ADMIN.replace("NAME", name))
        git("add", ".")
        git("commit", "--quiet", f"--message={name}")
        return git("rev-parse", "HEAD")

    left = git("rev-parse", "HEAD")
    git("checkout", "--quiet", "-b", "feature")
    head = add("eve")
    git("checkout", "--quiet", "main")
    add("mallory")
    git("checkout", "--quiet", "--detach")
    git("merge", "--quiet", "--no-edit", "feature")
    event = {"pull_request.base.sha": left, "pull_request.head.sha": head, "before": left}
    return event, git("rev-parse", "HEAD")


@pytest.mark.parametrize("depth", [1, 2, 0])
def test_a_pull_request_is_held_against_main_as_it_is(
    repository, pull_request, environment, tmp_path, depth
):
    """Its event names main as it was; what main has gained since is not of the pull request."""
    folder, git = repository
    event, merge = pull_request
    git("update-ref", "refs/pull/1/merge", merge)
    git("config", "uploadpack.allowAnySHA1InWant", "true")
    clone = tmp_path / "clone"
    runs = [
        ("init", "--quiet", clone),
        ("-C", clone, "remote", "add", "origin", folder.as_uri()),
        (
            "-C",
            clone,
            "fetch",
            "--quiet",
            *([f"--depth={depth}"] if depth else []),
            "origin",
            "refs/pull/1/merge",
        ),
        ("-C", clone, "checkout", "--quiet", "FETCH_HEAD"),
    ]
    for words in runs:
        git(*words)
    if depth == 2:
        git("-C", clone, "remote", "remove", "origin")  # two commits are enough
    done, _, summary = run_action((clone, git), environment, tmp_path, event, paths="manifests")
    assert done.returncode == 1, done.stdout
    assert "user:eve" in summary
    assert "mallory" not in summary


def test_a_pull_request_that_adds_nothing_passes(repository, pull_request, environment, tmp_path):
    """The twin: without Eve, who gained by main is not laid to it."""
    _, git = repository
    event, _ = pull_request
    git("checkout", "--quiet", "feature")
    git("rm", "--quiet", "manifests/eve.yaml")
    git("commit", "--quiet", "--message=without")
    event["pull_request.head.sha"] = git("rev-parse", "HEAD")
    git("checkout", "--quiet", "main")
    git("checkout", "--quiet", "--detach")
    git("merge", "--quiet", "--no-ff", "--no-edit", "feature")
    done, _, _ = run_action(repository, environment, tmp_path, event, paths="manifests")
    assert done.returncode == 0, done.stdout


def test_the_head_of_a_pull_request_is_held_against_where_it_left_main(
    repository, pull_request, environment, tmp_path
):
    event, _ = pull_request
    git = repository[1]
    git("checkout", "--quiet", "feature")
    event["pull_request.base.sha"] = git("rev-parse", "main")
    done, _, summary = run_action(repository, environment, tmp_path, event, paths="manifests")
    assert done.returncode == 1, done.stdout
    assert "user:eve" in summary
    assert "mallory" not in summary


@pytest.mark.parametrize("fetched", [True, False])
def test_main_that_was_merged_into_a_pull_request_is_not_laid_to_it(
    repository, pull_request, environment, tmp_path, fetched
):
    """The event may name main as it was before the pull request took it in."""
    event, _ = pull_request
    git = repository[1]
    git("checkout", "--quiet", "feature")
    git("merge", "--quiet", "--no-edit", "main")
    event |= {
        "pull_request.head.sha": git("rev-parse", "HEAD"),
        "pull_request.base.ref": "main",
    }
    git("remote", "add", "origin", repository[0].as_uri())
    if fetched:
        git("update-ref", "refs/remotes/origin/main", "main")
    done, _, summary = run_action(repository, environment, tmp_path, event, paths="manifests")
    assert done.returncode == 1, done.stdout
    assert "user:eve" in summary
    assert "mallory" not in summary


def test_a_pull_request_that_is_merged_already_is_held_against_what_its_event_names(
    repository, pull_request, environment, tmp_path
):
    """Main holds its head by then: held against main, it would add nothing."""
    event, merge = pull_request
    git = repository[1]
    git("checkout", "--quiet", "feature")
    git("update-ref", "refs/remotes/origin/main", merge)
    event["pull_request.base.ref"] = "main"
    done, _, summary = run_action(repository, environment, tmp_path, event, paths="manifests")
    assert done.returncode == 1, done.stdout
    assert "user:eve" in summary


def test_what_is_not_of_the_pull_request_is_not_passed(
    repository, pull_request, environment, tmp_path
):
    """The checkout of pull_request_target is main: held against itself, it gains nothing."""
    event, _ = pull_request
    repository[1]("checkout", "--quiet", "main")
    done, _, _ = run_action(repository, environment, tmp_path, event, paths="manifests")
    assert done.returncode == 2
    (command,) = commands(done.stdout)
    assert "not of the pull request" in command


def test_a_push_is_held_against_what_was_there(repository, environment, tmp_path):
    _, git = repository
    event = {"before": git("rev-parse", "HEAD")}
    change(repository)
    git("commit", "--quiet", "--message=restarts")
    assert run_action(repository, environment, tmp_path, event)[0].returncode == 1


# --- what decides is the base's ---------------------------------------------------------

STRICT = "default: allow\nadmins: [group:platform-admins]\naccess: []\n"
LAX = "default: allow\naccess: []\n"
EVE = ADMIN.replace("NAME", "eve")
POWERS = """apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: powers}
rules: [{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}]
"""


def write(repository, message, files):
    """Commit files by name: a text, what a link leads to, or None for none; return the commit."""
    folder, git = repository
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        if content is None or path.is_symlink() or isinstance(content, Path):
            path.unlink(missing_ok=True)
        if isinstance(content, Path):
            path.symlink_to(content)
        elif content is not None:
            path.write_text(content)
    git("add", "--all")
    git("commit", "--quiet", f"--message={message}")
    return git("rev-parse", "HEAD")


def judge(repository, environment, tmp_path, *, before, change, **given):
    """Run the Action on a change; return its status, what it says, and the summary."""
    base = write(repository, "before", {"README": "", **before})
    write(repository, "change", change)
    given = {"base": base, "paths": "manifests", "fail-on": "", "policy": "policy.yaml", **given}
    done, _, summary = run_action(repository, environment, tmp_path, **given)
    return done.returncode, commands(done.stdout), summary


@pytest.mark.parametrize("event", ["base", "push", "merge", "head"])
def test_a_change_is_not_judged_by_the_policy_that_it_weakens(
    repository, environment, tmp_path, event
):
    git = repository[1]
    base = write(repository, "policy", {"policy.yaml": STRICT})
    git("checkout", "--quiet", "-b", "feature")
    head = write(repository, "eve", {"policy.yaml": LAX, "manifests/eve.yaml": EVE})
    given, told = {"paths": "manifests", "fail-on": "", "policy": "policy.yaml"}, {}
    if event == "base":
        given["base"] = base
    elif event == "push":
        told = {"before": base}
    else:
        told = {"pull_request.base.sha": base, "pull_request.head.sha": head, "before": base}
    if event == "merge":
        git("checkout", "--quiet", "--detach", "main")
        git("merge", "--quiet", "--no-ff", "--no-edit", "feature")
    done, outputs, summary = run_action(repository, environment, tmp_path, told, **given)
    assert done.returncode == 1, done.stdout
    changed, own = commands(done.stdout)
    assert changed.startswith("::notice::policy.yaml is not as in the base")
    assert own.startswith("::notice::by the policy and the baseline of the change")
    assert own.endswith("exits with 0")
    assert "user:eve is effectively cluster-admin" in summary
    assert "Policy <code>policy.yaml</code>" in summary, "and by the change's own"
    (run,) = json.loads(Path(outputs["policy-sarif"]).read_text())["runs"]
    assert "user:eve" in str(run["results"])


def test_a_policy_that_changes_alone_passes(repository, environment, tmp_path):
    """The twin."""
    given = {"before": {"policy.yaml": STRICT}, "change": {"policy.yaml": LAX}}
    status, said, _ = judge(repository, environment, tmp_path, **given)
    assert status == 0
    assert len(said) == 2


def test_what_a_stricter_policy_will_find_is_told(repository, environment, tmp_path):
    before = {"policy.yaml": LAX, "manifests/eve.yaml": EVE}
    given = {"before": before, "change": {"policy.yaml": STRICT}}
    status, said, summary = judge(repository, environment, tmp_path, **given)
    assert status == 0
    assert said[-1].endswith("exits with 1")
    assert "user:eve is effectively cluster-admin" in summary


@pytest.mark.parametrize(
    ("before", "change"),
    [
        ({"policy.yaml": STRICT, "lax.yaml": LAX}, {"policy.yaml": Path("lax.yaml")}),
        ({"policy.yaml": Path("held"), "held": STRICT}, {"held": LAX}),
        ({"policy.yaml": Path("a/held"), "a/held": STRICT}, {"policy.yaml": LAX}),
        ({"a/held": STRICT, "policy.yaml": Path("a/held")}, {"a/held": LAX}),
    ],
    ids=["becomes-link", "target", "was-link", "in-folder"],
)
def test_links_are_followed_in_the_base(repository, environment, tmp_path, before, change):
    change = {**change, "manifests/eve.yaml": EVE}
    assert judge(repository, environment, tmp_path, before=before, change=change)[0] == 1


@pytest.mark.parametrize("form", ["./policy.yaml", "{}/policy.yaml"])
def test_a_policy_may_be_named_in_several_ways(repository, environment, tmp_path, form):
    change = {"policy.yaml": LAX, "manifests/eve.yaml": EVE}
    given = {"before": {"policy.yaml": STRICT}, "policy": form.format(repository[0])}
    assert judge(repository, environment, tmp_path, change=change, **given)[0] == 1


@pytest.mark.parametrize("policy", [LAX, Path("../another.yaml")])
def test_a_link_out_of_the_repository_is_not_replaced(repository, environment, tmp_path, policy):
    """Git tells of such a link how long its text is."""
    (tmp_path / "outside.yaml").write_text(STRICT)
    (tmp_path / "another.yaml").write_text(LAX)
    before = {"policy.yaml": Path("../outside.yaml")}
    change = {"policy.yaml": policy, "manifests/eve.yaml": EVE}
    status, said, _ = judge(repository, environment, tmp_path, before=before, change=change)
    assert status == 2
    assert said[-1].startswith("::error::policy.yaml leads to no file of the base")


@pytest.mark.parametrize(
    ("change", "expected"), [("none", 1), ("another-commit", 2), ("a-folder", 2)]
)
def test_a_policy_in_a_submodule_may_not_change(
    repository, environment, tmp_path, change, expected
):
    """Git does not show what a submodule holds, nor that a folder takes its place."""
    folder, git = repository
    held = tmp_path / "held"
    held.mkdir()
    own = held, git_in(held, environment)
    own[1]("init", "--quiet", "--template=", "--initial-branch=main")
    write(own, "strict", {"policy.yaml": STRICT})
    allow = ("-c", "protocol.file.allow=always")
    git(*allow, "submodule", "--quiet", "add", str(held), "policies")
    base = write(repository, "before", {"README": ""})
    if change == "another-commit":
        write(
            (folder / "policies", git_in(folder / "policies", environment)),
            "lax",
            {"policy.yaml": LAX},
        )
    elif change == "a-folder":
        git("rm", "--quiet", "policies")
        write(repository, "folder", {"policies/policy.yaml": LAX})
    write(repository, "change", {"manifests/eve.yaml": EVE})
    given = {"base": base, "paths": "manifests", "fail-on": "", "policy": "policies/policy.yaml"}
    done, _, _ = run_action(repository, environment, tmp_path, **given)
    assert done.returncode == expected, done.stdout
    assert ("is in a submodule that is not as in the base" in done.stdout) == (expected == 2)


@pytest.mark.parametrize("tracked", [True, False])
def test_a_policy_that_the_base_has_not_is_used(repository, environment, tmp_path, tracked):
    """It is told of one that is new; one from elsewhere is no part of the change."""
    change = {"manifests/eve.yaml": EVE} | ({"policy.yaml": STRICT} if tracked else {})
    if not tracked:
        (tmp_path / "elsewhere.yaml").write_text(STRICT)
    given = {"policy": "policy.yaml" if tracked else str(tmp_path / "elsewhere.yaml")}
    status, said, _ = judge(repository, environment, tmp_path, before={}, change=change, **given)
    assert status == 1
    told = ["::notice::policy.yaml is new: the base has none that could decide"]
    assert said == (told if tracked else [])


@pytest.mark.parametrize("content", ["access: 3\n", None])
def test_a_change_that_breaks_the_policy_fails(repository, environment, tmp_path, content):
    given = {"before": {"policy.yaml": LAX}, "change": {"policy.yaml": content}}
    status, said, _ = judge(repository, environment, tmp_path, **given)
    assert status == 2
    assert said[1].endswith("exits with 2")


def test_a_change_does_not_add_to_what_is_known(repository, environment, tmp_path):
    folder, _ = repository
    words = ["rbacgraph", "check", "--policy", "policy.yaml", "--write-baseline", "known.yaml"]
    words += ["-q", "-f", "manifests"]
    known = []
    for manifests in ("# nobody yet\n", EVE):
        (folder / "policy.yaml").write_text(STRICT.replace("group:platform-admins", ""))
        (folder / "manifests/eve.yaml").write_text(manifests)
        subprocess.run(words, cwd=folder, env=environment, check=True, capture_output=True)
        known.append((folder / "known.yaml").read_text())
    before = {"known.yaml": known[0], "manifests/eve.yaml": "# nobody yet\n"}
    given = {"before": before, "baseline": "known.yaml"}
    change = {"manifests/eve.yaml": EVE, "known.yaml": known[1]}
    status, said, _ = judge(repository, environment, tmp_path, change=change, **given)
    assert status == 1
    assert said[0].startswith("::notice::known.yaml is not as in the base")
    assert said[1].endswith("exits with 0")


DUMPS = {
    "the-same": ({}, {"dump/x.yaml": EVE, "manifests/eve.yaml": EVE}),
    "less": (
        {"dump/x.yaml": POWERS},
        {"dump/x.yaml": "# none\n", "manifests/eve.yaml": EVE.replace("cluster-admin", "powers")},
    ),
    "alone": ({}, {"dump/x.yaml": EVE}),
}


def beside(*scratch, files, before, change):
    """Run the Action with files that are read on both sides; return its status, what it says."""
    given = {"files": files, "policy": "", "fail-on": "gained"}
    return judge(*scratch, before=before, change=change, **given)[:2]


@pytest.mark.parametrize(
    ("case", "files", "expected"),
    [
        ("the-same", "dump/x.yaml", 1),
        ("the-same", "dump", 1),
        ("less", "dump/x.yaml", 1),
        ("alone", "dump/x.yaml", 0),
    ],
)
def test_a_change_does_not_adapt_what_is_read_on_both_sides(
    repository, environment, tmp_path, *, case, files, expected
):
    """Read as it is in the change, the dump would hide who gains; in each revision, also."""
    before, change = DUMPS[case]
    before = {"dump/x.yaml": "# none\n", **before}
    status, said = beside(
        repository, environment, tmp_path, files=files, before=before, change=change
    )
    assert status == expected
    assert said == [f"::notice::{files} is not as in the base: what the base has decides"]


LINKED = {
    "a-link": {"dump/x.yaml": Path("../store/x.txt")},
    "a-link-to-a-link": {"dump/x.yaml": Path("../y"), "y": Path("store/x.txt")},
    "through-a-link": {"dump/x.yaml": Path("../more/x.txt"), "more": Path("store")},
    "deeper": {"dump/sub/x.yaml": Path("../../store/x.txt")},
}


@pytest.mark.parametrize("files", ["dump", "dump/**/*.yaml"])
@pytest.mark.parametrize("way", LINKED)
def test_what_a_link_in_a_folder_leads_to_may_not_change(
    repository, environment, tmp_path, *, way, files
):
    """The folder is the same in both revisions, and what is read of it is not."""
    before = {"dump/y.yaml": "# none\n", "store/x.txt": "# none\n", **LINKED[way]}
    change = {"store/x.txt": EVE, "manifests/eve.yaml": EVE}
    given = {"files": files, "before": before, "change": change}
    status, said = beside(repository, environment, tmp_path, **given)
    if files == "dump":
        assert (status, said) == (
            1,
            ["::notice::dump is not as in the base: what the base has decides"],
        )
    else:
        assert status == 2
        assert said[0].startswith("::error::what dump/**/*.yaml matches leads to what is not as in")


@pytest.mark.parametrize("files", ["dump", "dump/**/*.yaml"])
@pytest.mark.parametrize("way", LINKED)
def test_links_in_a_folder_are_followed(repository, environment, tmp_path, *, way, files):
    before = {"dump/y.yaml": "# none\n", "store/x.txt": POWERS, **LINKED[way]}
    change = {"manifests/eve.yaml": EVE.replace("cluster-admin", "powers"), "store/y": "# none\n"}
    given = {"files": files, "before": before, "change": change}
    assert beside(repository, environment, tmp_path, **given) == (1, [])


def test_links_in_a_folder_of_the_base_are_followed(repository, environment, tmp_path):
    before = {"dump/y.yaml": Path("x.yaml"), "store/x.txt": POWERS, **LINKED["a-link-to-a-link"]}
    change = {"manifests/eve.yaml": EVE.replace("cluster-admin", "powers"), "dump/new": ""}
    given = {"files": "dump", "before": before, "change": change}
    assert beside(repository, environment, tmp_path, **given)[0] == 1


@pytest.mark.parametrize("link", ["../../outside.yaml", "missing"])
def test_a_link_in_a_folder_leads_to_a_file_of_the_base(repository, environment, tmp_path, link):
    (tmp_path / "outside.yaml").write_text("# none\n")
    before = {"dump/x.yaml": Path(link), "dump/y.yaml": "# none\n"}
    given = {"files": "dump", "before": before, "change": {"dump/y.yaml": EVE}}
    status, said = beside(repository, environment, tmp_path, **given)
    assert status == 2
    assert said[-1].startswith("::error::dump/x.yaml leads to no file of the base")


def test_a_folder_may_hold_no_submodule_that_the_base_decides(repository, environment, tmp_path):
    folder, git = repository
    allow = ("-c", "protocol.file.allow=always")
    git(*allow, "submodule", "--quiet", "add", str(folder), "dump/held")
    given = {"files": "dump", "before": {"dump/y.yaml": "# none\n"}, "change": {"dump/y.yaml": EVE}}
    status, said = beside(repository, environment, tmp_path, **given)
    assert status == 2
    assert said[-1].startswith("::error::dump/held is a submodule")


def test_a_link_into_a_submodule_may_not_change(repository, environment, tmp_path):
    folder, git = repository
    allow = ("-c", "protocol.file.allow=always")
    git(*allow, "submodule", "--quiet", "add", str(folder), "held")
    own = folder / "held", git_in(folder / "held", environment)
    before = {"dump/x.yaml": Path("../held/manifests/new.yaml"), "dump/y.yaml": "# none\n"}
    base = write(repository, "before", before)
    write(own, "another", {"manifests/new.yaml": EVE})
    write(repository, "change", {"manifests/eve.yaml": EVE})
    given = {"base": base, "paths": "manifests", "files": "dump", "policy": ""}
    done, _, _ = run_action(repository, environment, tmp_path, **given)
    assert done.returncode == 2
    assert "dump/x.yaml leads to no file of the base" in done.stdout


def test_what_a_pattern_matches_may_not_change(repository, environment, tmp_path):
    before, change = {"dump/x.yaml": "# none\n"}, {"dump/x.yaml": EVE}
    status, said = beside(
        repository, environment, tmp_path, files="dump/*.yaml", before=before, change=change
    )
    assert status == 2
    assert said[0].startswith("::error::what dump/*.yaml matches is not as in the base")


@pytest.mark.parametrize("files", ["dump/x.yaml", "dump", "dump/*.yaml"])
def test_what_does_not_change_is_read_on_both_sides(repository, environment, tmp_path, files):
    change = {"manifests/eve.yaml": EVE.replace("cluster-admin", "powers")}
    before = {"dump/x.yaml": POWERS}
    assert beside(repository, environment, tmp_path, files=files, before=before, change=change) == (
        1,
        [],
    )


def test_the_policy_of_main_as_it_is_decides(repository, environment, tmp_path):
    """A pull request that left main before the policy is held to it all the same."""
    git = repository[1]
    left = write(repository, "policy", {"policy.yaml": LAX})
    git("checkout", "--quiet", "-b", "feature")
    head = write(repository, "eve", {"manifests/eve.yaml": EVE})
    git("checkout", "--quiet", "main")
    main = write(repository, "strict", {"policy.yaml": STRICT})
    git("checkout", "--quiet", "feature")
    event = {"pull_request.base.sha": main, "pull_request.head.sha": head, "before": left}
    given = {"paths": "manifests", "fail-on": "", "policy": "policy.yaml"}
    assert run_action(repository, environment, tmp_path, event, **given)[0].returncode == 1


def test_a_base_that_is_checked_out_compares_nothing(repository, environment, tmp_path):
    """A push to main with ``base: main``; a pull request that its base holds already."""
    git = repository[1]
    eve = write(repository, "eve", {"manifests/eve.yaml": EVE})
    of_request = {"pull_request.base.sha": eve, "pull_request.head.sha": eve}
    for event, base in (({}, "main"), ({}, eve), (of_request, "")):
        done, _, _ = run_action(repository, environment, tmp_path, event, base=base)
        assert done.returncode == 2
        assert "there is nothing to compare" in done.stdout
    git("checkout", "--quiet", "HEAD~1")
    assert run_action(repository, environment, tmp_path, base=eve)[0].returncode == 0, "the twin"


# --- what is not read, and whose words are not commands ---------------------------------


def test_what_is_not_read_fails_the_step(repository, environment, tmp_path):
    folder, git = repository
    event = {"before": git("rev-parse", "HEAD")}
    (folder / "manifests/x.yaml").write_text("{{ if x }}\n" + ADMIN)
    git("add", ".")
    git("commit", "--quiet", "--message=template")
    given = {"paths": "manifests", "fail-on": "gained"}
    done, _, summary = run_action(repository, environment, tmp_path, event, **given)
    assert done.returncode == 2
    assert "manifests/x.yaml" in done.stdout
    assert "Not read whole" in summary
    assert commands(done.stdout)[0].startswith("::error::not everything could be read")
    allowed = {"allow-unread": "other/*\nmanifests/x*\n"}
    done, _, summary = run_action(repository, environment, tmp_path, event, **given, **allowed)
    assert done.returncode == 0, done.stdout
    assert "Not read whole" not in summary


EVENT = "apiVersion: v1\nkind: Event\nmetadata: {name: e, namespace: shop}\n"


@pytest.mark.parametrize(
    ("before", "change", "policy", "expected"),
    [
        ("# none\n", EVENT, "", 2),
        (EVENT, EVENT, "", 0),
        (EVENT, EVENT, "policy.yaml", 2),
        ("# none\n", "# none yet\n", "policy.yaml", 0),
    ],
    ids=["changed", "as-before", "held-against-a-policy", "none"],
)
def test_kinds_that_are_not_looked_into_fail_the_step_on_demand(
    repository, environment, tmp_path, *, before, change, policy, expected
):
    given = {
        "before": {"policy.yaml": LAX, "manifests/e.yaml": before},
        "change": {"manifests/e.yaml": change, "manifests/other.yaml": "# nothing\n"},
        "policy": policy,
    }
    scratch = repository, environment, tmp_path
    assert judge(*scratch, **given, **{"fail-on": "gained,unread-kinds"})[0] == expected
    asked = {"base": repository[1]("rev-parse", "HEAD~1"), "paths": "manifests", "policy": policy}
    assert run_action(*scratch, **asked)[0].returncode == 0, "the twin"


HOSTILE = (
    "::error::x.yaml",
    " ::set-env name=A::x.yaml",
    "##[error]x.yaml",
    "a\n::error::x.yaml",
    "::warning file=a%0A::b.yaml",
)


def test_names_of_files_are_no_commands(repository, environment, tmp_path):
    folder, git = repository
    event = {"before": git("rev-parse", "HEAD")}
    for name in HOSTILE:
        (folder / name).write_text("kind: [\n")
    git("add", "--all")
    git("commit", "--quiet", "--message=hostile")
    done, _, _ = run_action(repository, environment, tmp_path, base="no\n::error::base")
    assert [one[:17] for one in commands(done.stdout)] == ["::error::the revi"]
    done, _, _ = run_action(repository, environment, tmp_path, event, policy="access.yaml")
    assert done.returncode == 2
    assert "::set-env" in done.stdout
    assert [one[:17] for one in commands(done.stdout)] == ["::error::not ever"]


def test_no_diagnostic_begins_as_a_command(tmp_path, monkeypatch, environment):
    monkeypatch.chdir(tmp_path)
    Path("::error::x.yaml").write_text("kind: [\n")
    Path(" ::y.yaml").write_text("kind: [\n")
    words = ["rbacgraph", "check", "--policy", str(POLICY), "-f", str(SHOP), "-f", ".", "-v"]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert commands(done.stderr + done.stdout) == []
    assert "::error::x.yaml" in done.stderr


def test_the_repository_names_no_programs(repository, environment, tmp_path):
    _, git = repository
    event = {"before": git("rev-parse", "HEAD")}
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/mark\n")
    program.chmod(0o755)
    git("config", "core.fsmonitor", str(program))
    done, _, _ = run_action(repository, environment, tmp_path, event)
    assert done.returncode == 0, done.stdout
    assert not (tmp_path / "mark").exists()


# --- what is installed -----------------------------------------------------------------


def pinned_requirements():
    found = pins(FILE.read_text())
    assert all(re.fullmatch(r"==[\w.]+", str(one.specifier)) for one in found)
    return {canonicalize_name(one.name): one for one in found}


def test_all_that_is_installed_is_pinned():
    """pip is told to look for nothing else: what is missing would be missing."""
    pinned = pinned_requirements()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [Requirement(text) for text in project["project"]["dependencies"]]
    for text in project["build-system"]["requires"]:
        assert next(iter(pinned["hatchling"].specifier)).version in Requirement(text).specifier
    for one in wanted:
        (version,) = pinned[canonicalize_name(one.name)].specifier
        assert version.version in one.specifier
    seen = set()
    while wanted:
        one = wanted.pop()
        name = canonicalize_name(one.name)
        if name in seen or (one.marker and not one.marker.evaluate({"extra": ""})):
            continue
        seen.add(name)
        assert name in pinned
        wanted += map(Requirement, metadata.requires(name) or ())


def test_what_is_installed_has_the_hashes_that_are_written_down(environment, tmp_path):
    """pip takes a wheel of one of the hashes, and nothing else; rbacgraph is built from here."""
    wheel = r"--hash=sha256:[0-9a-f]{64}"
    lines = [one for one in FILE.read_text().splitlines() if not one.startswith("#")]
    blocks = re.findall(
        rf"(?:\S.* \\\n(?:    {wheel} \\\n)*    {wheel}\n)", "\n".join(lines) + "\n"
    )
    assert len(blocks) == len(pinned_requirements())
    assert "".join(blocks) == "\n".join(lines) + "\n"
    python, pip, told = (tmp_path / name for name in ("python", "pip", "told"))
    pip.write_text(f'#!/bin/sh\necho "$@" >> {told}\n')
    python.write_text(
        '#!/bin/bash\nmkdir -p "${@: -1}/bin" && cp ' + f'{pip} "${{@: -1}}/bin/pip"\n'
    )
    for program in (python, pip):
        program.chmod(0o755)
    installed = {
        **environment,
        "PATH": "/usr/bin:/bin",
        "INPUT_PYTHON": str(python),
        "RUNNER_TEMP": str(tmp_path),
    }
    subprocess.run(["bash", ACTION.parent / "run.sh"], env=installed, check=False)
    others, own = told.read_text().splitlines()
    assert "--no-deps --require-hashes --only-binary :all:" in others
    assert others.endswith(f"--requirement {FILE}")
    assert own.endswith(f"--no-deps --no-build-isolation {ROOT}")


@pytest.mark.parametrize(
    ("wheel", "wanted"),
    [
        ("a-1-py3-none-any.whl", True),
        ("a-1-py2.py3-none-any.whl", True),
        ("a-1-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl", True),
        ("a-1-cp314-cp314-musllinux_1_2_aarch64.whl", True),
        ("a-1-cp39-abi3-manylinux_2_28_x86_64.whl", True),
        ("a-1-py3-none-manylinux_2_17_aarch64.whl", True),
        ("a-1-cp310-cp310-manylinux_2_17_x86_64.whl", False),
        ("a-1-cp313-cp313t-manylinux_2_17_x86_64.whl", False),
        ("a-1-cp315-abi3-manylinux_2_17_x86_64.whl", False),
        ("a-1-cp312-cp312-macosx_11_0_arm64.whl", False),
        ("a-1-cp312-cp312-win_amd64.whl", False),
        ("a-1-pp311-pypy311_pp73-manylinux_2_28_x86_64.whl", False),
        ("a-1-cp312-cp312-manylinux_2_17_ppc64le.whl", False),
    ],
)
def test_the_hashes_are_of_wheels_that_the_action_can_use(wheel, wanted):
    assert any(map(is_wanted, parse_wheel_filename(wheel)[3])) is wanted


def test_what_the_action_uses_of_others_is_pinned():
    uses = [
        step["uses"]
        for step in yaml.safe_load(ACTION.read_text())["runs"]["steps"]
        if "uses" in step
    ]
    assert uses
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", one) for one in uses)


def test_what_is_cached_is_installed_once(repository, environment, tmp_path):
    """The key is of what is installed, and of where; what is there is not installed again."""
    python = tmp_path / "python"
    python.write_text(f'#!/bin/bash\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    venv = tmp_path / "temp/rbacgraph-venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "complete").touch()
    found = subprocess.run(
        ["which", "rbacgraph"], env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()
    (venv / "bin/rbacgraph").symlink_to(found)
    bare = {**environment, "PATH": "/usr/bin:/bin"}
    key = subprocess.run(
        ["bash", ACTION.parent / "run.sh", "key"],
        check=True,
        env={
            **bare,
            "INPUT_PYTHON": str(python),
            "RUNNER_TEMP": str(tmp_path / "temp"),
            "GITHUB_OUTPUT": str(tmp_path / "out"),
        },
    )
    assert key.returncode == 0
    lines = (tmp_path / "out").read_text().splitlines()
    assert lines[0] == f"path={venv}"
    assert re.fullmatch(r"key=rbacgraph-[0-9a-f]{64}", lines[1])
    event = {"before": repository[1]("rev-parse", "HEAD")}
    done, _, _ = run_action(repository, bare, tmp_path, event, python="/nonexistent")
    assert done.returncode == 0, done.stdout


# --- pre-commit ------------------------------------------------------------------------


def configure(repository, hook, arguments):
    """Have pre-commit run one of our hooks, with the command that is on the ``PATH``."""
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    (found,) = (one for one in hooks if one["id"] == hook)
    local = {**found, "language": "system", "args": arguments}
    (repository[0] / ".pre-commit-config.yaml").write_text(
        yaml.safe_dump({"repos": [{"repo": "local", "hooks": [local]}]})
    )


def pre_commit(repository, environment, hook, *arguments, of=()):
    """Run one of our hooks by pre-commit, of what its options say."""
    configure(repository, hook, list(arguments))
    folder, _ = repository
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", hook, "--verbose", *of],
        cwd=folder,
        env={**environment, "PRE_COMMIT_HOME": str(folder.parent / "pre-commit")},
        capture_output=True,
        text=True,
        check=False,
    )


def diff_by_hook(repository, environment, *of):
    """Return the exit status of ``rbacgraph-diff``, and what is printed."""
    done = pre_commit(repository, environment, "rbacgraph-diff", "--", "manifests", of=of)
    status = re.search(r"exit code: (\d)", done.stdout)
    assert bool(status) == bool(done.returncode), done.stdout + done.stderr
    assert "Skipped" not in done.stdout
    return int(status[1]) if status else 0, done.stdout


def commit(repository, **files):
    """Commit manifests by name; None removes one."""
    folder, git = repository
    for name, text in files.items():
        path = folder / f"manifests/{name}.yaml"
        path.unlink() if text is None else path.write_text(text)
    git("add", "--all", "manifests")
    git("commit", "--quiet", "--message=change")
    return git("rev-parse", "HEAD")


def test_the_hooks_are_a_manifest_that_pre_commit_takes(environment):
    arguments = [sys.executable, "-m", "pre_commit", "validate-manifest", ".pre-commit-hooks.yaml"]
    subprocess.run(arguments, cwd=ROOT, env=environment, check=True)


def test_pre_commit_tells_who_gains(repository, environment):
    change(repository)
    status, told = diff_by_hook(repository, environment)
    assert status == 1
    assert "payments/payment-provider" in told


def test_pre_commit_looks_at_what_is_staged_alone(repository, environment):
    folder, _ = repository
    (folder / "manifests/ci-restarts.yaml").write_text(CHANGE.read_text())
    (folder / "manifests/empty.yaml").write_text("# nothing yet\n")
    repository[1]("add", "manifests/empty.yaml")
    status, told = diff_by_hook(repository, environment)
    assert status == 0, told


@pytest.mark.parametrize(("gate", "status"), [("gained", 0), ("gained,unread-kinds", 2)])
def test_pre_commit_takes_what_to_fail_for(repository, environment, gate, status):
    folder, git = repository
    (folder / "manifests/event.yaml").write_text(EVENT)
    git("add", ".")
    done = pre_commit(
        repository, environment, "rbacgraph-diff", "--fail-on", gate, "--", "manifests"
    )
    assert ("exit code: 2" in done.stdout) == bool(status), done.stdout + done.stderr
    assert "Not looked into: Event." in done.stdout


def test_pre_commit_before_the_first_commit(repository, environment):
    repository[1]("update-ref", "-d", "HEAD")
    status, told = diff_by_hook(repository, environment)
    assert status == 1
    assert "shop/db-credentials" in told


@pytest.mark.parametrize("staged", ["link", "target", "compressed"])
def test_pre_commit_looks_at_files_of_any_name_and_sort(repository, environment, staged):
    """A link is no file to pre-commit, and what it leads to may be called anything."""
    folder, git = repository
    link, target = folder / "manifests/extra.yaml", folder / "extra.txt"
    if staged == "link":
        target.write_text(ADMIN)
    elif staged == "target":
        target.write_text("# nothing yet\n")
        link.symlink_to("../extra.txt")
    git("add", "--all")
    git("commit", "--quiet", "--allow-empty", "--message=before")
    if staged == "link":
        link.symlink_to("../extra.txt")
    elif staged == "target":
        target.write_text(ADMIN)
    else:
        link.with_suffix(".yaml.gz").write_bytes(gzip.compress(ADMIN.encode()))
    git("add", "--all")
    status, told = diff_by_hook(repository, environment)
    assert status == 1, told
    assert "user:NAME" in told


def test_pre_commit_shows_what_a_merge_brings(repository, environment):
    git = repository[1]
    git("checkout", "--quiet", "-b", "feature")
    commit(repository, eve=ADMIN)
    git("checkout", "--quiet", "main")
    git("merge", "--quiet", "--no-commit", "--no-ff", "feature")
    assert diff_by_hook(repository, environment)[0] == 1


@pytest.mark.parametrize("of", [(), ("--all-files",), ("--files", "access.yaml")])
def test_pre_commit_passes_nothing_where_nothing_is_staged(repository, environment, of):
    """As in CI: the last commit, held against itself, gains nothing."""
    commit(repository, eve=ADMIN)
    status, told = diff_by_hook(repository, environment, *of)
    assert status == 2, told
    assert "nothing is staged" in told
    assert "--from-ref BASE --to-ref HEAD" in told


def test_a_new_message_says_how_to_leave_the_hook_out(repository, environment):
    """Git tells a hook nothing by which it would know such a commit."""
    amend = ("pre-commit", "commit", "--amend", "--message=better")
    status, told = by_git(repository, environment, *amend)
    assert status
    assert "exit code: 2" in told
    assert "SKIP=rbacgraph-diff git commit --amend" in told
    status, told = by_git(repository, {**environment, "SKIP": "rbacgraph-diff"}, *amend)
    assert status == 0, told
    (repository[0] / "manifests/empty.yaml").write_text("# nothing yet\n")
    repository[1]("add", "manifests")
    status, told = by_git(repository, environment, *amend)
    assert status == 0, told


@pytest.mark.parametrize(("text", "expected"), [(ADMIN, 1), ("# nothing yet\n", 0)])
@pytest.mark.parametrize("staged", [True, False])
def test_pre_commit_takes_a_range(repository, environment, text, expected, staged):
    """What is staged is no part of it."""
    first = repository[1]("rev-parse", "HEAD")
    commit(repository, eve=text)
    if staged:
        (repository[0] / "manifests/other.yaml").write_text(ADMIN if expected == 0 else "# no\n")
        repository[1]("add", "manifests")
    of = ("--from-ref", first, "--to-ref", "HEAD")
    status, told = diff_by_hook(repository, environment, *of)
    assert status == expected, told


def test_pre_commit_does_not_lay_to_a_branch_what_main_took_away(repository, environment):
    """The range is since the branch left main, as pre-commit finds its files."""
    git = repository[1]
    commit(repository, eve=ADMIN)
    git("checkout", "--quiet", "-b", "feature")
    commit(repository, empty="# nothing yet\n")
    git("checkout", "--quiet", "main")
    commit(repository, eve=None)
    of = ("--from-ref", "main", "--to-ref", "feature")
    status, told = diff_by_hook(repository, environment, *of)
    assert status == 0, told


@pytest.mark.parametrize("to", ["HEAD", "HEAD~1"])
def test_pre_commit_passes_no_range_without_a_commit(repository, environment, to):
    commit(repository, eve=ADMIN)
    status, told = diff_by_hook(repository, environment, "--from-ref", "HEAD", "--to-ref", to)
    assert status == 2, told
    assert f"HEAD holds all of {to}" in told


def by_git(repository, environment, stage, *words):
    """Have Git itself run the hook; return Git's exit status, and what is printed."""
    folder, _ = repository
    environment = {**environment, "PRE_COMMIT_HOME": str(folder.parent / "pre-commit")}
    configure(repository, "rbacgraph-diff", ["--", "manifests"])
    install = [sys.executable, "-m", "pre_commit", "install", f"--hook-type={stage}"]
    subprocess.run(install, cwd=folder, env=environment, check=True, capture_output=True)
    done = subprocess.run(
        ["git", *words], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def push(repository, environment, *words):
    """Push with the hook, as Git and pre-commit run it; return whether it got through."""
    folder, git = repository
    if not (folder.parent / "remote").exists():
        git("init", "--quiet", "--bare", "--template=", str(folder.parent / "remote"))
        git("remote", "add", "origin", (folder.parent / "remote").as_uri())
    status, told = by_git(repository, environment, "pre-push", "push", *words)
    assert bool(status) == ("exit code: 1" in told), told
    return status == 0


def test_a_push_by_pre_commit_is_held_against_what_the_remote_has(repository, environment):
    git = repository[1]
    assert not push(repository, environment, "origin", "main"), "all of it is new"
    git("push", "--quiet", "--no-verify", "origin", "main")
    with_eve = commit(repository, eve=ADMIN)
    assert not push(repository, environment, "origin", "main")
    git("push", "--quiet", "--no-verify", "origin", "main")
    commit(repository, eve=None)
    assert push(repository, environment, "origin", "main")
    assert not push(repository, environment, "--force", "origin", f"{with_eve}:main"), "Eve is back"


def test_what_is_staged_says_nothing_of_a_push(repository, environment):
    """The first push of a repository names no range."""
    folder, git = repository
    (folder / "manifests/empty.yaml").write_text("# nothing yet\n")
    git("add", "manifests")
    assert not push(repository, environment, "origin", "main")


def test_pre_commit_holds_a_policy(repository, environment):
    change(repository)
    done = pre_commit(
        repository, environment, "rbacgraph-check", "--policy", "access.yaml", "-f", "manifests"
    )
    assert done.returncode == 1, done.stderr
    assert "payments/payment-provider" in done.stdout


def test_pre_commit_holds_a_policy_whatever_is_staged(repository, environment):
    commit(repository, eve=ADMIN)
    arguments = ("rbacgraph-check", "--policy", "access.yaml", "-f", "manifests")
    done = pre_commit(repository, environment, *arguments)
    assert "exit code: 1" in done.stdout, done.stdout + done.stderr


def test_pre_commit_passes_where_nobody_gains(repository, environment):
    folder, git = repository
    (folder / "manifests/empty.yaml").write_text("# nothing yet\n")
    git("add", ".")
    status, told = diff_by_hook(repository, environment)
    assert status == 0, told
