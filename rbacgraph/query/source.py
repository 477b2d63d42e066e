"""Where a question starts: a principal, Pod, workload or Node as a person writes it."""

import difflib
from typing import NamedTuple

from rbacgraph.errors import NotFoundError
from rbacgraph.graph.access import AccessGraph
from rbacgraph.model.node import ANONYMOUS, AUTHENTICATED, GROUP, UNAUTHENTICATED, USER, format_node
from rbacgraph.model.principal import parse_principal

_CANDIDATES = 5_000
_SHOWN = 3


class Source(NamedTuple):
    """The node to start from, how it was asked for, and what was assumed about it."""

    number: int
    printed: str
    assumption: str


def find_source(graph: AccessGraph, text: str) -> Source:
    """Find the node that a question starts from.

    A user or group that nothing names still has what every authenticated user has:
    Kubernetes keeps neither, so that a stranger to the input is no error.

    Parameters
    ----------
    graph:
        The graph.
    text:
        As :func:`rbacgraph.model.principal.parse_principal` takes it.

    Raises
    ------
    UsageError
        Where the text is no principal.
    NotFoundError
        Where the input holds no such ServiceAccount, Pod, workload or Node.
    """
    node = parse_principal(text)
    printed = format_node(node)
    number = graph.index.get(node)
    if number is not None:
        return Source(number, printed, "")
    if node[0] not in {USER, GROUP}:
        near = _nearest(graph, printed)
        raise NotFoundError(f"the input holds no {printed}", advice=near)
    group = UNAUTHENTICATED if node == ANONYMOUS else AUTHENTICATED
    assumption = f"{printed}, whom nothing in the input names, has what {format_node(group)} has"
    return Source(graph.index[group], printed, assumption)


def _nearest(graph: AccessGraph, printed: str) -> str:
    kind = printed.partition(":")[0]
    names = [format_node(node) for node in graph.nodes if node[0] == kind][:_CANDIDATES]
    close = difflib.get_close_matches(printed, names, n=_SHOWN)
    return f"the nearest are {', '.join(close)}" if close else ""
