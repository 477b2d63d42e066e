"""The answer of ``Cluster.encryption``."""

from collections.abc import Iterable
from dataclasses import dataclass

from rbacgraph.api.answers.base import Answer
from rbacgraph.api.answers.to_networkx import Step
from rbacgraph.model.answers.encryption import (
    ApiServer,
    EncryptionResult,
    Finding,
    ResourceEncryption,
)
from rbacgraph.report.answer_formats import Report, encryption_report
from rbacgraph.report.formats.rows import Rows, findings_rows
from rbacgraph.report.text.text import count


@dataclass(frozen=True, repr=False)
class Encryption(Answer[Finding]):
    """What is to be known of encryption at rest, the gravest first."""

    result: EncryptionResult

    @property
    def items(self) -> tuple[Finding, ...]:
        """Every finding."""
        return self.result.findings

    @property
    def resources(self) -> tuple[ResourceEncryption, ...]:
        """How each resource is stored."""
        return self.result.resources

    @property
    def servers(self) -> tuple[ApiServer, ...]:
        """The API servers of the input, with the flags that decide on encryption."""
        return self.result.servers

    @property
    def loads(self) -> bool | None:
        """Whether the API server takes the file; None where none was read."""
        return self.result.loads

    def __repr__(self) -> str:
        return f"<Encryption: {count(len(self), 'finding')}>"

    def report(self) -> Report:
        """The answer in every format."""
        return encryption_report(self.result)

    def rows(self) -> Rows:
        """One row per finding."""
        return findings_rows(self.result.findings)

    def steps(self) -> Iterable[Step]:
        """Resource to the provider that writes it, and to those that read it."""
        for row in self.resources:
            yield Step(f"resource:{row.resource}", f"provider:{row.writes}", "written-by")
            for reader in row.reads:
                yield Step(f"resource:{row.resource}", f"provider:{reader}", "read-by")
