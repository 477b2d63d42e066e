"""How long each step takes and how much memory, beside a baseline of the same run.

``python tests/bench [--sizes S,M,L,shapes] [--rows json,graph,…] [--repeat N]``

Every measurement is a fresh process; of N the median is shown. Nothing is asserted:
machines differ, and so only ratios tell something. A baseline that would take too long
at the size asked for is measured at a smaller one and scaled by bytes or objects (~).
The table of the goals (``goals.py``) ends it, of the least of N; ``shapes`` are its
awkward clusters.
"""

import argparse
import sys
from typing import NamedTuple

from goal_table import goal_table
from goals import CLI, EXPOSURE, JSON_LOAD, YAML_LOAD
from measure import ROOT, Command, Figure, made, measured, time

SIZES = ("XS", "S", "M", "L")
BARE = (sys.executable, "-c", "pass")


class Row(NamedTuple):
    """One line of the table.

    Parameters
    ----------
    title:
        What is measured; the goals of the plan are the ones to compare with.
    file:
        Format that it reads; empty where it does not depend on the size.
    task, baseline:
        Names of functions of ``tasks``, or whole commands.
    largest:
        Largest size at which the baseline is measured.
    """

    title: str
    file: str
    task: Command
    baseline: Command
    baseline_title: str
    largest: str = "L"


SHOP = (*CLI, "exposure", "-f", str(ROOT / "fixtures" / "clusters" / "shop"), "-o", "csv")
ROWS = {
    "json": Row("JSON to snapshot", "json", "snapshot", "json_load", "json.load", "M"),
    "yaml": Row("YAML to snapshot", "yaml", "snapshot", "yaml_load", "yaml.CSafeLoader", "S"),
    "folder": Row(
        "a file for each object", "json", "folder", "folder_json", "json.loads each", "M"
    ),
    "gate": Row(
        "diff --git, up to 5,000 files", "json", "gate", "gate_yaml", "yaml.CSafeLoader, once", "M"
    ),
    "save": Row("snapshot to its file", "json", "save", "snapshot", "reading the JSON"),
    "saved": Row("file to snapshot", "json", "saved", "snapshot", "reading the JSON"),
    "graph": Row("snapshot to graph", "json", "graph", "graph_networkx", "into networkx"),
    "who": Row("who reaches one Secret", "json", "who", "who_networkx", "nx.ancestors"),
    "paths": Row("every path to one Secret", "json", "paths", "paths_networkx", "nx dijkstra"),
    "explain": Row(
        "ten paths from one", "json", "explain", "explain_networkx", "nx simple paths", "M"
    ),
    "spread": Row(
        "all principals, all Secrets",
        "json",
        "spread",
        "exposure_networkx",
        "nx.descendants of each",
    ),
    "exposure": Row(
        "the same, with cheapest ways",
        "json",
        "exposure",
        "exposure_networkx",
        "nx.descendants of each",
    ),
    "report": Row(
        "the page of everything",
        "json",
        "report",
        "exposure_networkx",
        "nx.descendants of each",
    ),
    "cut": Row(
        "fewest changes for one Secret", "json", "cut", "cut_networkx", "nx.minimum_cut", "M"
    ),
    "cut-needs": Row("the same with many needs", "json", "cut_needs", "cut", "without needs", "M"),
    "process-json": Row("process: exposure of JSON", "json", EXPOSURE, JSON_LOAD, "json.load", "M"),
    "process-yaml": Row(
        "process: exposure of YAML", "yaml", EXPOSURE, YAML_LOAD, "yaml.CSafeLoader", "S"
    ),
    "live-pods": Row(
        "live: Pods, this side", "json", "live_pods", "live_pods_typed", "typed client", "M"
    ),
    "live-secrets": Row(
        "live: Secrets, this side",
        "json",
        "live_secrets",
        "live_secrets_typed",
        "typed client, with data",
        "M",
    ),
    "audit": Row("audit log to needs", "log", "audit", "audit_json", "json.loads each line"),
    "suggest": Row(
        "suggest --all, proven", "json", "suggest_all", "usage_of_all", "usage of the same"
    ),
    "fewest": Row(
        "fewest rules for 300 rights",
        "",
        "fewest_rules",
        "fewest_rules_greedy",
        "greedy, more rules",
    ),
    "audit-gz": Row(
        "gzipped audit log to needs", "log.gz", "audit", "audit_json", "json.loads each line"
    ),
    "trail": Row("CloudTrail to reads", "trail", "audit", "audit_json", "json.loads each line"),
    "help": Row("process: --help", "", (*CLI, "--help"), BARE, "python -c pass"),
    "shop": Row("process: the bundled cluster", "", SHOP, BARE, "python -c pass"),
}

_HEAD = (
    f"{'step':34} {'cpu':>11} {'wall':>11} {'peak':>11} {'ratios':>17}"
    f"   {'baseline: cpu':>11} {'wall':>11}\n"
)


def baseline(row: Row, size: str, seed: int, repeat: int) -> tuple[Figure, str]:
    """Return what the baseline takes, and whether it was measured or scaled."""
    if not row.file:
        return measured(row.baseline, None, repeat), ""
    at = min(size, row.largest, key=SIZES.index)
    path = made(at, seed, row.file)
    figure = measured(row.baseline, path, repeat)
    if at == size:
        return figure, ""
    scale = made(size, seed, row.file).stat().st_size / path.stat().st_size
    return figure._replace(cpu=figure.cpu * scale, wall=figure.wall * scale), "~"


def line(key: str, size: str, seed: int, repeat: int) -> str:
    """Measure one row at one size."""
    row = ROWS[key]
    path = made(size, seed, row.file) if row.file else None
    figure = measured(row.task, path, repeat)
    other, about = baseline(row, size, seed, repeat)
    ratios = f"{figure.cpu / other.cpu:8.3f} {figure.wall / other.wall:8.3f}"
    others = f"{about:1}{time(other.cpu)} {about:1}{time(other.wall)}"
    return f"{row.title:30} {size:3} {figure} {ratios}  {others}  {row.baseline_title}\n"


def main() -> None:
    """Print the steps, then the goals."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--sizes", default="S,M,shapes", help="of XS, S, M, L and shapes; default %(default)s"
    )
    parser.add_argument(
        "--rows",
        default=",".join(ROWS),
        help="steps; none for the goals alone; default: %(default)s",
    )
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    sizes, rows = wanted.sizes.split(","), wanted.rows.split(",")
    unknown = {*sizes} - {*SIZES, "shapes"} | {*rows} - {*ROWS, "none"}
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    if rows != ["none"]:
        sys.stdout.write(_HEAD)
    for key in rows:
        for size in _sizes_of(key, sizes):
            sys.stdout.write(line(key, size, wanted.seed, wanted.repeat))
            sys.stdout.flush()
    for text in goal_table(sizes, wanted.seed, wanted.repeat):
        sys.stdout.write(text)
        sys.stdout.flush()


def _sizes_of(key: str, sizes: list[str]) -> list[str]:
    """Return the sizes at which a row is measured; once, where it reads no file of a size."""
    if key == "none":
        return []
    return [size for size in sizes if size in SIZES] if ROWS[key].file else [""]


if __name__ == "__main__":
    main()
