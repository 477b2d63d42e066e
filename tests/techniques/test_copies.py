"""On what a copy by a rule depends, where a twin does not show it."""

from pathlib import Path

import pytest

import rbacgraph as rg

COPIES = Path(__file__).parents[2] / "fixtures" / "edges" / "trigger-copy"
COPIES_BY = "Kyverno runs in the cluster and copies it as ClusterPolicy sync says"
MEETS = "the write meets what else ClusterPolicy sync asks for: preconditions, or who writes"


@pytest.mark.parametrize(
    ("file", "condition"),
    [("yes", COPIES_BY), ("yes-precondition", f"{COPIES_BY} and {MEETS}")],
)
def test_what_a_rule_asks_for_beside_is_a_condition(file, condition):
    found = rg.load(COPIES / f"{file}.yaml").paths("shop/db", source="user:alice")
    hops = [hop for path in found for hop in path.hops if hop.edge == "trigger-copy"]
    assert {str(hop.condition) for hop in hops} == {condition}
