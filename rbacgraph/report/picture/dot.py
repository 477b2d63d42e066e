"""Writes DOT, the language of Graphviz."""

from collections.abc import Iterable, Iterator
from urllib.parse import quote

from rbacgraph.report.picture.page_size import Room, label_lines, room
from rbacgraph.report.picture.palette import change_ink, change_words, family, family_words, ink
from rbacgraph.report.picture.shapes import Arrow, DrawnBox, FileLine, Picture, kinds_shown
from rbacgraph.report.text.text import cut_middle

_TITLE_WIDTH = 100
_DASHED = "Dashed: only under a condition"
_ROOM = {
    "circle": {"margin": "0.03", "fontsize": "9"},
    "cylinder": {"margin": "0.15,0.16"},  # else its rim touches the label
    "hexagon": {"margin": "0.02,0.02"},
    "parallelogram": {"margin": "0.02,0.06"},
    "trapezium": {"margin": "0.02,0.06"},
}
_STARTS = {"penwidth": "2.5"}
_ASKED = {"penwidth": "4"}


def dot_text(picture: Picture) -> str:
    """Return a picture as a directed graph that reads from left to right.

    Namespaces are clusters; an object from a file links to its line.
    """
    space = room(picture)
    spaces = f"nodesep={space.rows}, ranksep={space.columns}"
    dashed = any(arrow.conditional for arrow in picture.arrows)
    changes = sorted({arrow.change for arrow in picture.arrows if arrow.change})
    notes = (*picture.notes, *map(change_words, changes), *([_DASHED] if dashed else []))
    label = "\n".join((cut_middle(picture.title, _TITLE_WIDTH), *notes))
    heading = {"label": label, "tooltip": picture.title}
    lines = [
        "digraph rbacgraph {",
        f'  graph [rankdir=LR, fontname="Helvetica", {spaces}, labelloc=t]',
        '  node [style=filled, fontname="Helvetica", fontsize=11, margin="0.15,0.08"]',
        '  edge [fontname="Helvetica", fontsize=10, color="#444444"]',
        f"  graph [{_attributes(heading)}]",
        *_legend(picture),
        *_boxes(picture.boxes, space),
        *(_edge(arrow, space) for arrow in picture.arrows),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _legend(picture: Picture) -> Iterator[str]:
    families = dict.fromkeys(family(kind) for kind in kinds_shown(picture))
    yield "  subgraph cluster_legend {"
    yield "    node [fontsize=9, height=0.3, width=0.5]"
    yield '    graph [label="Legend", tooltip="Legend", labeljust=l, fontsize=10]'
    yield '    graph [style=rounded, color="#999999"]'
    for name in families:
        words = family_words(name)
        look = {"label": words, "tooltip": words, **_ink(name), "margin": "0.1,0.04"}
        yield f"    legend_{name} [{_attributes(look)}]"
    column = "; ".join(f"legend_{name}" for name in families)
    yield f"    {{ rank=same; {column} }}"
    yield "  }"


def _boxes(boxes: Iterable[DrawnBox], space: Room) -> Iterator[str]:
    inside: dict[str, list[DrawnBox]] = {}
    for box in boxes:
        inside.setdefault(box.namespace, []).append(box)
    for box in inside.pop("", ()):
        yield f"  {_node(box, space)}"
    for number, (namespace, members) in enumerate(inside.items(), 1):
        words = f"namespace {namespace}"
        look = {"label": cut_middle(words, space.name), "tooltip": words}
        yield f"  subgraph cluster_{number} {{"
        yield f"    graph [{_attributes(look)}, labeljust=l, fontsize=11]"
        yield '    graph [style="rounded,filled", fillcolor="#f7f7f7", color="#999999"]'
        for box in members:
            yield f"    {_node(box, space)}"
        yield "  }"


def _node(box: DrawnBox, space: Room) -> str:
    names = (cut_middle(name, space.name) for name in box.names)
    lines = (line for line in (box.heading, *names, box.more) if line)
    attributes = {"label": "\n".join(lines), "tooltip": box.tooltip, **_ink(box.kind)}
    if box.several and attributes["shape"] != "cylinder":  # its second border would cross the label
        attributes["peripheries"] = "2"
    if box.starts:
        attributes |= _STARTS
    if box.asked:
        attributes |= _ASKED | {"fontsize": str(space.asked)}
    return f"{box.id} [{_attributes(attributes | _link(box.place))}]"


def _ink(kind: str) -> dict[str, str]:
    look = ink(kind)
    shape = {"shape": look.shape, "fillcolor": look.fill, "color": look.border}
    return shape | _ROOM.get(look.shape, {})


def _edge(arrow: Arrow, space: Room) -> str:
    label = "\n".join(label_lines(arrow.label, space))
    attributes = {"label": label, "tooltip": arrow.tooltip}
    if not arrow.label:
        attributes |= {"color": "#999999", "arrowsize": "0.7"}
    elif arrow.conditional:
        attributes |= {"style": "dashed"}
    if arrow.change:
        attributes |= change_ink(arrow.change)
    return f"  {arrow.source} -> {arrow.target} [{_attributes(attributes | _link(arrow.place))}]"


def _link(place: FileLine | None) -> dict[str, str]:
    """Return the link to a line; no file name can become a scheme or a host."""
    if place is None:
        return {}
    path = quote(place.file, safe="/", errors="surrogatepass")
    if path.startswith("/"):
        path = "/" + path.lstrip("/")
    return {"URL": f"{path}#L{place.line}" if place.line else path}


def _attributes(attributes: dict[str, str]) -> str:
    return ", ".join(f"{key}={_quote(value)}" for key, value in attributes.items())


def _quote(text: str) -> str:
    r"""Quote a text: DOT would otherwise interpret ``\N``, ``&lt;`` and the like."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
    return '"' + escaped.replace("\n", "\\n") + '"'
