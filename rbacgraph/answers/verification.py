"""The answer of ``Cluster.verify``."""

from collections.abc import Iterable
from dataclasses import dataclass

from rbacgraph.answers.answer import Answer
from rbacgraph.answers.network import Step
from rbacgraph.model.verification import Disagreement, VerifyResult
from rbacgraph.report.formats import Report, verify_report
from rbacgraph.report.rows import Rows, verify_rows
from rbacgraph.report.text import count


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
