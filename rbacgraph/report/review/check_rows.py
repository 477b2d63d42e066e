"""``check`` as flat rows."""

from rbacgraph.model.answers.policy_check import CheckResult
from rbacgraph.report.formats.rows import Cell, Rows
from rbacgraph.report.review.check_words import first_place
from rbacgraph.report.text.words import chain, kind_of, short, split_node


def check_rows(result: CheckResult) -> Rows:
    """One row per principal and Secret that it may not get at."""
    rows: list[tuple[Cell, ...]] = []
    for found in result.findings:
        evidence = first_place(found)
        where = (evidence.file, evidence.line) if evidence else ("", 0)
        way = chain(hop.edge for hop in found.path.hops), found.path.effort, *where
        rows += [
            (
                principal,
                kind_of(principal),
                short(secret),
                split_node(secret)[1],
                found.certain,
                *way,
            )
            for principal in found.principals
            for secret in found.secrets
        ]
    columns = (
        *("principal", "principal_kind", "secret", "namespace", "certain"),
        *("techniques", "effort", "file", "line"),
    )
    return Rows(columns, frozenset({"principal_kind", "namespace"}), rows)
