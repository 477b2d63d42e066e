"""The answer of ``rbacgraph.diff``."""

from collections.abc import Iterable
from dataclasses import dataclass

from rbacgraph.api.answers.base import Answer
from rbacgraph.api.answers.notebook_picture import Picture
from rbacgraph.api.answers.to_networkx import Step, path_steps
from rbacgraph.model.answers.diff import Change, DiffResult
from rbacgraph.model.answers.paths import Basis
from rbacgraph.model.inputs.unread import Unread
from rbacgraph.report.answer_formats import Report, diff_report
from rbacgraph.report.formats.rows import Rows
from rbacgraph.report.review.diff_rows import diff_rows
from rbacgraph.report.text.format_names import MOST_DRAWN
from rbacgraph.report.text.text import count


@dataclass(frozen=True, repr=False)
class Diff(Answer[Change]):
    """What changed between two clusters: what was opened first, then what was closed."""

    result: DiffResult

    @property
    def items(self) -> tuple[Change, ...]:
        """One for everything that the same objects opened, or closed."""
        return self.result.changes

    @property
    def gained(self) -> tuple[Change, ...]:
        """What rights opened; not what is but the coming of Secrets."""
        return self.result.gained

    @property
    def lost(self) -> tuple[Change, ...]:
        """What is closed; not what is but the going of Secrets."""
        return self.result.lost

    @property
    def unread(self) -> tuple[Unread, ...]:
        """What changed and was not read: nobody can say what it opens."""
        return self.result.unread

    @property
    def basis(self) -> Basis:
        """What the answer was concluded from."""
        return self.result.basis

    def __repr__(self) -> str:
        opened = count(len(self.gained), "change opens", "changes open")
        closed = count(len(self.lost), "closes", "close")
        return f"<Diff: {opened} paths, {closed} some>"

    def report(self, most: int = MOST_DRAWN) -> Report:
        """The answer in every format; a picture shows about ``most`` paths."""
        from rbacgraph.techniques.catalogue import pages  # few need them

        return diff_report(self.result, most, pages=pages())

    def picture(self, most: int = MOST_DRAWN) -> Picture:
        """Draw about ``most`` paths that were opened or closed: a notebook shows them as SVG."""
        return Picture(self.report(most))

    def rows(self) -> Rows:
        """One row per principal and Secret."""
        return diff_rows(self.result)

    def steps(self) -> Iterable[Step]:
        """The hops of one path per way that was opened or closed."""
        return path_steps(way.path for change in self for way in change.ways)
