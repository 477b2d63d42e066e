"""Makes the boxes of a picture: the label of one node, or of several."""

from collections import Counter
from collections.abc import Container, Sequence

from rbacgraph.model.printable import clean
from rbacgraph.report.picture.hubs import HUB
from rbacgraph.report.picture.shapes import EACH, DrawnBox
from rbacgraph.report.text import words
from rbacgraph.report.text.layout.text import count, fitting

NAMES_SHOWN, NAMES_TIGHT = 3, 2
TOOLTIP_WIDTH = 1000


def namespace_of(nodes: Sequence[str]) -> str:
    """Return the namespace that all nodes share; empty if there is none."""
    namespaces = {words.split_node(node)[1] for node in nodes}
    return namespaces.pop() if len(namespaces) == 1 else ""


def box_of(
    name: str,
    nodes: Sequence[str],
    starts: Container[str],
    asked: Container[str],
    *,
    framed: bool,
    names: int = NAMES_SHOWN,
) -> DrawnBox:
    """Return the box of some nodes.

    ``starts``, ``asked``: the nodes where paths start, and the nodes of the question.
    ``framed``: whether a frame around the box shows the namespace.
    """
    lead = nodes[0]
    namespace = namespace_of(nodes) if framed else ""
    kinds, several = set(map(words.kind_of, nodes)), len(nodes) > 1
    many_places = several and words.is_collection(lead)
    shown = [] if many_places else [_name(node, namespace, several=several) for node in nodes]
    if len(kinds) > 1:
        shown = [words.split_node(node)[2] for node in nodes] if namespace else list(nodes)
    names = names + 1 if len(nodes) == names + 1 else names  # "and 1 more" takes as much room
    left = len(nodes) - names
    return DrawnBox(
        id=name,
        kind=words.kind_of(lead) if len(kinds) == 1 else "",
        namespace="" if namespace == "*" else clean(namespace),
        heading=clean(_heading(nodes)),
        names=tuple(map(clean, shown[:names])),
        more=f"and {left:,} more" if left > 0 and shown else "",
        tooltip=fitting([clean(node) for node in nodes], TOOLTIP_WIDTH),
        several=several or words.is_collection(lead),
        starts=lead in starts,
        asked=lead in asked,
    )


def hub_box(name: str, nodes: Sequence[str], *, everything: bool) -> DrawnBox:
    """Return the box that stands for all Secrets of the question, or of a namespace.

    ``everything``: whether these are all of the question.
    """
    namespace = namespace_of(nodes)
    places = Counter(words.split_node(node)[1] for node in nodes)
    if namespace or len(places) == 1:
        shown = [_name(node, namespace, several=True) for node in nodes]
        left = count(len(nodes) - NAMES_SHOWN, "more", "more")
    else:
        shown = [f"{number:,} in {place or 'stores'}" for place, number in places.most_common()]
        left = count(len(places) - NAMES_SHOWN, "more namespace")
    return DrawnBox(
        id=name,
        kind=HUB,
        namespace=clean(namespace),
        heading=f"all {words.count_kinds(nodes)}",
        names=tuple(map(clean, shown[:NAMES_SHOWN])),
        more=f"and {left}" if len(shown) > NAMES_SHOWN else "",
        tooltip=fitting([clean(node) for node in nodes], TOOLTIP_WIDTH),
        several=True,
        asked=everything,
    )


def point(name: str) -> DrawnBox:
    """Return a point for arrows with the same words to several boxes."""
    return DrawnBox(
        id=name,
        kind=EACH,
        namespace="",
        heading="each",
        names=(),
        more="",
        tooltip="each of these",
        several=False,
    )


def _heading(nodes: Sequence[str]) -> str:
    lead = nodes[0]
    if len(nodes) == 1:
        return words.title(lead)[0]
    if not words.is_collection(lead):
        return words.count_kinds(nodes)
    kind, _, name = words.split_node(lead)
    return words.describe(f"{kind}:each of {count(len(nodes), 'namespace')}/{name}")


def _name(node: str, inside: str, *, several: bool) -> str:
    kind, namespace, name = words.split_node(node)
    if words.is_collection(node):
        return words.title(node)[1]
    if kind == "grant":
        role, place = words.title(node)
        return f"{role} {place}" if several else place
    return name if namespace and namespace == inside else words.short(node)
