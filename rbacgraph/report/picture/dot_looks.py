"""The looks of kinds and lines as attributes of DOT."""

from collections.abc import Mapping

from rbacgraph.report.picture.palette import STROKES, PictureSeverity, ink

_ROOM = {
    "circle": {"margin": "0.03", "fontsize": "9"},
    "cylinder": {"margin": "0.15,0.16"},  # else its rim touches the label
    "hexagon": {"margin": "0.02,0.02"},
    "parallelogram": {"margin": "0.02,0.06"},
    "trapezium": {"margin": "0.02,0.06"},
}


def kind_look(kind: str) -> dict[str, str]:
    """Return the shape and colours of a kind."""
    look = ink(kind)
    shape = {"shape": look.shape, "fillcolor": look.fill, "color": look.border}
    return shape | _ROOM.get(look.shape, {})


def line_look(severity: PictureSeverity, *, conditional: bool) -> dict[str, str]:
    """Return the colour and width of an arrow; it is dashed under a condition."""
    stroke = STROKES[severity]
    look = {"color": stroke.colour, "penwidth": f"{stroke.width:g}"}
    return look | ({"style": "dashed"} if conditional else {})


def attribute_list(attributes: Mapping[str, str]) -> str:
    """Return attributes as DOT writes them, between brackets."""
    return ", ".join(f"{key}={_quote(value)}" for key, value in attributes.items())


def _quote(text: str) -> str:
    r"""Quote a text: DOT would otherwise interpret ``\N``, ``&lt;`` and the like."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
    return '"' + escaped.replace("\n", "\\n") + '"'
