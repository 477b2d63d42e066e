"""On what the ways into Argo CD depend, where a twin does not show it."""

from pathlib import Path

import pytest

import rbacgraph as rg

SETTINGS = Path(__file__).parents[2] / "fixtures" / "edges" / "argo-cd-settings"


@pytest.mark.parametrize(
    ("file", "condition"),
    [
        ("yes-relabelled", ""),
        ("yes-missing", "there is such an object called other in the namespace and "),
    ],
)
def test_a_secret_that_the_input_lacks_must_be_there(file, condition):
    found = rg.load(SETTINGS / f"{file}.yaml").paths("shop/db", source="user:alice")
    hops = [hop for path in found for hop in path.hops if hop.edge == "argo-cd-settings"]
    deploys = "Argo CD in namespace argocd has an Application for the cluster that the Secret names"
    assert [str(hop.condition) for hop in hops] == [f"{condition}{deploys}"]
