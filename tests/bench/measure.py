"""Files to measure on, and figures of fresh processes."""

import compileall
import hashlib
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
_LONG = 60

Command = str | tuple[str, ...]
"""Name of a function of ``tasks``, or a whole command in which FILE stands for the file."""


class Figure(NamedTuple):
    """Seconds, and the peak of the process's memory in MB."""

    seconds: float
    memory: float


def _folder(size: str, seed: int) -> Path:
    """Return the folder of a size's files; another generator, another folder."""
    made_by = b"".join(
        (HERE / f"{n}.py").read_bytes() for n in ("cluster", "events", "objects", "writers")
    )
    key = hashlib.sha256(made_by).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"rbacgraph-bench-{key}-{size}-{seed}"


@cache
def made(size: str, seed: int, suffix: str) -> Path:
    """Return one file of a size, made when first asked for."""
    path = _folder(size, seed) / f"{size}.{suffix}"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        sys.stderr.write(f"making {path.name} …\n")
        part = path.with_name(f"part.{suffix}")
        # Not in this process: a child's peak of memory is at least its parent's.
        subprocess.run([sys.executable, HERE / "writers.py", size, str(seed), part], check=True)
        part.rename(path)
    return path


@cache
def _compile() -> None:
    """Compile the package, as pip does when it installs it: else each process would."""
    compileall.compile_dir(ROOT / "rbacgraph", quiet=2)


def run(task: Command, path: Path | None) -> Figure:
    """Run one measurement in a fresh process."""
    if isinstance(task, str):
        command = [sys.executable, str(HERE / "tasks.py"), task, str(path)]
    else:
        command = [str(path) if word == "FILE" else word for word in task]
    _compile()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    start = perf_counter()
    with (
        tempfile.TemporaryFile() as said,  # of no interest beside the table, unless it fails
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, env=environment) as process,
    ):
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = perf_counter() - start
        if process.returncode != 0:
            said.seek(0)
            message = said.read().decode(errors="replace")
            sys.exit(f"{command} failed with {process.returncode}\n{message}")
    if isinstance(task, str):
        seconds = float(printed)
    return Figure(seconds, usage.ru_maxrss * 1024 / 1e6)


@cache
def measured(task: Command, path: Path | None, repeat: int) -> Figure:
    """Return the median of some runs; fewer of what takes long."""
    figures = [run(task, path)]
    while len(figures) < repeat and figures[0].seconds * len(figures) < _LONG:
        figures.append(run(task, path))
    return Figure(
        median(figure.seconds for figure in figures), median(figure.memory for figure in figures)
    )
