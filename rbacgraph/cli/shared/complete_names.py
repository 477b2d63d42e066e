"""Completes the names of Secrets, principals and namespaces from the files that ``-f`` names."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rbacgraph.errors import RbacGraphError

if TYPE_CHECKING:
    from rbacgraph.model.inputs.snapshot import Snapshot
    from rbacgraph.model.kubernetes.rbac import AnyBinding

_LARGEST = 16 << 20
_PACKED = {".gz": 10, ".zst": 10}
"""About how much larger the content of a packed file is."""


def completion_of(
    names: "Callable[[Snapshot], Iterable[str]]",
) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """Return a function that completes names of the input before the cursor.

    It completes nothing if there is no input, it cannot be read, or reading takes too long.
    """

    def complete(context: click.Context, _: click.Parameter, begun: str) -> list[str]:
        snapshot = _snapshot(context.params.get("filename") or ())
        found = names(snapshot) if snapshot else ()
        return sorted({name for name in found if name.startswith(begun)})

    return complete


def _snapshot(paths: Iterable[str]) -> "Snapshot | None":
    files = [Path(path) for path in paths if path != "-"]
    if not files or sum(map(_size, files)) > _LARGEST:
        return None
    from rbacgraph.api.loading import load

    try:
        return load(*files, bootstrap=False).snapshot
    except RbacGraphError:
        return None


def _size(path: Path) -> int:
    """Return about how many bytes a file or folder unpacks to; 0 for what is not there."""
    found = path.rglob("*") if path.is_dir() else (path,)
    return sum(
        file.stat().st_size * _PACKED.get(file.suffix, 1) for file in found if file.is_file()
    )


def _secrets(snapshot: "Snapshot") -> Iterator[str]:
    for secret in snapshot.secrets:
        yield f"{secret.metadata.namespace}/{secret.metadata.name}"


def _principals(snapshot: "Snapshot") -> Iterator[str]:
    from rbacgraph.model.node import SERVICE_ACCOUNT, USER, user_node

    for account in snapshot.service_accounts:
        yield f"sa:{account.metadata.namespace}/{account.metadata.name}"
    bindings: tuple[AnyBinding, ...] = (*snapshot.role_bindings, *snapshot.cluster_role_bindings)
    for binding in bindings:
        for subject in binding.subjects or ():
            if subject.kind == "ServiceAccount":
                yield f"sa:{subject.namespace or binding.metadata.namespace}/{subject.name}"
            elif subject.kind == "Group":
                yield f"group:{subject.name}"
            elif subject.kind == "User":
                kind, namespace, name = user_node(subject.name)
                yield f"sa:{namespace}/{name}" if kind == SERVICE_ACCOUNT else f"{USER}:{name}"
    for pod in snapshot.pods:
        yield f"pod:{pod.metadata.namespace}/{pod.metadata.name}"
    for node in snapshot.nodes:
        yield f"node:{node.metadata.name}"


complete_secrets = completion_of(_secrets)
complete_principals = completion_of(_principals)
complete_namespaces = completion_of(lambda snapshot: snapshot.held_namespaces)
