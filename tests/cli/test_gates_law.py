"""No gate is green over what nobody read: the law, over repositories of pieces."""

import glob
import json
import os
import re
import shutil
import subprocess
from collections import Counter
from contextlib import chdir
from pathlib import Path
from posixpath import dirname, normpath
from typing import NamedTuple

import pytest
from click.testing import CliRunner
from hypothesis import given, note, settings
from hypothesis import strategies as st

from rbacgraph.cli.app import app
from tests.cli.conftest import bare
from tests.cli.pieces import (
    ASIDE,
    PATHS,
    ROWS,
    SINGLE,
    Link,
    Module,
    Place,
    Row,
    State,
)
from tests.cli.test_gates import ROLE, SECRET, run
from tests.test_action import environment, pre_commit, run_action  # noqa: F401 - a fixture too
from tests.worlds import ALL, fewer

FOLDERS = (
    *("vault", "policy", "auth/k8s/role", "kv/data", "aws", "templates", "crds", "charts/web"),
    *(".github", "..data", ".git-not", "values.yaml", "x.yaml", "Chart.yml", "-dash", "--git"),
    *(
        "100%",
        "%2F",
        "%s",
        "a b",
        "ünï",
        "[x]",
        "$HOME",
        "it's",
        "deep/" * 20 + "er",
        "node_modules",
    ),
)
STEMS = (
    *("x", "values", "Values", "chart", "secrets", "auth", "config", "", ".hidden", "-f", "--"),
    *("%s", "$x", "a b", "ü", "x.sops", "x.enc", "x.dec", "x.tpl", "role.env", "[a]", "*", "{{x}}"),
    *("x.yaml", "x.gz", "requirements", "helmfile", "_helpers", "Kustomization"),
)
PLAIN = State({f"{PATHS}/base.yaml": f"{SECRET}---\n{ROLE}".encode()})


class Piece(NamedTuple):
    """A row at a place, and what happens to it: an edit, or one of ``CHANGES``."""

    row: Row
    place: Place
    change: str
    to: Place

    def sides(self) -> tuple[State, State]:
        """Return the states before and after."""
        make = self.row.make
        before = State() if self.change == "added" else make(self.place, "")
        if self.change in {"", "added"}:
            return before, make(self.place, "")
        if self.change == "removed":
            return before, State()
        if self.change == "moved":
            return before, make(self.to, "")
        return before, make(self.place, self.change)

    def __repr__(self) -> str:
        return f"{self.row.name} {self.change or 'stays'} at {self.place}"


CHANGES = ("", "added", "removed", "moved")


@st.composite
def pieces(draw):
    """Draw pieces."""
    found = []
    for number in range(draw(st.integers(1, 6))):
        row = draw(st.sampled_from(SINGLE) | st.sampled_from(ROWS[len(SINGLE) :]))
        mark = f"n{number}"
        folders = [
            "/".join([PATHS, mark, *inner])
            for inner in draw(st.tuples(*[st.lists(st.sampled_from(FOLDERS), max_size=2)] * 2))
        ]
        place = Place(
            mark,
            folders[0],
            draw(st.sampled_from(STEMS)),
            draw(st.sampled_from(["", "", ".gz", ".zst"])),
        )
        if row.make(place, "").nothing:
            # What is no object in JSON there is read as a part of a dump of Vault, or refused.
            folders = [folder.replace("/vault", "/vaults") for folder in folders]
            place = place._replace(folder=folders[0])
        change = draw(st.sampled_from((*CHANGES, *row.edits)))
        found.append(Piece(row, place, change, place._replace(folder=f"{folders[1]}/moved")))
    # What may fill in a file, as far as anybody knows, are the variables of all Kustomizations.
    fills = any(piece.row.fills for piece in found)
    return [piece for piece in found if not (fills and piece.row.is_open)]


def together(found: list[Piece]) -> tuple[State, State]:
    """Return the states before and after of a repository of pieces."""
    before = after = PLAIN
    for piece in found:
        old, new = piece.sides()
        before, after = before | old, after | new
    return before, after


class Verdict(NamedTuple):
    """What the law says of two states.

    ``unread`` are names, of before and after; ``kinds`` and ``nothing`` what else changed.
    """

    gains: bool
    unread: tuple[frozenset[str], frozenset[str]]
    kinds: frozenset[str]
    nothing: frozenset[str]


