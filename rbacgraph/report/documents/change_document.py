"""What is written to a cluster, as ``suggest`` and ``cut`` tell it in their documents."""

from typing import Any, Literal

from msgspec import Struct

from rbacgraph.model.changes.change import Change
from rbacgraph.report.documents.object_mappings import manifest


class WrittenDocument(Struct, frozen=True, kw_only=True):
    """One object that is written; ``before`` and ``after`` are manifests, null for none."""

    action: Literal["create", "update", "delete"]
    kind: str
    namespace: str
    name: str
    why: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def written_document(change: Change) -> WrittenDocument:
    """Return the document of one change."""
    kind, namespace, name = change.key
    return WrittenDocument(
        action=change.action,
        kind=kind,
        namespace=namespace,
        name=name,
        why=change.why,
        before=None if change.before is None else manifest(change.before),
        after=None if change.after is None else manifest(change.after),
    )
