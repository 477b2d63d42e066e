import os
from pathlib import Path

import pytest
from hypothesis import Phase, settings

from rbacgraph.report.text import node_words  # noqa: F401 - graphs built by hand are printed too
from tests.trials import ALL

# A shared machine is no place for deadlines. CI tries the same examples every time, so that
# what fails there fails here too, where it is shrunk: that can take minutes.
settings.register_profile("here", deadline=None)
settings.register_profile(
    "ci", deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate, Phase.target)
)
settings.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_collection_modifyitems(config, items):
    """Leave to ``tests/check --all`` what only it runs."""
    if not ALL:
        left = [item for item in items if item.get_closest_marker("only_in_all")]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in set(left)]


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