def verdict(before: State, after: State) -> Verdict:
    """Return what the law says: what both sides hold has not changed, wherever it stands."""
    sides = before, after
    both = set(before.unread.values()) & set(after.unread.values())
    unread = tuple(
        frozenset(name for name, sign in one.unread.items() if sign not in both) for one in sides
    )
    passed = [
        {name: one.files[name] for name in (*one.kinds, *one.nothing) if name not in one.unread}
        for one in sides
    ]
    same = set(passed[0].values()) & set(passed[1].values())
    new = [{name for name, data in one.items() if data not in same} for one in passed]
    return Verdict(
        bool(after.users - before.users),
        unread,
        frozenset(
            kind
            for one, names in zip(sides, new, strict=True)
            for name in names
            for kind in one.kinds.get(name, ())
        ),
        frozenset(
            name
            for one, names in zip(sides, new, strict=True)
            for name in names & one.nothing.keys()
        ),
    )


def links(state: State) -> dict[str, str]:
    """Return the links to files, by the name that they lead to."""
    return {
        normpath(f"{dirname(name)}/{one.target}"): name
        for name, one in state.files.items()
        if isinstance(one, Link)
    }


# --- the repository -----------------------------------------------------------------------


class Repository:
    """A repository that holds one state in its first commit, and then another."""

    def __init__(self, top: Path, before: State, after: State) -> None:
        self.top, self.folder, self.sides = top, top / "after", (before, after)
        self.folder.mkdir()
        (top / "policy.yaml").write_text("access: []\ndefault: allow\n")
        self.git("init", "-q", "--template=", "-b", "main")
        self.first = self.commit(before)
        self.second = self.commit(after, self.first)
        self.main = self.git(
            "commit-tree", "-m", "main", "-p", self.first, f"{self.second}^{{tree}}"
        )

    def git(self, *words: str, at: str = ".", **more: str) -> str:
        """Run git."""
        who = {
            f"GIT_{a}_{b}": "n@example.org"
            for a in ("AUTHOR", "COMMITTER")
            for b in ("NAME", "EMAIL")
        }
        when = {f"GIT_{a}_DATE": "2026-01-01T00:00:00Z" for a in ("AUTHOR", "COMMITTER")}
        done = subprocess.run(
            ["git", *words],
            cwd=self.folder / at,
            env={**os.environ, **who, **when, "GIT_CONFIG_GLOBAL": os.devnull, **more},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def commit(self, state: State, parent: str = "") -> str:
        """Write a state into the work tree and commit it; the index stays at the first commit."""
        for path in self.folder.iterdir():
            if path.name != ".git":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        self.write(state, self.folder)
        more = {"GIT_INDEX_FILE": str(self.top / "index")} if parent else {}
        self.git("add", "-A", **more)
        tree = self.git("write-tree", **more)
        made = self.git("commit-tree", "-m", "one", *(["-p", parent] if parent else []), tree)
        if not parent:
            self.git("update-ref", "HEAD", made)
        return made

    def write(self, state: State, top: Path) -> None:
        """Write the files of a state."""
        for name, content in state.files.items():
            path = top / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Link):
                path.symlink_to(content.target)
            elif isinstance(content, Module):
                path.mkdir()
                self.git("init", "-q", "--template=", at=name)
                self.git("commit", "-q", "--allow-empty", "-m", content.commit, at=name)
            else:
                path.write_bytes(content)


def told_in(given, expected: set[str]) -> None:
    """Hold what is named to what the law names: a folder, or what builds them, for several."""
    assert {one["file"] for one in given if one["files"] == 1} <= expected
    told: Counter[str] = Counter()
    for one in given:
        told[mark_of(one["file"])] += one["files"]
    meant = Counter(map(mark_of, expected))
    assert (told - meant, meant - told) == (Counter(), Counter())


def mark_of(name: str) -> str:
    """Return the side and the piece that a file is of."""
    return re.sub(rf"^(before/|after/)?(?:{PATHS}|{ASIDE})/(\w+)/.*", r"\1\2", f"{name}/")


class Asked(NamedTuple):
    """How a gate is asked: ``allowed`` of the unread files are excepted: none, one or all."""

    gate: str
    fail_on: str
    allowed: str


