"""The answer of ``Cluster.survey``."""

from collections.abc import Iterable
from dataclasses import dataclass

from rbacgraph.api.answers.base import Answer
from rbacgraph.api.answers.to_networkx import Step, path_steps
from rbacgraph.model.answers.paths import Basis, SecretExposure
from rbacgraph.model.answers.survey import SurveyResult
from rbacgraph.report.answer_formats import Report, survey_report
from rbacgraph.report.formats.rows import Rows, exposure_rows
from rbacgraph.report.text.text import count


@dataclass(frozen=True, repr=False)
class Survey(Answer[SecretExposure]):
    """Every Secret with all paths to it, to be written as one page: ``render("report.html")``."""

    result: SurveyResult

    @property
    def items(self) -> tuple[SecretExposure, ...]:
        """One row per Secret, the most exposed first."""
        return self.result.exposure.rows

    @property
    def basis(self) -> Basis:
        """What the answer was concluded from."""
        return self.result.exposure.basis

    def __repr__(self) -> str:
        principals = count(len(self.result.principals), "principal")
        return f"<Survey of {count(len(self), 'Secret')} and {principals}>"

    def report(self) -> Report:
        """The answer in every format."""
        return survey_report(self.result)

    def rows(self) -> Rows:
        """One row per Secret."""
        return exposure_rows(self.result.exposure)

    def steps(self) -> Iterable[Step]:
        """Every hop of every path to a Secret."""
        ways = self.result.ways
        return path_steps(
            path for secret in self.result.secrets for path in secret.paths(ways[secret.ways])
        )
