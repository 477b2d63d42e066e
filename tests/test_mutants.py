"""Faults that the tests must find: each row of ``mutants.jsonl`` is planted in a copy."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

ROOT = Path(__file__).parents[1]


class Mutant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fault: a text of a file, its replacement, and the test files that find it."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


MUTANTS = [
    msgspec.json.decode(line, type=Mutant)
    for line in (ROOT / "tests" / "mutants.jsonl").read_bytes().splitlines()
]


def test_each_fault_can_be_planted_and_is_looked_for_twice():
    """A text that is gone has moved: its row moves with it."""
    for mutant in MUTANTS:
        assert (ROOT / mutant.file).read_text().count(mutant.old) == 1, mutant.name
        assert mutant.old != mutant.new, mutant.name
        assert len(set(mutant.tests)) > 1, mutant.name
        assert all((ROOT / file).exists() for file in mutant.tests), mutant.name
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 20


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy in which a fault can be planted."""
    copy = tmp_path_factory.mktemp("mutants") / "checkout"
    left = shutil.ignore_patterns(".venv", ".git", ".*_cache", "__pycache__", ".hypothesis")
    shutil.copytree(ROOT, copy, ignore=left)
    return copy


def failing(checkout, file):
    """Whether a test of the file fails, with the draws of a commit."""
    left = ("TRIALS", "SEED", "PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_CURRENT_TEST")
    kept = {name: value for name, value in os.environ.items() if name not in left}
    done = subprocess.run(
        [*(sys.executable, "-m", "pytest", "-x", "-q", "--no-header"), "--tb=line", file],
        cwd=checkout,
        env=kept | {"PYTHONPATH": str(checkout), "CI": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    return done.returncode == 1


@pytest.mark.only_in_all
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_fault_is_found_by_each_of_its_tests(mutant, checkout):
    path = checkout / mutant.file
    text = path.read_text()
    path.write_text(text.replace(mutant.old, mutant.new))
    try:
        assert [file for file in mutant.tests if not failing(checkout, file)] == []
    finally:
        path.write_text(text)
