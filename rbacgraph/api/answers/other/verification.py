"""The answer of ``Cluster.verify``."""

from collections.abc import Iterable
from dataclasses import dataclass

from rbacgraph.api.answers.base import Answer
from rbacgraph.api.answers.to_networkx import Step
from rbacgraph.model.answers.verification import Disagreement, VerifyResult
from rbacgraph.report.answer_formats import Report, verify_report
from rbacgraph.report.formats.rows import Rows, verify_rows
from rbacgraph.report.text.text import count


@dataclass(frozen=True, repr=False)
class Verification(Answer[Disagreement]):
    """Every claim that the server says the contrary of; empty where it agrees with all."""

    result: VerifyResult

    @property
    def items(self) -> tuple[Disagreement, ...]:
        """Every disagreement."""
        return self.result.disagreements

    def __repr__(self) -> str:
        asked = count(self.result.asked, "claim")
        return f"<Verification: {asked}, {count(len(self), 'disagreement')}>"

    def report(self) -> Report:
        """The answer in every format."""
        return verify_report(self.result)

    def rows(self) -> Rows:
        """One row per disagreement."""
        return verify_rows(self.result)

    def steps(self) -> Iterable[Step]:
        """There are none: a right that is disputed leads nowhere."""
        return ()
