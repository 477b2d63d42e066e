"""What an edge says of itself, whole: its words, its condition and the evidence."""

import re
from pathlib import Path

import pytest

import rbacgraph as rg
from rbacgraph.techniques.catalogue import KINDS

FIXTURES = Path(__file__).parents[2] / "fixtures" / "edges"
_VERB = re.compile(r"can (create|delete|get|list|patch|update)\b")


@pytest.mark.parametrize("edge", sorted(path.name for path in FIXTURES.iterdir()))
def test_what_a_hop_says_that_somebody_can_do_a_rule_lets_them(edge):
    """Not "create" where the right is to patch; ``deletecollection`` deletes, ``*`` is any verb."""
    for path in sorted((FIXTURES / edge).glob("yes*.yaml")):
        cluster = rg.load(path, bootstrap=False)
        secrets = [row.secret for row in cluster.exposure()]
        hops = {
            hop for secret in secrets for way in cluster.paths(secret=secret) for hop in way.hops
        }
        for hop in hops:
            said = _VERB.match(hop.text)
            if said:
                verbs = [
                    verb
                    for one in hop.evidence
                    for verb in one.detail.partition(" on ")[0].split(", ")
                ]
                full = any(one.detail.startswith("full control") for one in hop.evidence)
                held = any(verb == "*" or verb.startswith(said[1]) for verb in verbs)
                assert held or full, (path.name, hop)


@pytest.mark.parametrize(
    ("edge", "file", "destroyed"),
    [
        ("create-token-secret", "yes-freed", "Secret shop/db"),
        ("create-token-secret", "yes-apply", ""),
        ("create-token-secret", "yes", ""),
        ("write-bootstrap-token", "yes-anew", "Secret kube-system/bootstrap-token-abcdef"),
        ("write-bootstrap-token", "yes-apply", ""),
        ("apply-workload", "yes-deleted", "Pod shop/web"),
        ("apply-workload", "yes", ""),
    ],
)
def test_what_is_destroyed_first_is_said(edge, file, destroyed):
    path = FIXTURES / edge / f"{file}.yaml"
    graph = rg.load(path, bootstrap=False).access_graph
    said = {
        f"{one.kind} {one.namespace}/{one.name}": one
        for number in range(len(graph.kind))
        for one in graph.explain(number)[1]
        if one.detail.startswith("is destroyed first")
    }
    assert list(said) == ([destroyed] if destroyed else [])
    for one in said.values():
        line = path.read_text().splitlines()[one.line - 1 :]
        assert one.name in "\n".join(line).partition("---")[0]


def told(root, edge, file, version):
    path = root / "fixtures" / "edges" / edge / f"{file}.yaml"
    cluster = rg.load(path, kubernetes_version=version, bootstrap=False)
    graph, lines = cluster.access_graph, []
    for number in (graph.kind == KINDS[edge]).nonzero()[0].tolist():
        words, evidence = graph.explain(number)
        lines += [words, f"if: {graph.condition_at(number)}"]
        lines += [str(one).replace(f"{path}", path.name) for one in evidence]
    return lines


LINE = "  (yes.yaml:8)"


def test_a_node_that_requests_the_token_of_an_init_container(root):
    assert told(root, "node-requests-token", "yes", "1.36") == [
        "its kubelet can create tokens of ServiceAccount shop/web",
        "if: ",
        "Pod shop/web: on node n1, runs as ServiceAccount web, and has a token volume" + LINE,
    ]


def test_a_node_that_needs_no_volume(root):
    assert told(root, "node-requests-token", "no", None) == [
        "its kubelet can create tokens of ServiceAccount shop/web",
        "if: the API server is older than Kubernetes 1.33",
        "Pod shop/web: on node n1, runs as ServiceAccount web  (no.yaml:8)",
    ]


def test_a_pod_of_a_stateful_set_by_name(root):
    assert told(root, "exec", "yes-ordinal", "1.36") == [
        "can run commands in running Pod web-1 in shop (create pods/exec)",
        "if: ",
        "Role shop/debugger rules[0]: create on pods/exec named web-1  (yes-ordinal.yaml:29)",
    ]


@pytest.mark.parametrize(
    ("file", "cluster"), [("yes", "prod.example.com:6443"), ("yes-cluster-api", "shop/prod")]
)
def test_a_credential_of_a_cluster_is_for_its_address_or_for_its_object(root, file, cluster):
    words, *_ = told(root, "cluster-credential", file, "1.36")
    assert words.endswith(f", for cluster {cluster}")


@pytest.mark.parametrize(
    ("file", "conditions"),
    [
        ("yes", [""]),
        ("yes-create", [""]),
        ("yes-listed", [""]),
        (
            "yes-unseen",
            [
                "there is a CSIDriver called files.example.com",
                "there is no CSIDriver files.example.com, as in the input",
            ],
        ),
    ],
)
def test_an_object_is_changed_if_it_is_there_and_created_if_not(root, file, conditions):
    lines = told(root, "edit-csi-driver", file, "1.36")
    assert [line for line in lines if line.startswith("if: ")] == [f"if: {c}" for c in conditions]
