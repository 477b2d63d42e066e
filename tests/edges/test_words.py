"""What an edge says of itself, whole: its words, its condition and the evidence."""

import rbacgraph as rg
from rbacgraph.edges import KINDS


def told(root, edge, file, version):
    path = root / "fixtures" / "edges" / edge / f"{file}.yaml"
    cluster = rg.load(path, kubernetes_version=version, bootstrap=False)
    graph, lines = cluster.access_graph, []
    for number in (graph.kind == KINDS[edge]).nonzero()[0].tolist():
        words, evidence = graph.explain(number)
        lines += [words, f"if: {graph.condition_at(number)}"]
        lines += [str(one).replace(f"{path}", path.name) for one in evidence]
    return lines


def test_a_node_that_requests_the_token_of_an_init_container(root):
    detail = "on node n1, runs as ServiceAccount web, and has a token volume"
    assert told(root, "node-requests-token", "yes", "1.36") == [
        "its kubelet can create tokens of ServiceAccount shop/web",
        "if: ",
        f"Pod shop/web: {detail}  (yes.yaml:8)",
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
