"""What a run takes of the processor, by test file; no file may take too much of the whole.

The hooks run in ``conftest.py``, which imports them. Seconds on the clock say what else the
machine does; shares of one run's processor time say which file to make cheaper.
"""

import os
from collections import Counter

MOST = 0.05
"""The most that one test file may take of the whole set."""

SLACK = 1.5
"""How far above its share a file fails a run: below, its share is noise of one machine."""

EXCEPTIONS = {
    "tests/query/test_hostile_names.py": (0.11, "builds 18 sorts of clusters twice, and asks all"),
    "tests/query/test_plain_engine.py": (0.12, "a second engine looks at 49 sorts of clusters"),
    "tests/test_action.py": (0.06, "120 runs of the Action's steps and of the hooks, with Git"),
    "tests/techniques/test_twins.py": (0.08, "1,800 twins, each asked by its own words"),
}
"""Files that may take more, how much, and why: these shares only shrink."""

SHOWN = 10
_seconds: Counter[str] = Counter()
_before = [0.0]


def _now():
    """Return the processor time of this process and its children that have ended."""
    return sum(os.times()[:4])


def pytest_runtest_logstart():
    """Do not count what lies between tests: collection, and waiting for work."""
    _before[0] = _now()


def pytest_runtest_makereport(item, call):  # noqa: ARG001 - pytest gives them by name
    """Remember what each phase of a test took."""
    now = _now()
    item.user_properties.append(("processor", now - _before[0]))
    _before[0] = now


def pytest_runtest_logreport(report):
    """Count the seconds of a test when its last phase ends, in the process that prints."""
    if report.when == "teardown":
        took = sum(value for name, value in report.user_properties if name == "processor")
        _seconds[report.nodeid.partition("::")[0]] += took


def too_dear(slack=1.0):
    """Yield what is said of each file that takes more than it may, by more than a factor."""
    whole = sum(_seconds.values())
    for file, seconds in _seconds.most_common():
        most, _ = EXCEPTIONS.get(file, (MOST, ""))
        if seconds > most * slack * whole:
            yield f"{file} takes {seconds / whole:.1%} of the set, and may take {most:.0%}"


def is_whole(config):
    """Whether the run is of a whole set, on the processes that run it."""
    return config.option.keyword == "" and config.args == config.getini("testpaths")


def pytest_sessionfinish(session):
    """Fail a whole run in which one file takes far too much."""
    if is_whole(session.config) and not hasattr(session.config, "workerinput"):
        session.exitstatus = session.exitstatus or int(any(too_dear(SLACK)))


def pytest_terminal_summary(terminalreporter):
    """Print the dearest files, and which of them take too much."""
    whole = sum(_seconds.values())
    if not whole:
        return
    terminalreporter.section(f"{whole:.0f} seconds of processors, and the dearest test files")
    for file, seconds in _seconds.most_common(SHOWN):
        terminalreporter.line(f"{seconds:7.1f} {seconds / whole:6.1%}  {file}")
    if is_whole(terminalreporter.config):
        for said in too_dear():
            terminalreporter.line(said, red=True)
