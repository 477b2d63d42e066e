"""The answer of ``Cluster.paths``."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from rbacgraph.api.answers.base import Answer
from rbacgraph.api.answers.notebook_picture import Picture
from rbacgraph.api.answers.to_networkx import Step, path_steps
from rbacgraph.model.answers.paths import Basis, Path, PathsResult, SecretPaths
from rbacgraph.report.answer_formats import Report, paths_report
from rbacgraph.report.formats.rows import Rows, paths_rows
from rbacgraph.report.text.format_names import MOST_DRAWN
from rbacgraph.report.text.text import count


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
