"""The table of goals: what each takes, in ratios and megabytes, and whether that is enough."""

from collections.abc import Iterator

from goals import GOALS, Goal, Process
from measure import Figure, is_shape, least_by_turns, made

_FORM = "{:50} {:>18} {:>18}  {}\n"


def goal_table(sizes: list[str], seed: int, repeat: int) -> Iterator[str]:
    """Yield the lines of the table, each as soon as it is measured, then what was measured.

    Parameters
    ----------
    sizes:
        Sizes that are measured; ``shapes`` stands for the awkward clusters.
    """
    yield _FORM.format("work", "now", "goal", "").rstrip() + "\n"
    processes: dict[Process, Figure] = {}
    for goal in GOALS:
        size = "shapes" if is_shape(goal.work.cluster) else goal.work.cluster
        if size not in sizes:
            yield _FORM.format(_title(goal), "-", _limits(goal), f"left out: --sizes lacks {size}")
            continue
        new = [
            process
            for process in (goal.work, goal.against, goal.start)
            if process and process not in processes
        ]
        tasks = [(one.command, made(one.cluster, seed, one.suffix)) for one in new]
        processes |= zip(new, least_by_turns(tasks, repeat), strict=True)
        yield _line(goal, processes)
    yield f"\n{'process':50} {'cpu':>11} {'wall':>11} {'peak':>11}\n"
    for process, figure in processes.items():
        yield f"{process.title:50} {figure}\n"


def _title(goal: Goal) -> str:
    """Return the title, in which two counts of one shape share its name."""
    title, against = goal.work.title, goal.against.title if goal.against else ""
    if is_shape(goal.work.cluster):
        against = against.rpartition(" ")[2]
    return title + (against and f" / {against}") + (", less start" if goal.start else "")


def _limits(goal: Goal) -> str:
    return ", ".join(form.format(limit) for _, limit, form in _parts(goal, {}))


def _line(goal: Goal, figures: dict[Process, Figure]) -> str:
    parts = _parts(goal, figures)
    now = ", ".join(form.format(value) for value, _, form in parts)
    met = all(value <= limit for value, limit, _ in parts)
    return _FORM.format(_title(goal), now, _limits(goal), "met" if met else "NOT MET")


def _parts(goal: Goal, figures: dict[Process, Figure]) -> list[tuple[float, float, str]]:
    """Return what is measured, its limit, and the form of both, for all that is limited."""
    none = Figure(0, 0, 0)
    work = figures.get(goal.work, none)
    against = figures.get(goal.against, none) if goal.against else none
    start = figures.get(goal.start, none) if goal.start else none
    return [
        (value, limit, form)
        for value, limit, form in (
            (_ratio(work.cpu - start.cpu, against.cpu - start.cpu), goal.cpu, "{:.2f}"),
            (_ratio(work.wall - start.wall, against.wall - start.wall), goal.wall, "wall {:.2f}"),
            (work.memory, goal.memory, "{:,.0f} MB"),
        )
        if limit is not None
    ]


def _ratio(work: float, against: float) -> float:
    return work / against if against > 0 else float("inf")
