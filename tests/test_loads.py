"""A test loads the bootstrap roles where it says so: a graph takes five times as long with them."""

import ast
from collections import Counter
from pathlib import Path

TESTS = Path(__file__).parent
LOADS = {"load", "load_git", "prepare"}
SILENT = {
    "advice": 36,
    "api": 30,
    "cli": 10,
    "facts": 17,
    "query": 75,
    "report": 13,
    "techniques": 17,
}
"""How many calls of a folder leave the default, which is with them; these numbers only shrink."""


def leaves_the_default(call, own):
    """Whether it is a call of rbacgraph that would take ``bootstrap=`` and has none."""
    match call.func:
        case ast.Attribute(ast.Name("rg" | "rbacgraph"), name) | ast.Name(name):
            named = {keyword.arg for keyword in call.keywords}
            return (
                name in LOADS
                and named.isdisjoint({"bootstrap", None})
                and (isinstance(call.func, ast.Attribute) or name in own)
            )
    return False


def silent(path):
    """Return how many calls of a file leave the default."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    own = {
        one.name
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        and node.module in {"rbacgraph", "rbacgraph.authz.prepare"}
        for one in node.names
    }
    return sum(isinstance(node, ast.Call) and leaves_the_default(node, own) for node in nodes)


def test_bootstrap_roles_are_loaded_where_asked():
    found = Counter()
    for folder in SILENT:
        for path in (TESTS / folder).rglob("*.py"):
            found[folder] += silent(path)
    assert found == SILENT, "say bootstrap=False, or True where the answer rests on them"
