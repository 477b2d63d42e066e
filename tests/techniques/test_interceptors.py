"""On what it rests that Tekton's interceptors send a Secret, where a twin does not show it."""

from pathlib import Path

import pytest

import rbacgraph as rg

CLUSTERS = Path(__file__).parents[2] / "fixtures" / "edges" / "open-interceptors"
SHOWS = "Tekton runs in the cluster and shows it to a server of the attacker's"
REACHED = (
    "packets from the Pod reach port 8443 of"
    " Deployment tekton-pipelines/tekton-triggers-core-interceptors"
)


def test_what_is_sent_rests_on_tekton_the_network_and_what_its_account_reads():
    found = rg.load(CLUSTERS / "yes.yaml", bootstrap=False).paths("shop/db", source="pod:dev/web")
    (hop,) = {hop for path in found for hop in path.hops if hop.edge == "open-interceptors"}
    assert str(hop.condition) == f"{SHOWS} and {REACHED}"
    assert [(one.kind, one.line) for one in hop.evidence] == [
        ("Deployment", 27),
        ("ClusterRoleBinding", 56),
        ("ClusterRole", 47),
    ]


@pytest.mark.parametrize(
    ("file", "expected"), [("yes", {("pod:dev/web", "secrets:*")}), ("no-runs", set())]
)
def test_no_other_pod_takes_requests(file, expected):
    edges = rg.load(CLUSTERS / f"{file}.yaml", bootstrap=False).graph().edges(data="edge")
    sent = {(start, end) for start, end, kind in edges if kind == "open-interceptors"}
    assert sent == expected
