"""The answer of ``Cluster.exposure``."""

from collections.abc import Iterable
from dataclasses import dataclass

from rbacgraph.api.answers.base import Answer
from rbacgraph.api.answers.to_networkx import Step
from rbacgraph.model.answers.paths import Basis, ExposureResult, SecretExposure
from rbacgraph.report.answer_formats import Report, exposure_report
from rbacgraph.report.formats.rows import Rows, exposure_rows
from rbacgraph.report.text.text import count
from rbacgraph.report.text.words import chain


@dataclass(frozen=True, repr=False)
class Exposure(Answer[SecretExposure]):
    """Every Secret with how many principals reach it, the most exposed first."""

    result: ExposureResult

    @property
    def items(self) -> tuple[SecretExposure, ...]:
        """One row per Secret."""
        return self.result.rows

    @property
    def basis(self) -> Basis:
        """What the answer was concluded from."""
        return self.result.basis

    def __repr__(self) -> str:
        return f"<Exposure of {count(len(self), 'Secret')}>"

    def report(self) -> Report:
        """The answer in every format."""
        return exposure_report(self.result)

    def rows(self) -> Rows:
        """One row per Secret."""
        return exposure_rows(self.result)

    def steps(self) -> Iterable[Step]:
        """One edge per Secret that is reached: its path of the lowest effort found."""
        return (
            Step(row.principal, row.secret, chain(row.cheapest), effort=row.effort)
            for row in self
            if row.cheapest
        )
