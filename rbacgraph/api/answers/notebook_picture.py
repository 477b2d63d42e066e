"""An answer as a picture that a notebook shows."""

from dataclasses import dataclass

from rbacgraph.report.question_formats import AnswerReport

_FITTING = '<svg style="max-width: 100%; height: auto" '


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
        """Draw it, no wider than the cell that it stands in."""
        drawn = self.report.render("svg")
        text = drawn.decode() if isinstance(drawn, bytes) else drawn
        return text.replace("<svg ", _FITTING, 1)
