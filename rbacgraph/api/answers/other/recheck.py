"""The answer of ``Cluster.verify_suggestion``."""

from collections.abc import Iterable
from dataclasses import dataclass

from rbacgraph.api.answers.base import Answer
from rbacgraph.api.answers.to_networkx import Step
from rbacgraph.model.changes.saved_suggestion import RecheckResult, Standing
from rbacgraph.report.advice.recheck import recheck_rows
from rbacgraph.report.answer_formats import Report, recheck_report
from rbacgraph.report.formats.rows import Rows
from rbacgraph.report.text.text import count


@dataclass(frozen=True, repr=False)
class Recheck(Answer[Standing]):
    """How each object of a saved suggestion stands; ``.result.holds`` says the whole."""

    result: RecheckResult

    @property
    def items(self) -> tuple[Standing, ...]:
        """Every object of the suggestion."""
        return self.result.standing

    def __repr__(self) -> str:
        holds = "holds" if self.result.holds else "does not hold"
        return f"<Recheck: {count(len(self), 'change')}, {holds}>"

    def report(self) -> Report:
        """The answer in every format."""
        return recheck_report(self.result)

    def rows(self) -> Rows:
        """One row per object."""
        return recheck_rows(self.result)

    def steps(self) -> Iterable[Step]:
        """There are none: what stands leads nowhere."""
        return ()
