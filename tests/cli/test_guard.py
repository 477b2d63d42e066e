"""Errors on purpose become an exit status; anything else is a bug and shows."""

import pytest
from click.exceptions import Exit

from rbacgraph.cli.shared.error_handling import guarded
from rbacgraph.errors import InputError, NotFoundError, RbacGraphError, UsageError


@pytest.mark.parametrize("kind", [RbacGraphError, UsageError, NotFoundError, InputError])
def test_errors_on_purpose_exit_2_with_their_advice(kind, capsys):
    with pytest.raises(Exit) as raised, guarded():
        raise kind("no such \x1b[2Jthing", advice="try\nanother")
    assert raised.value.exit_code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "error: no such \\x1b[2Jthing\n  try\\nanother\n"


def test_an_interrupt_exits_130():
    with pytest.raises(Exit) as raised, guarded():
        raise KeyboardInterrupt
    assert raised.value.exit_code == 130


def test_a_bug_shows_and_exits_70(capsys):
    with pytest.raises(Exit) as raised, guarded():
        _ = 1 / 0
    assert raised.value.exit_code == 70
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Traceback")
    assert err.endswith("ZeroDivisionError: division by zero\n")


def test_exit_statuses_pass():
    with pytest.raises(Exit) as raised, guarded():
        raise Exit(1)
    assert raised.value.exit_code == 1
