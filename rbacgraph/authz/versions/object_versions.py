"""Objects with several versions, except roles, bindings and Pods; a server holds one version.

Only objects are kept whose versions differ in something that matters.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from rbacgraph.authz.versions.role_versions import ObjectKey, as_one_of
from rbacgraph.model.condition import CERTAIN, Condition
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.core import Namespace, Secret, ServiceAccount

Account = tuple[str, str]
"""Namespace and name of a ServiceAccount."""

OneOfSeveral = ServiceAccount | Namespace | Secret
"""What may be one of several versions."""


def object_versions(snapshot: Snapshot) -> Mapping[ObjectKey, Sequence[OneOfSeveral]]:
    """Return the versions of such objects."""
    found: dict[ObjectKey, list[OneOfSeveral]] = {}
    for several in (
        snapshot.service_account_versions,
        snapshot.namespace_versions,
        snapshot.secret_versions,
    ):
        for one in several:
            key = type(one).__name__, one.metadata.namespace, one.metadata.name
            found.setdefault(key, []).append(one)
    return found


def rests_on(snapshot: Snapshot, key: ObjectKey, numbers: Iterable[int]) -> Condition:
    """Return the condition that an object is as some of its versions are."""
    versions, wanted = object_versions(snapshot)[key], sorted(numbers)
    if len(wanted) == len(versions):
        return CERTAIN
    return as_one_of(key, snapshot, versions, wanted)


def mounting(snapshot: Snapshot, *, mounts: bool) -> Mapping[Account, Condition]:
    """Return in which versions ServiceAccounts of several have their token mounted, or have not."""
    found: dict[Account, Condition] = {}
    for key, versions in object_versions(snapshot).items():
        numbers = [
            number
            for number, one in enumerate(versions)
            if isinstance(one, ServiceAccount)
            and (one.automount_service_account_token is not False) == mounts
        ]
        if numbers:
            found[key[1], key[2]] = rests_on(snapshot, key, numbers)
    return found


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
