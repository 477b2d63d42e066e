"""The answer of ``Cluster.check``."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rbacgraph.api.answers.base import Answer
from rbacgraph.api.answers.to_networkx import Step, path_steps
from rbacgraph.errors import RbacGraphError
from rbacgraph.model.answers.paths import Basis
from rbacgraph.model.answers.policy_check import CheckResult, Excess, Expired
from rbacgraph.model.inputs.unread import Unread
from rbacgraph.report.answer_formats import Report, check_report
from rbacgraph.report.formats.rows import Rows
from rbacgraph.report.review.baseline import baseline_text
from rbacgraph.report.review.check_rows import check_rows
from rbacgraph.report.text.text import count


@dataclass(frozen=True, repr=False)
class Check(Answer[Excess]):
    """Who gets at Secrets and may not: the certain first."""

    result: CheckResult

    @property
    def items(self) -> tuple[Excess, ...]:
        """Principals with the same way to the same Secrets, none of which they may get at."""
        return self.result.findings

    @property
    def expired(self) -> tuple[Expired, ...]:
        """Entries of the policy that hold no more."""
        return self.result.expired

    @property
    def unread(self) -> tuple[Unread, ...]:
        """What of the input was not read: without findings nobody can say that there are none."""
        return self.result.unread

    @property
    def failed(self) -> bool:
        """Whether anything is found: somebody who may not, or an entry that has expired."""
        return self.result.failed

    @property
    def basis(self) -> Basis:
        """What the answer was concluded from."""
        return self.result.basis

    def __repr__(self) -> str:
        found = count(len(self), "finding")
        return f"<Check: {found}, {count(len(self.expired), 'expired entry', 'expired entries')}>"

    def report(self) -> Report:
        """The answer in every format."""
        from rbacgraph.techniques.catalogue import pages  # few need them

        return check_report(self.result, pages=pages())

    def rows(self) -> Rows:
        """One row per principal and Secret."""
        return check_rows(self.result)

    def steps(self) -> Iterable[Step]:
        """The hops of one path per finding."""
        return path_steps(found.path for found in self)

    def write_baseline(self, path: str | Path) -> Path:
        """Write who gets at what as known, for ``baseline`` of :meth:`rbacgraph.Cluster.check`.

        Parameters
        ----------
        path:
            The file.

        Raises
        ------
        RbacGraphError
            Where it cannot be written.
        """
        path = Path(path)
        try:
            path.write_text(baseline_text(self), encoding="utf-8")
        except OSError as error:
            raise RbacGraphError(f"cannot write {path}: {error.strerror}") from None
        return path