SPANS = {
    "revisions": "{first}..{second}",
    "work tree": "{first}..",
    "merge base": "{main}...{second}",
}
OF_ONE_STATE = {"check": ("--policy", "policy.yaml", "-o", "json"), "risks": ("--fail-on", "high")}
FAIL_ON, ALLOWED = ("gained", "gained,unread-kinds"), ("none", "one", "all")
ASKED = [
    Asked(gate, fail_on, allowed)
    for gate in (*SPANS, "folders", *OF_ONE_STATE)
    for fail_on in FAIL_ON[: 1 if gate in OF_ONE_STATE else None]
    for allowed in ALLOWED
]


class Expected(NamedTuple):
    """What the law expects of a gate: ``allowed`` are the names that are excepted."""

    law: Verdict
    allowed: list[str]
    left: set[str]
    status: int


def expected(repository: Repository, asked: Asked) -> Expected:
    """Return what the law expects of a gate."""
    law = verdict(*repository.sides)
    names = [set(one) for one in law.unread]
    if asked.gate in OF_ONE_STATE:
        names = [set(), set(repository.sides[1].unread)]
    if asked.gate in {"folders", *OF_ONE_STATE}:
        for number, (side, state) in enumerate(
            zip(("before", "after"), repository.sides, strict=True)
        ):
            by_link = links(state)
            names[number] = {f"{side}/{by_link.get(name, name)}" for name in names[number]}
    unread = names[0] | names[1]
    allowed = sorted(unread)[: {"none": 0, "one": 1, "all": None}[asked.allowed]]
    left = unread.difference(allowed)
    unread_kind = law.kinds and "unread-kinds" in asked.fail_on
    status = 0 if asked.gate in OF_ONE_STATE else 2 if unread_kind else int(law.gains)
    return Expected(law, [glob.escape(name) for name in allowed], left, 2 if left else status)


def hold(repository: Repository, asked: Asked) -> None:
    """Hold a gate to the law."""
    meant = expected(repository, asked)
    allowed = [f"--allow-unread={name}" for name in meant.allowed]
    of_diff = (*allowed, "-o", "json", "--fail-on", asked.fail_on)
    if asked.gate in SPANS:
        span = SPANS[asked.gate].format(**vars(repository))
        words = ("diff", "--git", span, *of_diff, "--", PATHS)
    elif asked.gate == "folders":
        words = ("diff", f"before/{PATHS}", f"after/{PATHS}", *of_diff)
    else:
        words = (asked.gate, "-f", f"after/{PATHS}", *OF_ONE_STATE[asked.gate], *allowed)
    with chdir(repository.folder if asked.gate in SPANS else repository.top):
        done = run(*words)
    try:
        compare(done, asked, meant)
    except AssertionError as error:
        error.add_note(f"{asked}: {' '.join(words)}\n{done.output}")
        raise


def compare(done, asked: Asked, meant: Expected) -> None:
    """Compare an answer with what the law expects."""
    if number := len(meant.left):
        assert f"{number} file{'s were' if number > 1 else ' was'} not read whole: " in done.stderr
    if asked.gate == "risks" and not meant.left:
        assert done.exit_code in {0, 1}
    else:
        assert done.exit_code == meant.status, meant
    if asked.gate != "risks":
        answer = json.loads(done.stdout)
        told_in(answer.get("unread", ()), meant.left)
    if asked.gate not in OF_ONE_STATE:
        law = meant.law
        assert {one["kind"] for one in answer.get("unread_kinds", ())} == law.kinds
        if asked.gate != "folders":  # there a file of both sides has two names
            assert answer.get("not_manifests", 0) == len(law.nothing), law.nothing


@pytest.fixture(scope="module", autouse=True)
def _no_git_of_ours():
    with pytest.MonkeyPatch.context() as patch:
        for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
            patch.delenv(name, raising=False)
        yield


def repository_of(found: list[Piece], top: Path) -> Repository:
    """Make a repository of pieces."""
    for path in top.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return Repository(top, *together(found))


@pytest.fixture(scope="module")
def top(tmp_path_factory):
    """A folder in which one repository stands after the other."""
    return tmp_path_factory.mktemp("top")


