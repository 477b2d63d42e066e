"""The answer of ``Cluster.paths``."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from rbacgraph.answers.answer import Answer
from rbacgraph.answers.network import Step, path_steps
from rbacgraph.answers.picture import Picture
from rbacgraph.model.results import Basis, Path, PathsResult, SecretPaths
from rbacgraph.report.formats import Report, paths_report
from rbacgraph.report.names import MOST_DRAWN
from rbacgraph.report.rows import Rows, paths_rows
from rbacgraph.report.text import count


@dataclass(frozen=True, repr=False)
class Paths(Answer[Path]):
    """Paths to one or many Secrets, by Secret, least effort first."""

    result: PathsResult

    @cached_property
    def items(self) -> tuple[Path, ...]:
        """Every path."""
        return tuple(path for secret in self.result.secrets for path in secret.paths)

    @property
    def secrets(self) -> tuple[SecretPaths, ...]:
        """Each Secret with its paths and what stands beside them."""
        return self.result.secrets

    @property
    def basis(self) -> Basis:
        """What the answer was concluded from."""
        return self.result.basis

    def __repr__(self) -> str:
        secrets = count(len(self.secrets), "Secret")
        return f"<Paths: {count(len(self), 'path')} to {secrets}>"

    def report(self, most: int = MOST_DRAWN) -> Report:
        """The answer in every format; a picture shows about ``most`` paths."""
        return paths_report(self.result, most)

    def picture(self, most: int = MOST_DRAWN) -> Picture:
        """Draw about ``most`` paths, those of least effort: a notebook shows them as SVG."""
        return Picture(self.report(most))

    def rows(self) -> Rows:
        """One row per path."""
        return paths_rows(self.result)

    def steps(self) -> Iterable[Step]:
        """Every hop of every path."""
        return path_steps(self.items)
