"""Finds names that no API server accepts: mostly placeholders that are not filled in yet.

rbacgraph keeps such objects under that name, so that related objects stay together; the
diagnostics say that the cluster will use another name. Of subjects, a server judges ServiceAccounts
as it does the objects: kubernetes ``pkg/apis/rbac/validation/validation.go``.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache

from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.model.kubernetes.rbac import Subject
from rbacgraph.model.node import misnamed_account
from rbacgraph.model.object_names.rows import name_rows

_OPEN = "{{"
_JUDGED = ("secrets", "serviceaccounts", "namespaces")
"""Core kinds whose every name is judged; of others only whether the name is filled in."""
_EVERY = "system:serviceaccount:*:"
_GROUP = "system:serviceaccounts:"
ADVICE = "it is taken as it stands; if that is a placeholder, a cluster calls it otherwise"


@cache
def _judges() -> Mapping[str, Callable[[str], bool]]:
    """Return how a server judges names, by the field of a snapshot that keeps the objects."""
    return {row.kept: row.allows for one in _JUDGED for row in name_rows()["", one]}


def misnamed(snapshot: Snapshot) -> Iterator[tuple[str, Object, str]]:
    """Yield objects whose name or namespace no API server accepts, with the reason.

    A name with a ``uid`` comes from a server, so a server accepted it.
    """
    judges = _judges()
    namespaces = {"": True}  # legal or not: there are few, with many objects in them
    for field, objects in snapshot.objects():
        is_legal = judges.get(field, _is_filled_in)
        for found in objects:
            name, namespace = found.metadata.name, found.metadata.namespace
            legal = namespaces.get(namespace)
            if legal is None:
                legal = namespaces[namespace] = judges["namespaces"](namespace)
            if not legal:
                yield field, found, f"is in {namespace!r}, which can be no namespace"
            elif not found.metadata.uid and not is_legal(name):
                why = "is yet to be filled in" if _OPEN in name else "an API server refuses"
                yield field, found, f"has a name that {why}"


def _is_filled_in(name: str) -> bool:
    return _OPEN not in name


def misnamed_subject(subject: Subject) -> str:
    """Return why no cluster can have this subject; ``""`` if there is no reason.

    Examples
    --------
    >>> misnamed_subject(Subject(kind="ServiceAccount", name="ci", namespace="${NS}"))
    "has the ServiceAccount ci of '${NS}', which can be no namespace"
    """
    kind, name, namespace = subject.kind, subject.name, subject.namespace
    is_namespace, is_account = _judges()["namespaces"], _judges()["service_accounts"]
    if kind == "ServiceAccount" and namespace and not is_namespace(namespace):
        return f"has the ServiceAccount {name} of {namespace!r}, which can be no namespace"
    if kind == "ServiceAccount" and name and not is_account(name):
        return f"has the ServiceAccount {name!r}, a name that an API server refuses"
    if kind == "User" and (misnamed_account(name) or name.startswith(_EVERY)):
        return f"has the user {name!r}, a name that no ServiceAccount can have"
    if kind == "Group" and name.startswith(_GROUP) and not is_namespace(name.removeprefix(_GROUP)):
        return f"has the group {name!r} of ServiceAccounts of what can be no namespace"
    return f"has the {kind} {name!r}, which is yet to be filled in" if _OPEN in name else ""
