"""Which random worlds a law tries: chosen ones on each commit, new ones in ``tests/check --all``.

``seeds.jsonl`` has a row for each law with the seeds that each commit tries: the fewest that
together run each branch of the package that the candidates run, 300 or as many as a processor can
try in four seconds. ``python -m tests.choose_seeds`` writes it. A seed that once found a fault
stands as an example beside its law.
"""

import functools
import hashlib
import inspect
import os
import random
from enum import Enum
from functools import cache, partial
from pathlib import Path

import msgspec
import networkx as nx

ALL = os.environ.get("TRIALS") == "all"
SEED = os.environ.setdefault("SEED", str(random.SystemRandom().randrange(10**9)))
"""What all draws of ``tests/check --all`` follow from; the run prints it."""

FILE = Path(__file__).with_name("seeds.jsonl")
ALIKE = 8
"""Of how many worlds the digest is kept by which a changed generator is noticed."""


class Chosen(msgspec.Struct, frozen=True):
    """What a law tries on each commit: seeds of worlds, out of so many; and the worlds' digest."""

    law: str
    worlds: str
    digest: str
    out_of: int
    seeds: tuple[int, ...]


@cache
def chosen() -> dict[str, Chosen]:
    """Return the rows of ``seeds.jsonl`` by law."""
    rows = [msgspec.json.decode(line, type=Chosen) for line in FILE.read_bytes().splitlines()]
    return {row.law: row for row in rows}


def fewer(most: int) -> int:
    """Return how many examples a law of hypothesis draws: all, or a third."""
    return most if ALL else -(-most // 3)


class Tried:
    """What the running law tries, which it names where it fails."""

    now = None
    watched = None
    """What chooses the worlds, while it does."""


def worlds(make, most: int, *beside, examples=()):
    """Yield the seeds that the running test tries, of worlds that ``make`` makes.

    With each comes what is drawn ``beside`` it. ``most`` are drawn where all are.
    """
    for values in examples:
        Tried.now = values
        yield values
    for seed in Tried.watched(make) if Tried.watched else seeds_of(law_of_now(), most):
        rng = random.Random(f"beside {seed}")
        Tried.now = (seed, *(draw(rng) for draw in beside)) if beside else seed
        yield Tried.now
    Tried.now = None


def drawn(most: int) -> list[int]:
    """Return new seeds for the running test in the large set, none on a commit."""
    return random.Random(f"{SEED} {law_of_now()}").sample(range(10**9), most) if ALL else []


def seeds_of(law: str, most: int):
    """Return the seeds that a law tries."""
    if ALL:
        return drawn(most)
    if law not in chosen():
        raise LookupError(f"its worlds are not chosen yet: python -m tests.choose_seeds '{law}'")
    return chosen()[law].seeds


def law_of_now() -> str:
    """Return the test that runs, as pytest names it."""
    return os.environ["PYTEST_CURRENT_TEST"].rpartition(" ")[0]


def law(make, most: int, *beside, examples=()):
    """Make of a test of one world a law over worlds; what is drawn are its first parameters."""

    def decorate(test):
        every = list(inspect.signature(test).parameters.values())
        drawn = [one.name for one in every[: 1 + len(beside)]]

        @functools.wraps(test)
        def over_worlds(**fixtures):
            for values in worlds(make, most, *beside, examples=examples):
                several = values if beside else (values,)
                test(**dict(zip(drawn, several, strict=True)), **fixtures)

        over_worlds.__signature__ = inspect.Signature(every[1 + len(beside) :])
        return over_worlds

    return decorate


def another(rng):
    """Draw another seed."""
    return rng.randrange(10**9)


def flag(rng):
    """Draw yes or no."""
    return rng.random() < 0.5


def name_of(make) -> str:
    """Return where a generator of worlds stands; one that is given another has both."""
    if isinstance(make, partial):
        return " ".join(map(name_of, (make.func, *make.args)))
    return f"{make.__module__}.{make.__qualname__}"


def digest_of(make) -> str:
    """Return a digest of the first worlds, equal in each process."""
    text = repr([_plain(make(seed)) for seed in range(ALIKE)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _plain(world):
    """Return plain values that are equal for equal worlds; what is made of a world is not it."""
    if isinstance(world, msgspec.Struct):
        world = {name: getattr(world, name) for name in world.__struct_fields__}
    elif isinstance(world, nx.Graph):
        world = [*world.nodes(data=True), *world.edges(data=True)]
    elif type(world).__module__.startswith("tests.") and hasattr(world, "__dict__"):
        world = vars(world)
    if isinstance(world, dict):
        return [(_plain(key), _plain(value)) for key, value in world.items()]
    if isinstance(world, set | frozenset):
        return sorted(map(_plain, world), key=repr)
    if isinstance(world, list | tuple):
        return list(map(_plain, world))
    made = type(world).__module__.startswith("rbacgraph.") and not isinstance(world, Enum)
    return type(world).__name__ if made else repr(world)
