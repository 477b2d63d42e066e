import os
from functools import cache
from pathlib import Path

import pytest
import typer.testing
from hypothesis import Phase, settings

# A shared machine is no place for deadlines. CI tries the same examples every time, so that
# what fails there fails here too, where it is shrunk: that can take minutes.
settings.register_profile("here", deadline=None)
settings.register_profile(
    "ci", deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate, Phase.target)
)
settings.load_profile("ci" if os.environ.get("CI") else "here")

# As in a process of its own, the commands are made once: making them takes as long as an answer.
typer.testing._get_command = cache(typer.testing._get_command)


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
