"""The house gets no heavier: lines, modules and the files that an answer runs, as they are.

``python -m tests.test_budget`` writes what is less now into ``budget.json``. It raises nothing: an
issue that states how much it adds raises a number by hand, in the commit that closes it.
"""

import ast
import inspect
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "rbacgraph"
BUDGET = ROOT / "tests" / "budget.json"
SLACK = 40
"""The most lines by which a number may lie above what is there."""

LONG = 60
"""The most lines of code of a technique."""

SHOP = "fixtures/clusters/shop"
RUN = {
    "paths": ["paths", "shop/db-credentials", "-f", SHOP],
    "exposure": ["exposure", "-f", SHOP],
    "admins": ["admins", "-f", SHOP],
    "risks": ["risks", "-f", SHOP],
    "diff": ["diff", SHOP, "fixtures/clusters/shop-manifests"],
}
QUESTIONS = {
    "paths": ["cli/commands/access/paths", "model/answers/paths", "report/answers/paths"],
    "reach": ["cli/commands/access/reach", "report/answers/reach"],
    "exposure": ["cli/commands/access/exposure", "*/answers/exposure*"],
    "admins": ["cli/commands/access/admins", "model/answers/admins", "report/*/admins"],
    "risks": ["cli/commands/changes/risks", "model/answers/risk/*", "report/review/risks*"],
    "diff": ["cli/commands/changes/diff", "model/answers/diff", "report/review/diff*"],
    "check": ["cli/commands/changes/check", "model/answers/policy_check", "report/review/check*"],
    "cut": ["cli/commands/changes/cut", "model/changes/cut", "report/advice/cut"],
    "suggest": ["cli/commands/changes/suggest", "model/changes/suggestion", "report/*/suggest"],
    "vault": ["cli/commands/stores/vault", "model/*/vault_*", "report/advice/vault_*"],
    "usage": ["cli/commands/requests/usage", "model/answers/usage", "report/answers/usage"],
    "verify": ["cli/commands/requests/verify", "model/answers/verif*", "report/answers/verify"],
    "rights": ["cli/commands/requests/rights", "model/answers/rights", "report/answers/rights"],
    "decisions": ["cli/commands/requests/*can*", "model/answers/decision", "report/*/decisions"],
}
"""The modules of each question from its command to its text, without the algorithms."""

COUNTER = f"""
import inspect, json, sys
seen = set()
def look(frame, event, _):
    if event == "call" and frame.f_code.co_flags & {inspect.CO_OPTIMIZED}:
        seen.add(frame.f_code.co_filename)
sys.setprofile(look)
try:
    from rbacgraph.cli.app import app
    app(sys.argv[2:], standalone_mode=False)
finally:
    sys.setprofile(None)
    found = [name for name in seen if name.startswith({str(PACKAGE)!r})]
    open(sys.argv[1], "w").write(json.dumps(len(found)))
"""


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def code(path: Path) -> int:
    """Count the lines that hold code, without imports."""
    found = set()
    documented = ast.Module | ast.ClassDef | ast.FunctionDef
    tree = ast.parse(path.read_text())
    texts = [one.body[0] for one in ast.walk(tree) if isinstance(one, documented) and one.body]
    skipped = {id(one) for one in texts if isinstance(getattr(one, "value", None), ast.Constant)}
    for one in ast.walk(tree):
        is_code = isinstance(one, ast.stmt) and not isinstance(one, ast.Import | ast.ImportFrom)
        if is_code and id(one) not in skipped:
            last = one.body[0].lineno - 1 if hasattr(one, "body") else one.end_lineno
            found |= set(range(one.lineno, (last or one.lineno) + 1))
    return len(found)


def techniques() -> list[Path]:
    return [path for path in modules() if "\nEDGE" in path.read_text() and "spec" not in path.parts]


def measured() -> dict[str, dict[str, int]]:
    """Return the present numbers but for the files that run."""
    room = Counter[str]()
    for path in modules():
        room[path.relative_to(PACKAGE).parts[0].removesuffix(".py")] += lines(path)
    of_techniques = [code(path) for path in techniques()]
    return {
        "lines": dict(sorted(room.items())),
        "house": {
            "modules": len(modules()),
            "lines of techniques": sum(map(lines, techniques())),
            "code of techniques": sum(of_techniques),
            "long techniques": sum(one > LONG for one in of_techniques),
        },
        "questions": {name: sum(map(lines, files(name))) for name in QUESTIONS},
    }


def files(question: str) -> list[Path]:
    found = [path for glob in QUESTIONS[question] for path in PACKAGE.glob(f"{glob}.py")]
    assert len(found) >= len(QUESTIONS[question]), question
    return found


def files_run(question: str, place: Path) -> int:
    """Count the files of the package in which a function has a frame."""
    place = place / "files"
    command = [sys.executable, "-c", COUNTER, str(place), *RUN[question]]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(place.read_text())


def budget() -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = json.loads(BUDGET.read_text())
    return found


def growths() -> Iterator[str]:
    """Yield the three modules that grew most since the budget was written, as Git knows them."""

    def git(*words: str) -> str:
        call = ["git", "-C", str(ROOT), *words]
        return subprocess.run(call, capture_output=True, text=True, check=False).stdout

    last = git("log", "-1", "--format=%H", "--", str(BUDGET)).strip() or "HEAD"
    rows = git("diff", "--numstat", last, "--", "rbacgraph/*.py").splitlines()
    by = {name: int(new) - int(old) for new, old, name in (row.split("\t") for row in rows)}
    yield from (f"{by[name]:+} {name}" for name in sorted(by, key=lambda one: -by[one])[:3])


@pytest.mark.parametrize("part", ["lines", "house", "questions"])
def test_nothing_is_heavier(part):
    found, most = measured()[part], budget()[part]
    over = {name: f"{one} > {most.get(name, 0)}" for name, one in found.items()}
    over = {name: said for name, said in over.items() if found[name] > most.get(name, 0)}
    assert not over, f"{over}; the largest growths: {', '.join(growths())}"


def test_what_is_lighter_is_written_down():
    """Else the next change may be as heavy as what went."""
    found, most = measured(), budget()
    assert found["lines"].keys() == most["lines"].keys()
    slack = {name: most["lines"][name] - found["lines"][name] for name in most["lines"]}
    assert all(one <= SLACK for one in slack.values()), f"{slack}; python -m tests.test_budget"


@pytest.mark.parametrize("question", RUN)
def test_no_answer_runs_through_more_files(question, tmp_path):
    assert files_run(question, tmp_path) <= budget()["files run"][question]


if __name__ == "__main__":
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as place:
        now = {**measured(), "files run": {name: files_run(name, Path(place)) for name in RUN}}
    before = budget() if BUDGET.exists() else {}
    for part, numbers in now.items():
        for name, one in numbers.items():
            numbers[name] = min(one, before.get(part, {}).get(name, one))
    BUDGET.write_text(json.dumps(now, indent=1) + "\n")
