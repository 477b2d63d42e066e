"""Namespaces of several versions, whose labels differ."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from rbacgraph.authz.versions.object_versions import object_versions, rests_on
from rbacgraph.model.condition import Condition
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.core import Namespace


def namespaces_of_versions(snapshot: Snapshot) -> list[str]:
    """Return the names of the namespaces of several versions, whose labels differ."""
    return [name for kind, _, name in object_versions(snapshot) if kind == "Namespace"]


def with_each_version(snapshot: Snapshot, namespace: str) -> Iterator[Snapshot]:
    """Yield a cluster as it is if the server holds one version of a namespace after the other."""
    others = [one for one in snapshot.namespaces if one.metadata.name != namespace]
    for version in object_versions(snapshot)["Namespace", "", namespace]:
        assert isinstance(version, Namespace)
        yield replace(snapshot, namespaces=(*others, version), namespace_versions=())


def whichever_holds(
    snapshot: Snapshot, namespace: str, conditions: Sequence[Condition | None]
) -> Sequence[Condition] | None:
    """Return on what rests what each version of a namespace lets be on a condition, or not.

    ``conditions``: that of each version; None where it does not let it be.
    Returns the conditions, all of them; None where no version lets it be.
    """
    letting = [number for number, one in enumerate(conditions) if one is not None]
    if not letting:
        return None
    if len(letting) < len(conditions) or len(set(conditions)) > 1:
        letting = [number for number in letting if not conditions[number]] or letting
    held = [one for number in letting if (one := conditions[number])]
    version = rests_on(snapshot, ("Namespace", "", namespace), letting)
    return [version, *held] if version else held
