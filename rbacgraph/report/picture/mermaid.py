"""Writes Mermaid flowcharts, which GitHub and GitLab draw in Markdown."""

from collections.abc import Iterable, Iterator

from rbacgraph.report.picture import shapes
from rbacgraph.report.picture.palette import Stroke, family, ink
from rbacgraph.report.text.layout.text import wrap_even

_SHAPES = {
    "ellipse": ("([", "])"),
    "hexagon": ("{{", "}}"),
    "cylinder": ("[(", ")]"),
    "component": ("[[", "]]"),
    "box3d": ("[/", "/]"),
    "folder": ("[/", "\\]"),
    "parallelogram": ("[\\", "\\]"),
    "trapezium": ("[\\", "/]"),
    "octagon": (">", "]"),
    "tab": ("((", "))"),
    "house": ("(((", ")))"),
    "circle": ("((", "))"),
}
_SAFE = frozenset(" -_.,:/()*+=@")
_LABEL_WIDTH = 34


def mermaid_text(picture: shapes.Picture) -> str:
    """Return a picture as a flowchart that reads from left to right."""
    families = dict.fromkeys(family(kind) for kind in shapes.kinds_shown(picture))
    lines = [
        "flowchart LR",
        *_notes(picture),
        *_boxes(picture.boxes),
        *(_edge(arrow) for arrow in picture.arrows),
        *_legend(picture),
        *_looks(picture),
        *(_class(name) for name in families),
    ]
    return "\n".join(lines) + "\n"


def markdown_text(picture: shapes.Picture) -> str:
    """Return a picture as a fenced block of a Markdown file."""
    return f"```mermaid\n{mermaid_text(picture)}```\n"


def _boxes(boxes: Iterable[shapes.DrawnBox]) -> Iterator[str]:
    inside: dict[str, list[shapes.DrawnBox]] = {}
    for box in boxes:
        inside.setdefault(box.namespace, []).append(box)
    for box in inside.pop("", ()):
        yield f"  {_node(box)}"
    for number, (namespace, members) in enumerate(inside.items(), 1):
        yield f"  subgraph namespace{number} [{_quote((f'namespace {namespace}',))}]"
        yield from (f"    {_node(box)}" for box in members)
        yield "  end"
        yield f"  style namespace{number} fill:#f7f7f7,stroke:#999999,color:#000000"


def _node(box: shapes.DrawnBox) -> str:
    opening, closing = _SHAPES.get(ink(box.kind).shape, ("[", "]"))
    return f"{box.id}{opening}{_quote(box.lines)}{closing}:::{family(box.kind)}"


def _notes(picture: shapes.Picture) -> Iterator[str]:
    if picture.notes:
        yield f"  notes[{_quote(picture.notes)}]"
        yield "  style notes fill:#ffffff,stroke:#999999,color:#000000,text-align:left"


def _edge(arrow: shapes.Arrow) -> str:
    line = "-.->" if arrow.conditional else "-->"
    if not arrow.label:
        return f"  {arrow.source} --- {arrow.target}"
    label = _quote(tuple(wrap_even(arrow.label, _LABEL_WIDTH)))
    return f"  {arrow.source} {line}|{label}| {arrow.target}"


def _legend(picture: shapes.Picture) -> Iterator[str]:
    """Yield a row of points with a sample of each kind of line between two of them."""
    lines = list(shapes.kinds_of_lines(picture))
    if not lines:
        return
    yield "  subgraph legend [Legend]"
    yield "    direction LR"
    yield from (f'    line{number}((" "))' for number in range(len(lines) + 1))
    for number, line in enumerate(lines):
        link = "-.->" if line.dashed else "-->"
        yield f"    line{number} {link}|{_quote((line.words,))}| line{number + 1}"
    yield "  end"
    yield "  style legend fill:#ffffff,stroke:#999999,color:#000000"


def _looks(picture: shapes.Picture) -> Iterator[str]:
    """Colour the arrows, and the samples of the legend, by their numbers."""
    strokes: dict[Stroke, list[str]] = {}
    for number, arrow in enumerate(picture.arrows):
        if arrow.label or arrow.change:
            strokes.setdefault(shapes.stroke_of(arrow), []).append(str(number))
    for number, line in enumerate(shapes.kinds_of_lines(picture), len(picture.arrows)):
        strokes.setdefault(line.stroke, []).append(str(number))
    for stroke, numbers in sorted(strokes.items(), key=lambda some: -some[0].width):
        look = f"stroke:{stroke.colour},stroke-width:{stroke.width:g}px"
        yield f"  linkStyle {','.join(numbers)} {look}"


def _class(name: str) -> str:
    colours = ink(name)
    return f"  classDef {name} fill:{colours.fill},stroke:{colours.border},color:#000000"


def _quote(lines: tuple[str, ...]) -> str:
    """Quote a label; characters that Mermaid or HTML might act on become character codes."""
    return '"' + "<br/>".join("".join(map(_char, line)) for line in lines) + '"'


def _char(char: str) -> str:
    return char if char.isalnum() or char in _SAFE else f"#{ord(char)};"
