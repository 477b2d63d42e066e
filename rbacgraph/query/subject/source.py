"""Finds the source of a question: a principal, Pod, workload or Node."""

from typing import NamedTuple

from rbacgraph.errors import NotFoundError, UsageError
from rbacgraph.facts.pods.pod_sources import workload_node
from rbacgraph.facts.pods.workload_owners import made_by
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.answers.assumption import Assume, Assumption
from rbacgraph.model.did_you_mean import did_you_mean, near, near_keys
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.node import (
    ANONYMOUS,
    AUTHENTICATED,
    GROUP,
    KUBELET,
    NODE_USER,
    NODES_GROUP,
    POD,
    SERVICE_ACCOUNT,
    UNAUTHENTICATED,
    USER,
    Node,
    format_node,
    is_named,
    misnamed_account,
    user_node,
)
from rbacgraph.model.principal import ME, myself, parse_principal

_MEANT = 3
_BY_NAME = (SERVICE_ACCOUNT, USER, GROUP)


class StartNode(NamedTuple):
    """The start node, its text, and what was assumed about it.

    ``asked`` is the node asked about; if the graph lacks it, ``number`` is a group of it.
    ``note`` says who may be meant if nothing names it.
    """

    number: int
    printed: str
    asked: Node
    assumptions: tuple[Assumption, ...] = ()
    note: str = ""


def find_source(graph: AccessGraph, text: str) -> StartNode:
    """Return the node at which a question starts.

    A user or group that nothing names still has what every authenticated user has: Kubernetes
    stores neither, so an unknown one is no error.

    ``text``: as :func:`rbacgraph.model.principal.parse_principal` takes it; ``me`` is the user of a
        live cluster's credentials.
    Raises UsageError if the text is no principal; NotFoundError if the input lacks such a
        ServiceAccount, Pod, workload or Node, or if it holds Pods of the workload: the question can
        start from those.
    """
    if not isinstance(text, str):
        raise UsageError(f"source is {text!r}, not a text", advice="write sa:NAMESPACE/NAME")
    if text == ME:
        return _myself(graph)
    try:
        node = parse_principal(text)
    except UsageError as error:
        meant = did_you_mean(_named(graph, text)) or _secret_advice(graph, text)
        raise UsageError(error.message, advice=meant or error.advice) from None
    printed = format_node(node)
    number = graph.index.get(node)
    account = misnamed_account(node[2]) if node[0] == USER else None
    if number is None and account is not None and account in graph.index:
        number, printed, node = graph.index[account], format_node(account), account
    if number is not None:
        return StartNode(number, printed, node, note=_kubelet(graph, node))
    if pods := _pods_of(graph.world.snapshot, node):
        meant = did_you_mean(pods[:_MEANT])
        raise NotFoundError(
            f"{printed} has Pods in the input: start from one of them", advice=meant
        )
    if node[0] not in {USER, GROUP}:
        meant = did_you_mean(_nearest(graph, node))
        raise NotFoundError(f"the input holds no {printed}", advice=meant)
    group = UNAUTHENTICATED if node == ANONYMOUS else AUTHENTICATED
    assumption = Assume.USER_HAS_GROUP(printed, format_node(group))
    meant = did_you_mean(_nearest(graph, node))
    note = f"nothing in the input names {printed}; {meant}" if meant else ""
    return StartNode(
        graph.index[group], printed, node, (assumption,), _kubelet(graph, node) or note
    )


def _myself(graph: AccessGraph) -> StartNode:
    user = myself(graph.world.snapshot.me)
    found = find_source(graph, user if user_node(user)[0] == SERVICE_ACCOUNT else f"user:{user}")
    _, group = found.assumptions[0].subject if found.assumptions else (None, "")
    return found._replace(assumptions=(Assume.ASKED_BY(found.printed, group),))


def _kubelet(graph: AccessGraph, node: Node) -> str:
    """Return a note if a node's user is asked about without the kubelets' group."""
    name = node[2].removeprefix(NODE_USER)
    kubelet = KUBELET, "", name
    if node != (USER, "", f"{NODE_USER}{name}") or kubelet not in graph.index:
        return ""
    number = graph.index.get(node)
    if number is not None and graph.index[kubelet] in graph.membership.groups_of(number):
        return ""
    meant = did_you_mean([format_node(kubelet)])
    return f"{format_node(node)} is a kubelet only in group {NODES_GROUP[2]}; {meant}"


def _pods_of(snapshot: Snapshot, node: Node) -> list[str]:
    """Return the Pods of the input that a workload made; none for other kinds."""
    workloads = snapshot.workloads
    asked = next((one for one in workloads if workload_node(one) == node), None)
    made = made_by(asked, workloads, snapshot.pods) if asked else ()
    return [format_node((POD, pod.metadata.namespace, pod.metadata.name)) for pod in made]


def _nearest(graph: AccessGraph, node: Node) -> list[str]:
    """Return similar nodes of the same kind."""
    kind, namespace, name = node
    known = ((other[1], other[2]) for other in graph.nodes if other[0] == kind and is_named(other))
    return [as_written((kind, *key)) for key in near_keys(namespace, name, known)]


def _secret_advice(graph: AccessGraph, text: str) -> str:
    """Return what to ask about a Secret in place of a principal."""
    namespace, _, name = text.partition("/")
    asked = f"rbacgraph paths {text} shows who gets at it"
    return asked if (namespace, name) in graph.world.secrets else ""


def _named(graph: AccessGraph, text: str) -> list[str]:
    """Return what a text without a valid kind may mean, by name alone."""
    bare = text.removeprefix("sa:").removeprefix("serviceaccount:")
    kinds = _BY_NAME if bare == text else (SERVICE_ACCOUNT,)
    names: dict[str, list[Node]] = {}
    for node in graph.nodes:
        if node[0] in kinds and is_named(node):
            key = f"{node[1]}/{node[2]}" if node[1] and "/" in bare else node[2]
            names.setdefault(key, []).append(node)
    if bare in names:
        return list(map(as_written, sorted(names[bare])[:3]))
    found = dict.fromkeys(node for match in near(bare, names) for node in sorted(names[match]))
    return [as_written(node) for node in found][:3]


def as_written(node: Node) -> str:
    """Format a node as a person writes it, ServiceAccounts in short."""
    kind, namespace, name = node
    return f"sa:{namespace}/{name}" if kind == SERVICE_ACCOUNT else format_node(node)
