"""Writes DOT, the language of Graphviz."""

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from urllib.parse import quote

from rbacgraph.report.picture import palette, shapes
from rbacgraph.report.picture.page_size import Room, label_lines, room
from rbacgraph.report.text.layout.text import cut_middle, wrap

_TITLE_WIDTH = 100
_BELOW_TITLE = "\n \n "
"""Room for arrows that Graphviz bends above the boxes."""
_STARTS = {"penwidth": "2.5"}
_ASKED = {"penwidth": "4"}


def dot_text(picture: shapes.Picture) -> str:
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


def _boxes(boxes: Iterable[shapes.DrawnBox], space: Room) -> Iterator[str]:
    inside: dict[str, list[shapes.DrawnBox]] = {}
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


def _node(box: shapes.DrawnBox, space: Room) -> str:
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


def _edge(arrow: shapes.Arrow, space: Room) -> str:
    label = "\n".join(label_lines(arrow.label, space))
    attributes = {"label": label, "tooltip": arrow.tooltip}
    if not arrow.label:
        attributes |= {"color": "#999999", "arrowsize": "0.7"}
    else:
        attributes |= line_look(arrow.severity, conditional=arrow.conditional)
    if arrow.change:
        attributes |= palette.change_ink(arrow.change)
    look = attribute_list(attributes | _link(arrow.place))
    return f"  {arrow.source} -> {arrow.target} [{look}]"


def _link(place: shapes.FileLine | None) -> dict[str, str]:
    """Return the link to a line; no file name can become a scheme or a host."""
    if place is None:
        return {}
    path = quote(place.file, safe="/", errors="surrogatepass")
    if path.startswith("/"):
        path = "/" + path.lstrip("/")
    return {"URL": f"{path}#L{place.line}" if place.line else path}


# The looks of kinds and lines as attributes of DOT.

_ROOM = {
    "circle": {"margin": "0.03", "fontsize": "9"},
    "cylinder": {"margin": "0.15,0.16"},  # else its rim touches the label
    "hexagon": {"margin": "0.02,0.02"},
    "parallelogram": {"margin": "0.02,0.06"},
    "trapezium": {"margin": "0.02,0.06"},
}


def kind_look(kind: str) -> dict[str, str]:
    """Return the shape and colours of a kind."""
    look = palette.ink(kind)
    shape = {"shape": look.shape, "fillcolor": look.fill, "color": look.border}
    return shape | _ROOM.get(look.shape, {})


def line_look(severity: palette.PictureSeverity, *, conditional: bool) -> dict[str, str]:
    """Return the colour and width of an arrow; it is dashed under a condition."""
    stroke = palette.STROKES[severity]
    look = {"color": stroke.colour, "penwidth": f"{stroke.width:g}"}
    return look | ({"style": "dashed"} if conditional else {})


def attribute_list(attributes: Mapping[str, str]) -> str:
    """Return attributes as DOT writes them, between brackets."""
    return ", ".join(f"{key}={_quote(value)}" for key, value in attributes.items())


def _quote(text: str) -> str:
    r"""Quote a text: DOT would otherwise interpret ``\N``, ``&lt;`` and the like."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
    return '"' + escaped.replace("\n", "\\n") + '"'


# Writes the legend, a strip below a picture, and the notes under it, as an HTML label of DOT.

_PLAIN = frozenset({"", shapes.EACH})
"""Kinds of boxes whose words say it all."""
_NOTE_WIDTH = 130
_WORDS = '<FONT POINT-SIZE="10">{}</FONT>'
_CHIP = (
    '<TD BORDER="1" STYLE="ROUNDED" COLOR="{border}" BGCOLOR="{fill}" CELLPADDING="3">{words}</TD>'
)
_BAR = '<TD FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="{height}" BGCOLOR="{colour}"></TD>'
_GAP = '<TD FIXEDSIZE="TRUE" WIDTH="4" HEIGHT="1"></TD>'
_THICKER = 1.6
"""How much thicker: so that the samples differ at a glance."""


def legend(picture: shapes.Picture) -> str:
    """Return the label below a picture: the kinds and lines that it has, and its notes."""
    cells = [*_kinds(picture), *map(_line, shapes.kinds_of_lines(picture))]
    strip = "".join(f"<TD>{cell}</TD>" for cell in cells)
    rows = [_table(f"<TR>{strip}</TR>", spacing=4)] if cells else []
    if picture.notes:
        lines = (escape(line) for note in picture.notes for line in wrap(note, _NOTE_WIDTH))
        left = '<BR ALIGN="LEFT"/>'
        rows.append(_WORDS.format("".join(f"{line}{left}" for line in lines)))
    body = "".join(f'<TR><TD ALIGN="LEFT" BALIGN="LEFT">{row}</TD></TR>' for row in rows)
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0">{body}</TABLE>>'


def _kinds(picture: shapes.Picture) -> Iterator[str]:
    for name in dict.fromkeys(
        palette.family(kind) for kind in shapes.kinds_shown(picture) if kind not in _PLAIN
    ):
        look, words = palette.ink(name), _WORDS.format(escape(palette.family_words(name)))
        yield _table(f"<TR>{_CHIP.format(border=look.border, fill=look.fill, words=words)}</TR>")


def _line(line: shapes.LineKind) -> str:
    """Return a sample of a line, a bar that is thicker than that, and its words."""
    height = max(1, round(line.stroke.width * _THICKER))
    bar = _BAR.format(width=6 if line.dashed else 30, height=height, colour=line.stroke.colour)
    bars = _table(f"<TR>{_GAP.join([bar] * (3 if line.dashed else 1))}</TR>")
    words = _WORDS.format(escape(line.words))
    return _table(f"<TR><TD>{bars}</TD><TD>{words}</TD></TR>", spacing=2)


def _table(rows: str, spacing: int = 0) -> str:
    return (
        f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="{spacing}" CELLPADDING="0">{rows}</TABLE>'
    )
