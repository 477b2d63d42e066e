"""The goals for speed and memory, as data: what is run on what, and the most that it may take.

Ratios are of processors' seconds of whole processes, of one run of the bench, by turns.
"""

import sys
from typing import NamedTuple

from measure import Command

CLI = (sys.executable, "-c", "from rbacgraph.cli import main; main()")
EXPOSURE = (*CLI, "exposure", "-f", "FILE", "-o", "csv")
# Baselines decode a file, and do no more. With the cyclic garbage collector, which rbacgraph
# pauses too, they take up to three times as long.
_READ = "import gc, json, sys, yaml; gc.disable(); file = open(sys.argv[1], 'rb'); "
JSON_LOAD = (sys.executable, "-c", _READ.replace(", yaml", "") + "json.load(file)", "FILE")
YAML_LOAD = (sys.executable, "-c", _READ + "yaml.load(file, yaml.CSafeLoader)", "FILE")

_REPORT = (*CLI, "report", "-f", "FILE", "-o", "html")
_CUT = (*CLI, "cut", "--secret", "SECRET", "-f", "FILE")
_PATHS = (*CLI, "paths", "big/db", "-f", "FILE", "-o", "csv")
_LEAST = "crossing-1"


class Process(NamedTuple):
    """A whole process, and the file that it reads: of a size, or of a shape and its number."""

    title: str
    command: Command
    cluster: str
    suffix: str = "json"


class Goal(NamedTuple):
    """What may be taken at most.

    Parameters
    ----------
    work, against:
        What is measured, and the process whose seconds its own are divided by.
    start:
        A process whose seconds are first taken off both.
    cpu, wall:
        The largest ratio of processors' seconds, and of seconds on the clock.
    memory:
        The highest peak of ``work``, in MB.
    """

    work: Process
    against: Process | None = None
    start: Process | None = None
    cpu: float | None = None
    wall: float | None = None
    memory: float | None = None


def _exposure(cluster: str, suffix: str = "json") -> Process:
    return Process(f"exposure {cluster}.{suffix}", EXPOSURE, cluster, suffix)


def _json_load(cluster: str) -> Process:
    return Process("json.load", JSON_LOAD, cluster)


def _yaml_load(cluster: str) -> Process:
    return Process("CSafeLoader", YAML_LOAD, cluster, "yaml")


def _of_shape(shape: str, count: int) -> Process:
    return Process(f"exposure {shape} {count}", EXPOSURE, f"{shape}-{count}")


def _twice(shape: str, count: int) -> Goal:
    """Return the goal that twice as many take about twice as long; four times is quadratic."""
    least = Process("exposure of a dozen objects, the start", EXPOSURE, _LEAST)
    return Goal(_of_shape(shape, 2 * count), _of_shape(shape, count), least, cpu=3)


GOALS = (
    Goal(_exposure("S"), _json_load("S"), cpu=4.5),
    Goal(_exposure("M"), _json_load("M"), cpu=2.1, wall=1.6),
    Goal(_exposure("L"), _json_load("L"), cpu=1.7, memory=1_000),
    Goal(_exposure("S", "yaml"), _yaml_load("S"), cpu=0.45),
    Goal(_exposure("M", "yaml"), _exposure("M"), cpu=2.2),
    Goal(Process("report M", _REPORT, "M"), _exposure("M"), cpu=7, memory=400),
    Goal(Process("cut M", _CUT, "M"), _exposure("M"), cpu=4, memory=350),
    Goal(_of_shape("binders", 200), _of_shape("binders", 50), cpu=4),
    Goal(_of_shape("group_chain", 500), _of_shape("group_chain", 125), cpu=5),
    Goal(Process("paths token_chain 2000", _PATHS, "token_chain-2000"), memory=600),
    _twice("binders", 400),
    _twice("group_chain", 1_000),
    _twice("token_chain", 2_000),
    _twice("imp_users", 800),
    _twice("crbs_admin", 4_000),
    _twice("many_rules", 8_000),
    _twice("many_names", 8_000),
    _twice("crossing", 200),
)
