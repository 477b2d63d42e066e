"""Objects with several versions, except roles, bindings and Pods; a server holds one version.

Only objects are kept whose versions differ in something that matters.
"""

from collections.abc import Iterable, Mapping, Sequence

from rbacgraph.authz.versions.role_versions import ObjectKey, as_one_of
from rbacgraph.model.condition import CERTAIN, Condition
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.core import Namespace, Secret, ServiceAccount

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
