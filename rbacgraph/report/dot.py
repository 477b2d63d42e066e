"""DOT, the language of Graphviz."""

from rbacgraph.report.palette import ink
from rbacgraph.report.picture import Arrow, Box, Picture
from rbacgraph.report.text import wrap

_LABEL_WIDTH = 34


def dot_text(picture: Picture) -> str:
    """Write a picture as a directed graph that reads from left to right."""
    lines = [
        "digraph rbacgraph {",
        '  graph [rankdir=LR, fontname="Helvetica", nodesep=0.35, ranksep=0.8]',
        '  node [style=filled, fontname="Helvetica", fontsize=11, margin="0.15,0.08"]',
        '  edge [fontname="Helvetica", fontsize=10, color="#444444"]',
        *(_node(box) for box in picture.boxes),
        *(_edge(arrow) for arrow in picture.arrows),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _node(box: Box) -> str:
    look = ink(box.kind)
    attributes = {
        "label": "\n".join(box.lines),
        "shape": look.shape,
        "fillcolor": look.fill,
        "color": look.border,
        "tooltip": box.tooltip,
    }
    if box.collection:
        attributes["peripheries"] = "2"
    return f"  {box.id} [{_attributes(attributes)}]"


def _edge(arrow: Arrow) -> str:
    attributes = {"label": "\n".join(wrap(arrow.label, _LABEL_WIDTH)), "tooltip": arrow.tooltip}
    if not arrow.label:
        attributes |= {"arrowhead": "none", "style": "dotted"}
    elif arrow.conditional:
        attributes |= {"style": "dashed"}
    return f"  {arrow.source} -> {arrow.target} [{_attributes(attributes)}]"


def _attributes(attributes: dict[str, str]) -> str:
    return ", ".join(f"{key}={_quote(value)}" for key, value in attributes.items())


def _quote(text: str) -> str:
    r"""Quote a text: in DOT, ``\N`` and the like would stand for something else."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
