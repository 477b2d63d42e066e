"""The answer of ``Cluster.cut``."""

from collections.abc import Iterable
from dataclasses import dataclass

from rbacgraph.api.answers.base import Answer
from rbacgraph.api.answers.to_networkx import Step, path_steps
from rbacgraph.model.changes.change import Change
from rbacgraph.model.changes.cut import CutEdit, CutResult
from rbacgraph.report.advice.cut_rows import cut_rows
from rbacgraph.report.advice.manifests import manifests_text
from rbacgraph.report.answer_formats import Report, cut_report
from rbacgraph.report.formats.rows import Rows
from rbacgraph.report.text.text import count


@dataclass(frozen=True, repr=False)
class Cut(Answer[CutEdit]):
    """The fewest edits after which nobody but those kept reaches a Secret."""

    result: CutResult

    @property
    def items(self) -> tuple[CutEdit, ...]:
        """Every edit."""
        return self.result.edits

    @property
    def changes(self) -> tuple[Change, ...]:
        """The objects that are written."""
        return self.result.changes

    @property
    def possible(self) -> bool:
        """Whether everybody but those kept is cut off."""
        return not self.result.uncut

    def manifests(self) -> str:
        """Return the objects as YAML that can be applied."""
        return manifests_text(self.result.changes)

    def __repr__(self) -> str:
        return f"<Cut: {count(len(self), 'edit')} for {self.result.secret}>"

    def report(self) -> Report:
        """The answer in every format; YAML holds the manifests alone."""
        return cut_report(self.result)

    def rows(self) -> Rows:
        """One row per edit."""
        return cut_rows(self.result)

    def steps(self) -> Iterable[Step]:
        """Every hop of the paths that force the edits."""
        return path_steps(one.path for one in self.result.forcing)
