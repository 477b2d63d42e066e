"""An answer as a picture that a notebook shows."""

import re
from dataclasses import dataclass

from rbacgraph.report.question_formats import AnswerReport

_SIZE = re.compile(r'<svg width="([\d.]+)pt" height="[\d.]+pt"')
_FITTING = '<svg width="{width}" style="max-width: {natural}pt; height: auto"'
_CELL = 600
"""Points that every cell has: a wider picture takes the width of its cell."""


@dataclass(frozen=True, repr=False)
class NotebookPicture:
    """The paths of an answer, drawn; ``str()`` is the DOT text.

    Parameters
    ----------
    report:
        The answer in every format.
    """

    report: AnswerReport

    def __repr__(self) -> str:
        return "<Picture>"

    def __str__(self) -> str:
        return str(self.report.render("dot"))

    def _repr_svg_(self) -> str:
        """Draw it as wide as the cell that it stands in, but no larger than it is."""
        drawn = self.report.render("svg")
        text = drawn.decode() if isinstance(drawn, bytes) else drawn
        return _SIZE.sub(_fitting, text, count=1)


def _fitting(size: re.Match[str]) -> str:
    """Return the start of an SVG whose ``viewBox`` gives its height."""
    natural = size[1]
    width = "100%" if float(natural) > _CELL else f"{natural}pt"
    return _FITTING.format(width=width, natural=natural)
