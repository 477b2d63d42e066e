"""``suggest`` as flat rows."""

from rbacgraph.model.changes.suggestion import SuggestResult
from rbacgraph.report.formats.rows import Cell, Rows
from rbacgraph.report.text.words import object_name


def suggest_rows(result: SuggestResult) -> Rows:
    """One row per permission of each role that is written."""
    rows: list[tuple[Cell, ...]] = [
        (
            role.kind,
            object_name(role.namespace, role.name),
            role.action,
            "; ".join(role.principals),
            "; ".join(role.scopes),
            state,
            one.verb,
            one.group,
            one.resource,
            "" if one.name is None else one.name,
            one.path,
        )
        for role in result.roles
        for state, permissions in (
            ("kept", role.kept),
            ("narrowed", role.narrowed),
            ("removed", role.removed),
            ("added", role.added),
        )
        for one in permissions
    ]
    columns = (
        *("role_kind", "role", "action", "principals", "scopes", "state"),
        *("verb", "group", "resource", "name", "path"),
    )
    return Rows(columns, frozenset({"role_kind", "action", "state", "verb", "group"}), rows)
