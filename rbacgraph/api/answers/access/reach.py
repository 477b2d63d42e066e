"""The answer of ``Cluster.reach``."""

from collections.abc import Iterable
from dataclasses import dataclass

from rbacgraph.api.answers.base import Answer
from rbacgraph.api.answers.notebook_picture import Picture
from rbacgraph.api.answers.to_networkx import Step, path_steps
from rbacgraph.model.answers.paths import Basis, Reached, ReachResult
from rbacgraph.report.answer_formats import Report, reach_report
from rbacgraph.report.formats.rows import Rows, reach_rows
from rbacgraph.report.text.format_names import MOST_DRAWN
from rbacgraph.report.text.text import count


@dataclass(frozen=True, repr=False)
class Reach(Answer[Reached]):
    """The blast radius of one source: Secrets first, then identities."""

    result: ReachResult

    @property
    def items(self) -> tuple[Reached, ...]:
        """Everything reached."""
        return self.result.reached

    @property
    def basis(self) -> Basis:
        """What the answer was concluded from."""
        return self.result.basis

    def __repr__(self) -> str:
        return f"<Reach of {self.result.source}: {count(len(self), 'target')}>"

    def report(self, most: int = MOST_DRAWN) -> Report:
        """The answer in every format; a picture shows about ``most`` paths."""
        return reach_report(self.result, most)

    def picture(self, most: int = MOST_DRAWN) -> Picture:
        """Draw about ``most`` paths, those of least effort: a notebook shows them as SVG."""
        return Picture(self.report(most))

    def rows(self) -> Rows:
        """One row per target and path to it."""
        return reach_rows(self.result)

    def steps(self) -> Iterable[Step]:
        """Every hop of every path."""
        return path_steps(
            path for item in self for path in (item.certain, item.conditional) if path is not None
        )
