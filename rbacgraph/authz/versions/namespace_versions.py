"""Namespaces of several versions, whose labels differ."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from rbacgraph.authz.versions.role_versions import Key, said, title_of
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.core import Namespace


def namespace_versions(snapshot: Snapshot) -> Mapping[str, Sequence[Namespace]]:
    """Return the versions of namespaces whose labels differ, by name."""
    found: dict[str, list[Namespace]] = {}
    for one in snapshot.namespace_versions:
        found.setdefault(one.metadata.name, []).append(one)
    return found


def key_of(namespace: str) -> Key:
    """Return the key of a namespace among all objects."""
    return "Namespace", "", namespace


def with_each_version(snapshot: Snapshot, namespace: str) -> Iterator[Snapshot]:
    """Yield a cluster as it is if the server holds one version of a namespace after the other."""
    others = [one for one in snapshot.namespaces if one.metadata.name != namespace]
    for version in namespace_versions(snapshot)[namespace]:
        yield replace(snapshot, namespaces=(*others, version), namespace_versions=())


def whichever_holds(
    snapshot: Snapshot, namespace: str, conditions: Sequence[str | None]
) -> Sequence[str] | None:
    """Return on what rests what each version of a namespace lets be on a condition, or not.

    Parameters
    ----------
    snapshot:
        The cluster.
    namespace:
        The namespace.
    conditions:
        That of each version; None where it does not let it be.

    Returns
    -------
    sequence of str
        The conditions, all of them; None where no version lets it be.
    """
    letting = [number for number, one in enumerate(conditions) if one is not None]
    if not letting:
        return None
    if len(letting) < len(conditions) or len(set(conditions)) > 1:
        letting = [number for number in letting if not conditions[number]] or letting
    told = [one for number in letting if (one := conditions[number])]
    if len(letting) == len(conditions):
        return told
    versions = namespace_versions(snapshot)[namespace]
    return [said(title_of(key_of(namespace)), snapshot, versions, letting), *told]
