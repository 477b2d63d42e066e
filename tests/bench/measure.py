"""Files to measure on, and figures of fresh processes."""

import compileall
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

from shapes import SHAPES

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
_LONG = 60

Command = str | tuple[str, ...]
"""Name of a function of ``tasks``, or a whole command in which FILE stands for the file, and
SECRET for the first Secret there."""


class Figure(NamedTuple):
    """Seconds of processors and on the clock, and the peak of the process's memory in MB."""

    cpu: float
    wall: float
    memory: float

    def __str__(self) -> str:
        return f"{time(self.cpu)} {time(self.wall)} {self.memory:8,.0f} MB"


def time(seconds: float) -> str:
    """Return seconds as they are shown."""
    return f"{seconds * 1000:8.1f} ms" if seconds < 1 else f"{seconds:9.2f} s"


def _folder(cluster: str, seed: int) -> Path:
    """Return the folder of a cluster's files; another generator, another folder."""
    made_by = b"".join(
        (HERE / f"{n}.py").read_bytes()
        for n in ("cluster", "events", "objects", "shapes", "writers")
    )
    key = hashlib.sha256(made_by).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"rbacgraph-bench-{key}-{cluster}-{seed}"


@cache
def made(cluster: str, seed: int, suffix: str) -> Path:
    """Return one file of a size, or of a shape and its number, made when first asked for."""
    path = _folder(cluster, 0 if is_shape(cluster) else seed) / f"{cluster}.{suffix}"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        sys.stderr.write(f"making {path.name} …\n")
        part = path.with_name(f"part.{suffix}")
        # Not in this process: a child's peak of memory is at least its parent's.
        command = [sys.executable, HERE / "writers.py", cluster, str(seed), part]
        subprocess.run(command, check=True)
        part.rename(path)
    return path


def is_shape(cluster: str) -> bool:
    """Whether it is one of the awkward clusters, and not of a size."""
    return cluster.partition("-")[0] in SHAPES


@cache
def _compile() -> None:
    """Compile the package, as pip does when it installs it: else each process would."""
    compileall.compile_dir(ROOT / "rbacgraph", quiet=2)


@cache
def _first_secret(path: Path) -> str:
    """Return the first Secret of a cluster, found in another process for the sake of memory."""
    command = [sys.executable, HERE / "tasks.py", "first_secret", path]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    found = subprocess.run(command, check=True, env=environment, stdout=subprocess.PIPE).stdout
    name: str = json.loads(found)
    return name


def _command(task: Command, path: Path | None) -> list[str]:
    if isinstance(task, str):
        return [sys.executable, str(HERE / "tasks.py"), task, str(path)]
    words = {"FILE": str(path)}
    if path and "SECRET" in task:
        words["SECRET"] = _first_secret(path)
    return [words.get(word, word) for word in task]


def run(task: Command, path: Path | None) -> Figure:
    """Run one measurement in a fresh process."""
    command = _command(task, path)
    _compile()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    start = perf_counter()
    with (  # what it says is of no interest beside the table, unless it fails
        tempfile.TemporaryFile() as printed,
        tempfile.TemporaryFile() as said,
        subprocess.Popen(command, stdout=printed, stderr=said, env=environment) as process,
    ):
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        cpu, wall = usage.ru_utime + usage.ru_stime, perf_counter() - start
        if process.returncode != 0:
            said.seek(0)
            message = said.read().decode(errors="replace")
            sys.exit(f"{command} failed with {process.returncode}\n{message}")
        if isinstance(task, str):
            printed.seek(0)
            cpu, wall = json.load(printed)
    return Figure(cpu, wall, usage.ru_maxrss * 1024 / 1e6)


@cache
def measured(task: Command, path: Path | None, repeat: int) -> Figure:
    """Return the medians of some runs; fewer of what takes long."""
    figures = [run(task, path)]
    while len(figures) < repeat and figures[0].wall * len(figures) < _LONG:
        figures.append(run(task, path))
    cpu, wall, memory = zip(*figures, strict=True)
    return Figure(median(cpu), median(wall), median(memory))


def least_by_turns(tasks: list[tuple[Command, Path]], repeat: int) -> list[Figure]:
    """Return the least of some runs of each, taken by turns: a busy machine disturbs all alike.

    Fewer of what takes long.
    """
    rounds = [[run(task, path) for task, path in tasks]]
    while tasks and len(rounds) < repeat and sum(one.wall for one in rounds[0]) < _LONG:
        rounds.append([run(task, path) for task, path in tasks])
    return [
        Figure(*(min(column) for column in zip(*figures, strict=True)))
        for figures in zip(*rounds, strict=True)
    ]
