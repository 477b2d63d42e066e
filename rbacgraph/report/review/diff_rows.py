"""``diff`` as flat rows."""

from rbacgraph.model.answers.diff import Change, DiffResult
from rbacgraph.report.formats.rows import Cell, Rows
from rbacgraph.report.review.diff_words import cause_places, cause_words
from rbacgraph.report.text.words import chain, kind_of, short, split_node


def diff_rows(result: DiffResult) -> Rows:
    """One row per principal, Secret and change."""
    columns = (
        *("change", "principal", "principal_kind", "secret", "namespace", "before", "after"),
        *("techniques", "effort", "causes", "only_secrets"),
    )
    kinds = frozenset({"change", "principal_kind", "namespace", "before", "after"})
    return Rows(columns, kinds, [row for change in result.changes for row in _rows(change)])


def _rows(change: Change) -> list[tuple[Cell, ...]]:
    told = [
        (cause_words(c, gained=change.gained), ", ".join(cause_places(c))) for c in change.causes
    ]
    causes = "; ".join(f"{words} ({where})" if where else words for words, where in told)
    return [
        (
            "gained" if change.gained else "lost",
            principal,
            kind_of(principal),
            short(secret),
            split_node(secret)[1],
            way.before,
            way.after,
            chain(hop.edge for hop in way.path.hops),
            way.path.effort,
            causes,
            change.only_secrets,
        )
        for way in change.ways
        for principal in way.principals
        for secret in way.secrets
    ]
