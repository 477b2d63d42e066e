"""Writes DOT, the language of Graphviz."""

from collections.abc import Iterable, Iterator
from urllib.parse import quote

from rbacgraph.report.picture.dot_looks import attribute_list, kind_look, line_look
from rbacgraph.report.picture.legend import legend
from rbacgraph.report.picture.page_size import Room, label_lines, room
from rbacgraph.report.picture.palette import change_ink
from rbacgraph.report.picture.shapes import Arrow, DrawnBox, FileLine, Picture
from rbacgraph.report.text.layout.text import cut_middle

_TITLE_WIDTH = 100
_BELOW_TITLE = "\n \n "
"""Room for arrows that Graphviz bends above the boxes."""
_STARTS = {"penwidth": "2.5"}
_ASKED = {"penwidth": "4"}


def dot_text(picture: Picture) -> str:
    """Return a picture as a directed graph that reads from left to right.

    Namespaces are clusters; an object from a file links to its line.
    """
    space = room(picture)
    spaces = f"nodesep={space.rows}, ranksep={space.columns}"
    title = cut_middle(picture.title, _TITLE_WIDTH)
    heading = attribute_list({"label": f"{title}{_BELOW_TITLE}", "tooltip": picture.title})
    lines = [
        "digraph rbacgraph {",
        f'  graph [rankdir=LR, fontname="Helvetica", {spaces}]',
        '  node [style=filled, fontname="Helvetica", fontsize=11, margin="0.15,0.08"]',
        '  edge [fontname="Helvetica", fontsize=10, color="#444444"]',
        "  subgraph cluster_picture {",
        f"    graph [{heading}, fontsize=16, color=transparent]",
        *_boxes(picture.boxes, space),
        "  }",
        *(_edge(arrow, space) for arrow in picture.arrows),
        f"  graph [label={legend(picture)}, labelloc=b, labeljust=l, tooltip=Legend]",
        "}",
    ]
    return "\n".join(lines) + "\n"


def _boxes(boxes: Iterable[DrawnBox], space: Room) -> Iterator[str]:
    inside: dict[str, list[DrawnBox]] = {}
    for box in boxes:
        inside.setdefault(box.namespace, []).append(box)
    for box in inside.pop("", ()):
        yield f"    {_node(box, space)}"
    for number, (namespace, members) in enumerate(inside.items(), 1):
        words = f"namespace {namespace}"
        look = {"label": cut_middle(words, space.name), "tooltip": words}
        yield f"    subgraph cluster_{number} {{"
        yield f"      graph [{attribute_list(look)}, labeljust=l, fontsize=11]"
        yield '      graph [style="rounded,filled", fillcolor="#f7f7f7", color="#999999"]'
        for box in members:
            yield f"      {_node(box, space)}"
        yield "    }"


def _node(box: DrawnBox, space: Room) -> str:
    names = (cut_middle(name, space.name) for name in box.names)
    lines = (line for line in (box.heading, *names, box.more) if line)
    attributes = {"label": "\n".join(lines), "tooltip": box.tooltip, **kind_look(box.kind)}
    if box.several and attributes["shape"] != "cylinder":  # its second border would cross the label
        attributes["peripheries"] = "2"
    if box.starts:
        attributes |= _STARTS
    if box.asked:
        attributes |= _ASKED | {"fontsize": str(space.asked)}
    return f"{box.id} [{attribute_list(attributes | _link(box.place))}]"


def _edge(arrow: Arrow, space: Room) -> str:
    label = "\n".join(label_lines(arrow.label, space))
    attributes = {"label": label, "tooltip": arrow.tooltip}
    if not arrow.label:
        attributes |= {"color": "#999999", "arrowsize": "0.7"}
    else:
        attributes |= line_look(arrow.severity, conditional=arrow.conditional)
    if arrow.change:
        attributes |= change_ink(arrow.change)
    look = attribute_list(attributes | _link(arrow.place))
    return f"  {arrow.source} -> {arrow.target} [{look}]"


def _link(place: FileLine | None) -> dict[str, str]:
    """Return the link to a line; no file name can become a scheme or a host."""
    if place is None:
        return {}
    path = quote(place.file, safe="/", errors="surrogatepass")
    if path.startswith("/"):
        path = "/" + path.lstrip("/")
    return {"URL": f"{path}#L{place.line}" if place.line else path}
