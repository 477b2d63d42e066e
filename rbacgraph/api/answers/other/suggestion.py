"""The answer of ``Cluster.suggest``."""

from collections.abc import Iterable
from dataclasses import dataclass

from rbacgraph.api.answers.base import Answer
from rbacgraph.api.answers.to_networkx import Step
from rbacgraph.model.changes.change import Change
from rbacgraph.model.changes.suggestion import Leftover, RoleChange, SuggestResult
from rbacgraph.report.advice.manifests import manifests_text
from rbacgraph.report.advice.suggest_rows import suggest_rows
from rbacgraph.report.answer_formats import Report, suggest_report
from rbacgraph.report.formats.rows import Rows
from rbacgraph.report.text.text import count
from rbacgraph.report.text.words import object_name


@dataclass(frozen=True, repr=False)
class Suggestion(Answer[RoleChange]):
    """What becomes of each role, proven to be enough and no more."""

    result: SuggestResult

    @property
    def items(self) -> tuple[RoleChange, ...]:
        """Every role that is narrowed or made."""
        return self.result.roles

    @property
    def changes(self) -> tuple[Change, ...]:
        """What to apply, in order: roles and bindings before and after."""
        return self.result.changes

    @property
    def leftovers(self) -> tuple[Leftover, ...]:
        """What to delete then, in order."""
        return self.result.leftovers

    def manifests(self) -> str:
        """Return what to apply as YAML.

        Returns
        -------
        str
            One document for each object that is made or changed, ``""`` for no change.
        """
        return manifests_text(self.result.changes)

    def __repr__(self) -> str:
        return f"<Suggestion: {count(len(self.changes), 'change')}, {count(len(self), 'role')}>"

    def report(self) -> Report:
        """The answer in every format."""
        return suggest_report(self.result)

    def rows(self) -> Rows:
        """One row per permission of a role."""
        return suggest_rows(self.result)

    def steps(self) -> Iterable[Step]:
        """Principal to role, for each that has one afterwards."""
        for role in self:
            name = f"{role.kind.lower()}:{object_name(role.namespace, role.name)}"
            for principal in role.principals:
                yield Step(principal, name, "grants")
