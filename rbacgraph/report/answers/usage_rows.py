"""``usage`` as flat rows."""

from rbacgraph.model.answers.usage import UsageResult
from rbacgraph.report.answers.usage import parts_words
from rbacgraph.report.formats.rows import Cell, Rows
from rbacgraph.report.text.words import kind_of, object_name


def usage_rows(result: UsageResult) -> Rows:
    """One row per smallest part of each rule that a binding gives a subject."""
    rows: list[tuple[Cell, ...]] = [
        (
            use.principal,
            kind_of(use.principal),
            use.scope,
            use.binding.kind,
            object_name(use.binding.namespace, use.binding.name),
            use.rule.kind,
            object_name(use.rule.namespace, use.rule.name),
            use.rule.rule or 0,
            part.verb,
            part.group,
            part.resource,
            part.name,
            part.path,
            part.state,
            part.requests,
            part.last,
            "; ".join(parts_words(part.seen)),
            use.rule.file,
            use.rule.line,
        )
        for use in result.grants
        for part in use.parts
    ]
    columns = (
        *("principal", "principal_kind", "scope", "binding_kind", "binding", "role_kind", "role"),
        *("rule", "verb", "group", "resource", "name", "path", "state", "requests", "last"),
        *("seen", "file", "line"),
    )
    kinds = frozenset({"principal_kind", "binding_kind", "role_kind", "verb", "group", "state"})
    return Rows(columns, kinds, rows)
