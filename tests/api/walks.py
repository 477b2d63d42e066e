"""Holds walks through the graph of networkx to the answers of ``reach``."""

import rbacgraph as rg
from rbacgraph.model.node import EXTERNAL_SECRETS, OUTSIDE

_HEADERS = "impersonated-"
_IDENTITIES = ("serviceaccount", "user", "group", "kubelet")
_HEADED = (f"{_HEADERS}{kind}" for kind in _IDENTITIES)
_LISTED = {"secret", "node", *_IDENTITIES, *_HEADED, *OUTSIDE, *EXTERNAL_SECRETS}


def obtained(graph, source, *, certain=False):
    """What a walk says; a principal that no object names has what its group has."""
    if source not in graph:
        anonymous = source == "user:system:anonymous"
        source = f"group:system:{'un' if anonymous else ''}authenticated"
    return rg.descendants(graph, source, certain=certain)


def says_what_reach_says(graph, answer, source=None):
    """Compare what a source obtains with an answer of ``reach``.

    That leaves out identities by headers which the source also controls fully, for certain if the
    headers are, and the groups that it is in.
    """
    source = source or answer.source
    every, sure = (obtained(graph, source, certain=certain) for certain in (False, True))
    targets = {one.target for one in answer}
    certain = {one.target for one in answer if one.certain}
    whole, surely = {source, *targets}, {source, *certain}

    def listed(found):
        return {
            node
            for node in found
            if graph.nodes[node]["kind"] in _LISTED
            and not (
                node.startswith(_HEADERS)
                and node.removeprefix(_HEADERS) in (surely if node in sure else whole)
            )
        }

    groups = {target for _, target, edge in graph.edges(data="edge") if edge == "member-of"}
    assert targets <= listed(every)
    assert listed(every) - targets <= groups
    assert certain <= listed(sure)
    assert listed(sure) - certain <= groups
