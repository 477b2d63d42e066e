"""Finds decisions about operators that name a binding which the input lacks."""

from collections.abc import Iterator

from rbacgraph.model.inputs.operator_decision import names_match
from rbacgraph.model.inputs.snapshot import Snapshot


def unmatched_decisions(snapshot: Snapshot) -> Iterator[tuple[str, int, str]]:
    """Yield the file and line of a decision, and the binding that the input lacks."""
    held = {
        (type(one).__name__, one.metadata.namespace, one.metadata.name)
        for one in (*snapshot.role_bindings, *snapshot.cluster_role_bindings)
    }
    for decision in snapshot.operator_decisions:
        for binding in decision.bindings:
            if not any(names_match(binding, names) for names in held):
                yield decision.file, decision.line, "/".join(filter(None, binding))
