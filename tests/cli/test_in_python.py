"""Sources and Secrets given wrongly in Python: a sentence, not an AttributeError."""

import pytest

import rbacgraph as rg
from rbacgraph.errors import UsageError


@pytest.mark.parametrize("source", ["", None, 3])
def test_a_source_of_input_that_is_none(source):
    with pytest.raises(UsageError, match=r"a source is empty|is no source") as raised:
        rg.load(source)
    assert "file" in raised.value.advice


@pytest.mark.parametrize("secret", [None, 3])
def test_a_secret_that_is_no_text(shop, secret):
    with pytest.raises(UsageError, match=f"secret is {secret}, not a text"):
        rg.load(shop).paths(secret=secret)


@pytest.mark.parametrize("source", [None, 3])
def test_a_source_that_is_no_text(shop, source):
    with pytest.raises(UsageError, match=f"source is {source}, not a text"):
        rg.load(shop).reach(source=source)


def test_notes_and_filters_are_in_the_records(shop):
    cluster = rg.load(shop)
    basis = cluster.paths(
        secret="db", source="user:Alice", via=["exec"], without=["attach"], certain=True
    ).basis
    assert (basis.via, basis.excluded) == (("exec",), ("attach",))
    assert basis.certain
    assert basis.filtered
    assert basis.notes == ("nothing in the input names user:Alice; did you mean user:alice?",)
    plain = cluster.paths(secret="db").basis
    assert not plain.filtered
    assert plain.notes == ()
