"""The file of chosen seeds says what it rests on, and draws are random where they are to be."""

import random
import re
from functools import partial
from importlib import import_module
from pathlib import Path

import pytest

from tests.worlds import ALL, another, chosen, digest_of, flag, law, law_of_now, worlds

TESTS = Path(__file__).parent
DIGESTS = {row.worlds: row.digest for row in chosen().values()}


def generator(name):
    """Return what a row calls a generator of worlds: see :func:`tests.worlds.name_of`."""
    first, *others = [
        getattr(import_module(module), function)
        for module, _, function in (one.rpartition(".") for one in name.split(" "))
    ]
    return partial(first, *others) if others else first


@pytest.mark.parametrize("name", sorted(DIGESTS))
def test_worlds_are_those_that_the_seeds_were_chosen_of(name):
    """One that makes other worlds now has its laws' seeds chosen again."""
    rows = {row.digest for row in chosen().values() if row.worlds == name}
    assert rows == {digest_of(generator(name))}


def test_each_row_is_of_a_law_that_there_is():
    for row in chosen().values():
        file, _, test = row.law.partition("::")
        assert f"def {test.partition('[')[0]}(" in (TESTS.parent / file).read_text(), row.law
        assert len(row.seeds) >= 8, row.law
        assert len(set(row.seeds)) == len(row.seeds), row.law


def test_no_test_states_how_it_draws():
    """The profile does: what is stated beside a law draws the same in each set."""
    stated = re.compile(r"derandomize|@seed\(|hypothesis_seed")
    files = {p for p in TESTS.rglob("*.py") if stated.search(p.read_text())}
    assert {p.name for p in files} == {"conftest.py", Path(__file__).name}


def test_a_law_tries_its_examples_and_then_its_worlds():
    """The large set draws as many as the law says; a commit tries those of the file."""
    tried = list(worlds(int, 20, examples=[3]))
    assert tried[0] == 3
    assert len(set(tried[1:])) == 20 if ALL else tried[1:] == [*chosen()[law_of_now()].seeds]


@law(int, 20, another, flag)
def test_what_is_drawn_beside_a_world_follows_from_its_seed(seed, other, either):
    rng = random.Random(f"beside {seed}")
    assert (other, either) == (another(rng), flag(rng))
