"""The examples in docstrings give what they say."""

import doctest
import pkgutil
from importlib import import_module

import pytest

import rbacgraph

MODULES = sorted(
    found.name for found in pkgutil.walk_packages(rbacgraph.__path__, f"{rbacgraph.__name__}.")
)


@pytest.mark.parametrize("module", MODULES)
def test_examples_hold(module: str) -> None:
    assert doctest.testmod(import_module(module)).failed == 0
