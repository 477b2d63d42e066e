"""The answer of ``Cluster.usage``."""

from collections.abc import Iterable
from dataclasses import dataclass

from rbacgraph.api.answers.base import Answer
from rbacgraph.api.answers.to_networkx import Step
from rbacgraph.model.answers.usage import GrantUse, UsageResult
from rbacgraph.report.answer_formats import Report, usage_report
from rbacgraph.report.answers.usage_rows import usage_rows
from rbacgraph.report.formats.rows import Rows
from rbacgraph.report.text.text import count
from rbacgraph.report.text.words import object_name


@dataclass(frozen=True, repr=False)
class Usage(Answer[GrantUse]):
    """Each rule that a binding gives a subject, with what of it was used and what never."""

    result: UsageResult

    @property
    def items(self) -> tuple[GrantUse, ...]:
        """Every rule that is given."""
        return self.result.grants

    def __repr__(self) -> str:
        return f"<Usage: {count(len(self), 'rule')}, {count(self.result.log.requests, 'request')}>"

    def report(self) -> Report:
        """The answer in every format."""
        return usage_report(self.result)

    def rows(self) -> Rows:
        """One row per smallest part of a rule."""
        return usage_rows(self.result)

    def steps(self) -> Iterable[Step]:
        """Principal to binding, binding to role, for each rule."""
        for use in self:
            binding = f"{use.binding.kind.lower()}:" + object_name(
                use.binding.namespace, use.binding.name
            )
            role = f"{use.rule.kind.lower()}:{object_name(use.rule.namespace, use.rule.name)}"
            yield Step(use.principal, binding, "bound-by", evidence=(use.binding,))
            yield Step(binding, role, "grants", evidence=(use.rule,))
