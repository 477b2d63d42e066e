"""Every recorded decision of AWS."""

import gzip
import json
from pathlib import Path

import pytest

from rbacgraph.stores.aws import decide

FOLDER = Path(__file__).parents[3] / "fixtures" / "stores" / "aws"

# Open in the records, and answered here: a wildcard that ends a segment of an ARN crosses colons;
# a Deny for a service is not for a role; Systems Manager's guide says that a path holds its
# children; a resource's policy that the input holds is one that AWS took.
SETTLED_HERE = {
    "resource-013": True,
    "resource-policy-050": True,
    "resource-policy-053": False,
    "ssm-007": True,
    "x-ssm-013": True,
}


def recorded(name):
    return json.loads(gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes()))["cases"]


@pytest.mark.parametrize(("name", "answered"), [("decisions", 667), ("decisions-2", 406)])
def test_recorded_decisions(name, answered):
    settled = [case for case in recorded(name) if case["expected"] is not None]
    wrong = [case["id"] for case in settled if decide(case) is not case["expected"]]
    assert not wrong
    assert len(settled) == answered


def test_what_the_documentation_leaves_open_stays_open():
    cases = [*recorded("decisions"), *recorded("decisions-2")]
    given = {case["id"]: decide(case) for case in cases if case["expected"] is None}
    assert {name: answer for name, answer in given.items() if answer is not None} == SETTLED_HERE
    assert len(given) == 15
