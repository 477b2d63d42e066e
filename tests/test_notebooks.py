"""The notebooks run from top to bottom, and say what is committed in them.

``python -m tests.test_notebooks`` runs them and keeps what they say.
"""

import os
import re
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

import rbacgraph as rg

FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def said(notebook):
    """What each cell says, without what other libraries draw or tabulate."""
    for cell in notebook.cells:
        outputs = cell.get("outputs", ())
        yield "".join(output.get("text", "") for output in outputs)
        for output in (one for one in outputs if "data" in one):
            data = output["data"]
            if "dataframe" in data.get("text/html", ""):
                yield "a DataFrame"
            elif "image/svg+xml" in data:
                assert "<svg" in data["image/svg+xml"]
                yield "a picture"
            else:
                yield data


@contextmanager
def started():
    """Start a kernel where the notebooks lie."""
    quiet = {**os.environ, "PYTHONPATH": str(FOLDER.parent), "PYTHONWARNINGS": "ignore"}
    kernel = KernelManager()
    kernel.start_kernel(cwd=str(FOLDER), env=quiet)
    try:
        yield kernel
    finally:
        kernel.shutdown_kernel(now=True)


def executed(path, kernel):
    """Run a notebook."""
    notebook = nbformat.read(path, 4)
    client = NotebookClient(notebook, km=kernel, timeout=240)
    client.execute()
    client.kc.stop_channels()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # when it ran
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


def test_there_are_five():
    assert len(NOTEBOOKS) == 5


@pytest.fixture(scope="module")
def one_kernel():
    with started() as found:
        yield found


@pytest.fixture
def kernel(one_kernel):
    """A kernel that knows no name of the notebooks before."""
    client = one_kernel.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=240)  # else the first output may come before it listens
    client.execute_interactive("%reset -f", silent=True, timeout=240)
    client.stop_channels()
    return one_kernel


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_says_what_it_said(path, kernel):
    committed = nbformat.read(path, 4)
    assert all(
        cell.outputs for cell in committed.cells if cell.cell_type == "code" and _shows(cell)
    )
    again = executed(path, kernel)
    assert list(said(again)) == list(said(committed))


def _shows(cell):
    """Whether a cell's last line is more than an assignment."""
    return not re.match(r"[\w, ]+ = ", cell.source.splitlines()[-1])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_only_public_names_are_used(path):
    cells = nbformat.read(path, 4).cells
    source = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    assert not re.search(r"(?:\.|\b)_[a-z]", source)
    assert "from rbacgraph" not in source
    assert set(re.findall(r"\brg\.(\w+)", source)) <= set(rg.__all__)


if __name__ == "__main__":
    for each in NOTEBOOKS:
        with started() as one:
            nbformat.write(executed(each, one), each)
