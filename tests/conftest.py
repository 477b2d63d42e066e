import os
from pathlib import Path

import pytest
from hypothesis import Phase, settings

from rbacgraph.report.text import node_words  # noqa: F401 - graphs built by hand are printed too
from tests.cpu import (  # noqa: F401 - pytest finds its hooks here
    pytest_runtest_logreport,
    pytest_runtest_logstart,
    pytest_runtest_makereport,
    pytest_sessionfinish,
    pytest_terminal_summary,
)
from tests.worlds import ALL, SEED, Tried

# A shared machine is no place for deadlines. Each commit tries the same examples, so that what
# fails in CI fails here too, where it is shrunk: that can take minutes. The large set draws new
# ones, whatever CI says: by SEED, from which they can be drawn again.
settings.register_profile("all", deadline=None, database=None, print_blob=True)
settings.register_profile("few", deadline=None, database=None, derandomize=True, max_examples=30)
settings.register_profile(
    "ci", settings.get_profile("few"), phases=(Phase.explicit, Phase.generate, Phase.target)
)
settings.load_profile("all" if ALL else "ci" if os.environ.get("CI") else "few")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    """Let hypothesis draw from the seed of all draws."""
    if ALL and config.getoption("hypothesis_seed") is None:
        config.option.hypothesis_seed = SEED


def pytest_report_header():
    """Print the seed, so that it can be given again."""
    return f"all draws follow from SEED={SEED}" if ALL else None


def pytest_collection_modifyitems(config, items):
    """Leave to ``tests/check --all`` what only it runs."""
    if not ALL:
        left = [item for item in items if item.get_closest_marker("only_in_all")]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in set(left)]


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call():
    """Name the world in which a law fails."""
    Tried.now = None
    try:
        return (yield)
    except BaseException as error:
        if Tried.now is not None:
            error.add_note(f"in the world of {Tried.now}")
        raise


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root."""
    return Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared(root: Path) -> Path:
    """The folder of real input that may lie beside the checkout."""
    found = root.parent / "shared"
    if not (found / "corpora").is_dir():
        pytest.skip("no folder shared/ with real input beside the checkout")
    return found
