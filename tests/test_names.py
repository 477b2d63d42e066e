"""One name, one thing: in the package no two public classes or type aliases share a name."""

import ast
from collections import defaultdict
from pathlib import Path

BOTH = {
    "Node",  # Kubernetes' own kind, and the printed form of one in the graph
}
"""Names of two things on purpose."""


def test_no_public_name_stands_for_two_things(root: Path) -> None:
    """The same alias may be written in two files, a class may not."""
    twice = {
        name: sorted(places)
        for name, places in _definitions(root / "rbacgraph").items()
        if len(places) > 1
        and ("class" in {what for _, what in places} or len({what for _, what in places}) > 1)
    }
    assert {name: places for name, places in twice.items() if name not in BOTH} == {}
    assert twice.keys() == BOTH


def _definitions(package: Path) -> dict[str, list[tuple[str, str]]]:
    """By name, where each module defines it, and what as."""
    found = defaultdict(list)
    for path in sorted(package.rglob("*.py")):
        for node in ast.parse(path.read_text()).body:
            for name, what in _defined(node):
                if name[0].isupper() and not name.isupper():
                    found[name].append((str(path.relative_to(package)), what))
    return found


def _defined(node: ast.stmt) -> list[tuple[str, str]]:
    if isinstance(node, ast.ClassDef):
        return [(node.name, "class")]
    if isinstance(node, ast.Assign):
        targets = [target for target in node.targets if isinstance(target, ast.Name)]
        return [(target.id, ast.unparse(node.value)) for target in targets]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
        return [(node.target.id, ast.unparse(node.value))]
    return []
