"""The collector is paused while much is made, and goes on as it did."""

import gc
import subprocess
import sys

import pytest

from rbacgraph.model.memory.gc_pause import gc_paused


class Cycle:
    def __init__(self):
        self.itself = self


@pytest.fixture(autouse=True)
def _as_it_was():
    was = gc.isenabled()
    yield
    (gc.enable if was else gc.disable)()
    gc.unfreeze()


@pytest.mark.parametrize("on", [True, False])
def test_the_collector_goes_on_as_it_did(on):
    (gc.enable if on else gc.disable)()
    with gc_paused(), gc_paused():
        assert not gc.isenabled()
    assert gc.isenabled() is on


def test_it_goes_on_after_a_mistake():
    gc.enable()
    with pytest.raises(ValueError, match="wrong"), gc_paused():
        raise ValueError("wrong")
    assert gc.isenabled()


MADE_MEANWHILE = """
import gc, weakref
from rbacgraph.model.memory.gc_pause import gc_paused

class Cycle:
    def __init__(self):
        self.itself = self

with gc_paused():
    made = weakref.ref(Cycle())
    assert made() is not None
assert gc.get_freeze_count() == 0
gc.collect()
assert made() is None
"""


def test_what_was_made_meanwhile_is_still_collected():
    """In a process of its own: here a collection would look at what thousands of tests left."""
    subprocess.run([sys.executable, "-c", MADE_MEANWHILE], check=True)


def test_what_others_froze_stays_frozen():
    gc.enable()
    gc.freeze()
    with gc_paused():
        made = Cycle()
    assert made
    assert gc.get_freeze_count() > 0
