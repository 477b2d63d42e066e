"""Chooses the worlds that each commit tries, and writes them to ``seeds.jsonl``.

``python -m tests.choose_seeds [FILE…]`` asks the laws of all test files, or of these. Each tries
worlds in order, 300 or as many as it has time for; of those that run an arc of the package that
none before them ran it keeps the fewest that run all that these do. A law that counts what it has
seen may need more: it gets more until it holds. It needs Python 3.12 or 3.13, whose
``sys.monitoring`` watches. As a plugin of pytest, as which it starts itself, it watches the laws.
"""

import os
import subprocess
import sys
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import msgspec
import numpy as np

from tests.worlds import FILE, Chosen, Tried, chosen, digest_of, law_of_now, name_of

CANDIDATES = 300
LEAST = 8
SECONDS = float(os.environ.get("CHOOSE_SECONDS", "4"))
"""After how much time of the processor a law gets no more candidates.

Of 300 worlds of a dear law twice as many are needed as of those that it tries in this time, and
each commit would try them; ``tests/check --all`` draws new ones instead.
"""

ROOT = Path(__file__).parents[1]
PACKAGE = str(ROOT / "rbacgraph")
KNOWN: dict[str, tuple[int, ...]] = {}
"""By law the candidates in which it fails, until the fault is mended."""

INTO = os.environ.get("CHOOSE_INTO", "")
"""The folder in which a run of pytest leaves what it finds."""


def watched(make):
    """Yield the candidates, then again those that ran something new; write down the fewest."""
    law, first, again, start = law_of_now(), Arcs(), Arcs(), process_time()
    with first.watching():
        for first.seed in range(CANDIDATES):
            if first.seed in KNOWN.get(law, ()):
                continue
            yield first.seed
            if process_time() - start > SECONDS:
                break
    for again.seed in sorted(set().union(*first.seeds.values())):
        with again.watching():
            yield again.seed
        sys.monitoring.restart_events()
    row = Chosen(law, name_of(make), digest_of(make), first.seed + 1, tuple(fewest(again.seeds)))
    with Path(INTO, f"rows-{os.getpid()}.jsonl").open("ab") as rows:
        rows.write(msgspec.json.encode(row) + b"\n")


class Arcs:
    """By arc of the package the seeds that run it: a branch, or a function that is entered.

    What is seen once is not looked at again until events are started again: looking at all that
    each seed runs takes longer than what is watched.
    """

    def __init__(self):
        self.seeds = defaultdict(set)
        self.seed = None

    @contextmanager
    def watching(self):
        monitoring, events = sys.monitoring, sys.monitoring.events
        tool, seeds, either = monitoring.COVERAGE_ID, self.seeds, {}

        def branches(code, start, end):
            if not code.co_filename.startswith(PACKAGE):
                return monitoring.DISABLE
            seeds[code, start, end].add(self.seed)
            both = either.setdefault((code, start), end) != end
            return monitoring.DISABLE if both else None

        def starts(code, _):
            if code.co_filename.startswith(PACKAGE):
                seeds[code, 0, 0].add(self.seed)
            return monitoring.DISABLE

        monitoring.use_tool_id(tool, "choose_seeds")
        monitoring.register_callback(tool, events.BRANCH, branches)
        monitoring.register_callback(tool, events.PY_START, starts)
        monitoring.set_events(tool, events.BRANCH | events.PY_START)
        try:
            yield
        finally:
            monitoring.set_events(tool, events.NO_EVENTS)
            monitoring.free_tool_id(tool)


def fewest(arcs):
    """Return the fewest seeds of which each arc has one, and no fewer than the least."""
    from scipy.optimize import LinearConstraint, milp
    from scipy.sparse import lil_array

    needs = sorted(
        {frozenset(seeds) for seeds in arcs.values()}, key=lambda one: (len(one), sorted(one))
    )
    needs = [one for number, one in enumerate(needs) if not any(o < one for o in needs[:number])]
    matrix = lil_array((len(needs), CANDIDATES))
    for row, seeds in enumerate(needs):
        matrix[row, sorted(seeds)] = 1
    ones = np.ones(CANDIDATES)
    found = milp(
        ones,
        integrality=ones,
        bounds=(0, 1),
        constraints=LinearConstraint(matrix.tocsr(), lb=1),
        options={"time_limit": 60},
    )
    picked = np.flatnonzero(found.x > 0.5).tolist() if needs else []
    others = [seed for seed in range(CANDIDATES) if seed not in picked]
    return sorted(picked + others[: max(0, LEAST - len(picked))])


def pytest_configure():
    """Have the laws try the candidates; the run that looks whether they hold tries the chosen."""
    if "CHOOSE_AGAIN" not in os.environ:
        Tried.watched = watched


def pytest_collection_modifyitems(items):
    """Run laws over worlds alone."""
    items[:] = [item for item in items if is_law(item.function)]


def is_law(function):
    return hasattr(function, "__wrapped__") or "worlds" in function.__code__.co_names


def pytest_runtest_logreport(report):
    """Write down which law fails."""
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        with Path(INTO, "failed").open("a") as failed:
            failed.write(f"{report.nodeid}\n")


def run(tests, **environment):
    """Run tests with this plugin; return the rows that they write, and those that fail."""
    with TemporaryDirectory() as folder:
        command = [*(sys.executable, "-m", "pytest", "-q", "-p", "tests.choose_seeds"), *tests]
        command += ["-n", os.environ.get("WORKERS", "2"), "--dist", "worksteal", "--tb", "short"]
        subprocess.run(
            command, cwd=ROOT, check=False, env={**os.environ, "CHOOSE_INTO": folder, **environment}
        )
        lines = [
            line for path in Path(folder).glob("rows-*") for line in path.read_bytes().split(b"\n")
        ]
        failed = Path(folder, "failed")
        return (
            {
                row.law: row
                for row in (msgspec.json.decode(line, type=Chosen) for line in lines if line)
            },
            failed.read_text().splitlines() if failed.exists() else [],
        )


def write(rows):
    lines = [msgspec.json.encode(rows[law]) + b"\n" for law in sorted(rows)]
    FILE.write_bytes(b"".join(lines))


def main():
    """Choose for the laws of some test files, or of all."""
    named = sys.argv[1:]
    files = named or [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        if "tests.worlds import" in path.read_text()
    ]
    found, broken = run(files)
    old = chosen() if FILE.exists() else {}
    rows = found | {law: row for law, row in old.items() if named and law not in found}
    write(rows)
    asked = sorted(found)
    while asked := run(asked, CHOOSE_AGAIN="yes")[1] if asked else []:
        for law in asked:
            row = rows[law]
            others = [seed for seed in range(CANDIDATES) if seed not in row.seeds]
            if not others:
                sys.exit(f"{law} fails whatever it tries")
            rows[law] = msgspec.structs.replace(
                row, seeds=tuple(sorted((*row.seeds, *others[: len(row.seeds)])))
            )
        write(rows)
    for law in broken:
        print(f"fails in one of the candidates, and is not chosen for: {law}")  # noqa: T201


if __name__ == "__main__":
    main()
