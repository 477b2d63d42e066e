"""The examples in docstrings give what they say."""

import doctest
import pkgutil
from importlib import import_module
from pathlib import Path

import pytest

import rbacgraph

PACKAGE = Path(rbacgraph.__file__).parent
WITH_EXAMPLES = sorted(
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
    if ">>>" in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_examples_hold(module: str) -> None:
    found = doctest.testmod(import_module(module))
    assert found.failed == 0
    assert found.attempted


def test_every_module_can_be_imported() -> None:
    for found in pkgutil.walk_packages(rbacgraph.__path__, f"{rbacgraph.__name__}."):
        import_module(found.name)