@settings(max_examples=200 if ALL else 9)
@given(pieces(), st.lists(st.sampled_from(ASKED), min_size=3, max_size=len(ASKED) if ALL else 3))
def test_no_gate_is_green_over_what_nobody_read(top, found, asked):
    repository = repository_of(found, top)
    only_git = any(piece.row.only_git for piece in found)
    if not only_git:
        repository.write(repository.sides[0], top / "before")
    for one in asked:
        if one.gate in SPANS or not only_git:
            hold(repository, one)


@pytest.mark.parametrize("first", range(len(CHANGES) + 1) if ALL else [0])
@pytest.mark.parametrize(
    ("only_git", "fills"), [(True, False), (False, True), *([(True, True), (False, False)] * ALL)]
)
def test_each_piece_has_its_part_in_one_repository(top, first, only_git, fills):
    """Here no piece is left to chance; names and places are."""
    found = []
    left_out = {"is_open" if fills else "fills", *([] if only_git else ["only_git"])}
    rows = [row for row in ROWS if not any(getattr(row, name) for name in left_out)]
    for number, row in enumerate(rows):
        place = Place(f"n{number}", f"{PATHS}/n{number}/f")
        changes = (*CHANGES, *row.edits[number % max(1, len(row.edits)) :][:1])
        change = changes[(first + number) % len(changes)]
        found.append(Piece(row, place, change, place._replace(folder=f"{place.folder}/moved")))
    repository = repository_of(found, top)
    if not only_git:
        repository.write(repository.sides[0], top / "before")
    for one in ASKED:
        if (one.gate in SPANS) == only_git and one.allowed != "one":
            hold(repository, one)


@settings(max_examples=fewer(30))
@given(st.sampled_from(SINGLE), st.sampled_from(["", ".gz", ".zst"]), st.sampled_from(FAIL_ON))
def test_nor_over_a_stream(top, row, suffix, fail_on):
    state = row.make(Place("n0", "f", "x", suffix), "")
    ((_, data),) = state.files.items()
    (top / "base.yaml").write_bytes(PLAIN.files[f"{PATHS}/base.yaml"])
    (top / "nothing.yaml").write_text("# nothing\n")
    (top / "policy.yaml").write_text("access: []\ndefault: allow\n")
    kinds = any(state.kinds.values()) and "unread-kinds" in fail_on
    diff = ("diff", "-f", "base.yaml", "nothing.yaml", "-", "--fail-on", fail_on)
    check = ("check", "-f", "base.yaml", "-f", "-", "--policy", "policy.yaml")
    for words, rest in ((diff, 2 if kinds else int(bool(state.users))), (check, 0)):
        for allowed in ((), ("--allow-unread", "<stdin>")):
            with chdir(top):
                done = CliRunner().invoke(app, bare([*words, *allowed]), input=data)
            note(done.output)
            is_unread = bool(state.unread) and not allowed
            assert done.exit_code == (2 if is_unread else rest)
            assert ("1 file was not read whole: <stdin>" in done.stderr) == is_unread


@settings(max_examples=30 if ALL else 3)
@given(pieces(), st.sampled_from(FAIL_ON), st.sampled_from(ALLOWED))
def test_nor_is_the_hook_or_the_action(top, environment, found, fail_on, allowed):  # noqa: F811
    """Of the hook's ``--fail-on`` and of one that its user adds, the last counts."""
    repository = repository_of(found, top)
    meant = expected(repository, Asked("revisions", fail_on, allowed))
    note(meant)
    both = repository.folder, repository.git
    (repository.folder / "README").write_text("what is staged is never nothing\n")
    repository.git("add", "-A")
    words = [f"--allow-unread={name}" for name in meant.allowed]
    done = pre_commit(
        both, environment, "rbacgraph-diff", "--fail-on", fail_on, *words, "--", PATHS
    )
    status = re.search(r"exit code: (\d)", done.stdout)
    assert (int(status[1]) if status else done.returncode) == meant.status, done.stdout
    repository.git("commit", "-q", "-m", "two")
    given = {"fail-on": fail_on, "allow-unread": "\n".join(meant.allowed), "base": repository.first}
    done, _, _ = run_action(both, environment, top, paths=PATHS, **given)
    assert done.returncode == meant.status, done.stdout
