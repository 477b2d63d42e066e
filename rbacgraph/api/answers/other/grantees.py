"""The answer of ``Cluster.who_can``."""

from collections.abc import Iterable
from dataclasses import dataclass

from rbacgraph.api.answers.base import Answer
from rbacgraph.api.answers.to_networkx import Step
from rbacgraph.model.answers.decision import Grantee
from rbacgraph.model.condition import Condition
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.report.answer_formats import Report, grantees_report
from rbacgraph.report.formats.rows import Rows, grantees_rows
from rbacgraph.report.text.text import count
from rbacgraph.report.text.words import binding_of, object_name, rules_of


@dataclass(frozen=True, repr=False)
class Grantees(Answer[Grantee]):
    """Who holds a right directly, one for each binding that gives it.

    ``missing`` says what was not there to be looked at.
    """

    result: tuple[Grantee, ...]
    missing: tuple[Condition, ...] = ()

    @property
    def items(self) -> tuple[Grantee, ...]:
        """Every holder."""
        return self.result

    def __repr__(self) -> str:
        return f"<Grantees: {count(len(self), 'grant')}>"

    def report(self) -> Report:
        """The answer in every format."""
        return grantees_report(self.result, self.missing)

    def rows(self) -> Rows:
        """One row per subject and binding."""
        return grantees_rows(self.result)

    def steps(self) -> Iterable[Step]:
        """Principal to binding, binding to role."""
        for grantee in self:
            binding, rules = binding_of(grantee.evidence), rules_of(grantee.evidence)
            if binding and rules:
                yield Step(grantee.principal, _node(binding), "bound-by", evidence=(binding,))
                yield Step(_node(binding), _node(rules[0]), "grants", evidence=rules)


def _node(evidence: Evidence) -> str:
    return f"{evidence.kind.lower()}:{object_name(evidence.namespace, evidence.name)}"
