"""Where clusters come from: files, revisions, live servers."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rbacgraph.authz.prepare import prepare
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.progress import Progress
from rbacgraph.sources.checks.object_checks import check
from rbacgraph.sources.load import load as load_sources

if TYPE_CHECKING:
    from rbacgraph.model.answers.diff import LineOf
    from rbacgraph.sources.files.source_lines import Lines, Reopen
    from rbacgraph.sources.live.connection.settings import Settings
from rbacgraph.api.cluster import Cluster
from rbacgraph.model.gc_pause import gc_paused


def load(
    *sources: str | Path,
    groups: str | Path | Mapping[str, Sequence[str]] | None = None,
    kubernetes_version: str | None = None,
    default_namespace: str = "default",
    bootstrap: bool = True,
) -> "Cluster":
    """Read a cluster from files.

    Parameters
    ----------
    sources:
        Files, folders and globs of YAML or JSON, also ``.gz`` and ``.zst``; ``-`` is
        standard input.
    groups:
        The groups that users are in, which Kubernetes itself does not keep: a YAML file
        or a mapping, ``user: [group, …]``.
    kubernetes_version:
        ``1.35``, where the input does not say it.
    default_namespace:
        Namespace of the objects that name none.
    bootstrap:
        Whether to assume the roles and bindings that every API server creates where the
        input lacks them.

    Returns
    -------
    Cluster
        Ready to be asked. What could not be read is among its diagnostics.

    Raises
    ------
    InputError
        Where nothing at all can be read.
    """
    with gc_paused():
        snapshot = load_sources(
            *sources,
            groups=groups,
            kubernetes_version=kubernetes_version,
            default_namespace=default_namespace,
            meanwhile=_open_graph,
        )
        return _ready(snapshot, bootstrap=bootstrap)


_MOST_BYTES = 1 << 20
"""Of a larger file it would take too long to find the lines of single rules."""


def _open_graph() -> None:
    """Open what most questions need."""
    import rbacgraph.graph
    import rbacgraph.query.access.exposure  # noqa: F401


def load_git(
    revision: str | None,
    *paths: str,
    folder: str | Path = ".",
    beside: Sequence[str | Path] = (),
    groups: str | Path | Mapping[str, Sequence[str]] | None = None,
    kubernetes_version: str | None = None,
    default_namespace: str = "default",
    bootstrap: bool = True,
) -> "Cluster":
    """Read manifests as they are at a revision of a Git repository; its work tree is left alone.

    Parameters
    ----------
    revision:
        A commit, as Git names it: ``HEAD~1``, ``main``, a tag; ``A...B`` is where two parted.
        None is the work tree, with what is not committed yet.
    paths:
        Folders and files, from ``folder`` on; all of ``folder`` by default.
    folder:
        Somewhere in the repository.
    beside:
        What to read beside them, as :func:`load` does.
    groups, kubernetes_version, default_namespace, bootstrap:
        As for :func:`load`.

    Returns
    -------
    Cluster
        Files go by their names in the repository. It holds no objects where there are none.

    Raises
    ------
    InputError
        Where there is no repository, no such revision, or a path lies outside.
    """
    from rbacgraph.sources.files.git import Blob, files_at

    files = files_at(revision, paths, folder)
    with gc_paused():
        snapshot = load_sources(
            *beside,
            *(files.blobs() if files.ids else (Blob("", b""),)),
            groups=groups,
            kubernetes_version=kubernetes_version,
            default_namespace=default_namespace,
        )
        return _ready(files.with_unread(snapshot), bootstrap=bootstrap, reopen=files.opened)


def load_live(
    *,
    context: str | None = None,
    kubeconfig: str | None = None,
    connect_as: str = "",
    connect_as_groups: Sequence[str] = (),
    collect_namespaces: Sequence[str] | None = None,
    secret_metadata: bool = True,
    read_helm_releases: bool = False,
    timeout: float = 60,
    qps: float = 20,
    burst: int = 40,
    groups: str | Path | Mapping[str, Sequence[str]] | None = None,
    kubernetes_version: str | None = None,
    bootstrap: bool = True,
    progress: Progress | None = None,
) -> "Cluster":
    """Ask a live cluster; never for the data of a Secret.

    Parameters
    ----------
    context, kubeconfig:
        Which cluster, as in kubectl; the current context of the usual kubeconfig by default,
        and in a Pod without one the cluster that it runs in.
    connect_as, connect_as_groups:
        Whom to impersonate.
    collect_namespaces:
        Ask for objects of these namespaces alone: answers are then partial, and say so.
    secret_metadata:
        Whether to ask for the labels and annotations of Secrets, one of which can hold the
        data of a Secret that was applied by kubectl. It is not kept.
    read_helm_releases:
        Whether to read Helm releases, one at a time: whole Secrets, of which only names are
        kept.
    timeout, qps, burst:
        Seconds to wait for the server; requests per second, and how many at once before.
    groups, kubernetes_version, bootstrap:
        As for :func:`rbacgraph.load`; the server tells its version.
    progress:
        Is told each list when it is there.

    Returns
    -------
    Cluster
        Ready to be asked. What the server did not show is among its diagnostics.

    Raises
    ------
    InputError
        Where there is no cluster, it cannot be reached, or does not accept the credentials.
    UsageError
        Where the kubeconfig has no such context.
    """
    from rbacgraph.sources.live.connection.settings import Settings
    from rbacgraph.sources.live.load_live import load_live as collect_live

    settings = Settings(
        context=context,
        kubeconfig=kubeconfig,
        connect_as=connect_as,
        connect_as_groups=tuple(connect_as_groups),
        collect_namespaces=tuple(collect_namespaces or ()),
        secret_metadata=secret_metadata,
        helm_releases=read_helm_releases,
        timeout=timeout,
        qps=qps,
        burst=burst,
    )
    with gc_paused():
        snapshot = collect_live(
            settings,
            groups=groups,
            kubernetes_version=kubernetes_version,
            progress=progress or (lambda _: None),
        )
        return _ready(snapshot, bootstrap=bootstrap, server=settings)


def _ready(
    snapshot: Snapshot,
    *,
    bootstrap: bool,
    reopen: "Reopen | None" = None,
    server: "Settings | None" = None,
) -> "Cluster":
    whole = prepare(snapshot, bootstrap=bootstrap)
    found = check(whole, line_of=_line_of(reopen))
    return Cluster(
        whole.with_diagnostics((*whole.diagnostics, *found)),
        read=snapshot,
        reopen=reopen,
        server=server,
    )


def _line_of(reopen: "Reopen | None") -> "LineOf":
    """Return what finds the lines of rules in files that are not large, once that is asked."""

    @cache
    def lines() -> "Lines":
        from rbacgraph.sources.files.source_lines import Lines

        return Lines(reopen, most=_MOST_BYTES)

    return lambda *part: lines().of(*part)
