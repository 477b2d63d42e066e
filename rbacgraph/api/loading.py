"""Loads clusters: from files, revisions, live servers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rbacgraph.authz.prepare import prepare
from rbacgraph.errors import InputError
from rbacgraph.model.inputs.diagnostic import EMPTY
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.memory.unpack_limit import unpack_at_most
from rbacgraph.model.node import AWS, VAULT
from rbacgraph.model.progress import Progress
from rbacgraph.sources.checks.object_checks import check
from rbacgraph.sources.files.locate import Source
from rbacgraph.sources.load import load as load_sources

if TYPE_CHECKING:
    from rbacgraph.model.answers.diff import LineOf
    from rbacgraph.sources.files.source_lines import Lines, Reopen
    from rbacgraph.sources.live.connection.rate_limit import Pace
    from rbacgraph.sources.live.connection.settings import Settings
from rbacgraph.api.cluster import Cluster
from rbacgraph.api.cluster_base import as_list
from rbacgraph.model.memory.gc_pause import gc_paused


def load(
    *sources: "Source | Iterable[Source]",
    groups: str | Path | Mapping[str, Sequence[str]] | None = None,
    kubernetes_version: str | None = None,
    default_namespace: str = "default",
    bootstrap: bool = True,
    vault_flavour: str | None = None,
    oidc_issuers: Sequence[str] = (),
    eks_cluster: str = "",
    max_input: int | None = None,
    vault_mounts: Sequence[str] = (),
    vault_addresses: Sequence[str] = (),
    operators: str | Path | None = None,
    values: str | Path | None = None,
    allow_empty: bool = False,
) -> "Cluster":
    """Read a cluster from files.

    Parameters
    ----------
    sources:
        Files, folders and globs of YAML or JSON, also ``.gz`` and ``.zst``, or lists of them;
        ``-`` is standard input.
    groups:
        The groups of users, which Kubernetes itself does not store: a YAML file or a mapping,
        ``user: [group, …]``.
    kubernetes_version:
        ``1.35``, if the input does not show it.
    default_namespace:
        Namespace of the objects that name none.
    bootstrap:
        Whether to assume the roles and bindings that every API server creates, if the input lacks
        them.
    vault_flavour:
        ``vault`` or ``openbao``: whose rules hold for a dump of Vault, if not those that it shows.
    oidc_issuers:
        The issuers of this cluster's ServiceAccount tokens, as the claim ``iss`` has them: they
        show which auth mounts of Vault, and which roles of AWS, admit them.
    eks_cluster:
        The cluster's name in a dump of a cloud, if that has several and no issuer is known.
    max_input:
        The bytes that a packed file may unpack to, by default 64 MiB. Beyond it a byte may unpack
        to 1,000.
    vault_mounts:
        The auth methods and secrets engines of the dump of Vault that belong to this cluster, as
        ``kubernetes`` or ``kubernetes=this``; those whose address is the live cluster's are known.
        If dumps of several Vaults have it, as ``ADDRESS/kubernetes``.
    vault_addresses:
        The addresses by which the cluster's objects name the Vault of the dump; by default the
        only one that they name. With dumps of several Vaults, as ``OTHER=ADDRESS``.
    operators:
        A YAML file that says which bindings of operators are by design, and which are not.
    values:
        A YAML file that says what Secrets are worth.
    allow_empty:
        Whether input without any object is no error, as for one side of a comparison.

    Returns
    -------
    Cluster
        The cluster. Its diagnostics list what could not be read.

    Raises
    ------
    InputError
        If nothing at all can be read.
    """
    with gc_paused(), unpack_at_most(max_input):
        snapshot = load_sources(
            *_flat(sources),
            groups=groups,
            kubernetes_version=kubernetes_version,
            default_namespace=default_namespace,
            dumps=_said(vault_flavour),
            oidc_issuers=as_list(oidc_issuers),
            meanwhile=_open_graph,
        )
        if not allow_empty:
            _refuse_empty(snapshot)
        snapshot = _about_stores(snapshot, vault_mounts, vault_addresses, eks_cluster)
        return _ready(snapshot, bootstrap=bootstrap, operators=operators, values=values)


def _refuse_empty(snapshot: Snapshot) -> None:
    """Raise an InputError if nothing was read, with the first thing that could not be."""
    empty = next((one for one in snapshot.diagnostics if one.code == EMPTY), None)
    if empty is not None:
        others = [str(one) for one in snapshot.diagnostics if one is not empty]
        place = ", ".join(snapshot.files)
        raise InputError(
            ": ".join(filter(None, (place, empty.message))),
            advice="\n  ".join((*others[:1], empty.advice)),
        )


_MOST_BYTES = 1 << 20
"""In a larger file, finding the lines of single rules would take too long."""


def _flat(sources: "Iterable[Source | Iterable[Source]]") -> Iterator[Source]:
    for source in sources:
        several = isinstance(source, list | tuple | Iterator) and not hasattr(source, "read")
        yield from source if several else (source,)  # type: ignore[misc]


def _open_graph() -> None:
    """Import what most questions need."""
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
    vault_flavour: str | None = None,
    oidc_issuers: Sequence[str] = (),
    eks_cluster: str = "",
    max_input: int | None = None,
    vault_mounts: Sequence[str] = (),
    vault_addresses: Sequence[str] = (),
    operators: str | Path | None = None,
    values: str | Path | None = None,
) -> "Cluster":
    """Read manifests at a revision of a Git repository, without touching its work tree.

    Parameters
    ----------
    revision:
        A commit, as Git names it: ``HEAD~1``, ``main``, a tag; ``A...B`` is the merge base. None is
        the work tree, including uncommitted files.
    paths:
        Folders and files, relative to ``folder``; by default all of ``folder``.
    folder:
        Some folder of the repository.
    beside:
        Further input, read as by :func:`load`.
    groups, kubernetes_version, default_namespace, bootstrap, max_input:
        See :func:`load`.
    vault_flavour, oidc_issuers, eks_cluster, vault_mounts, vault_addresses, operators, values:
        See :func:`load`.

    Returns
    -------
    Cluster
        Files have their names in the repository. The cluster is empty if there are none.

    Raises
    ------
    InputError
        If there is no repository, no such revision, or a path is outside.
    """
    from rbacgraph.sources.files.git import Blob, files_at

    files = files_at(revision, paths, folder)
    with gc_paused(), unpack_at_most(max_input):
        snapshot = load_sources(
            *beside,
            *(files.blobs() if files.ids else (Blob("", b""),)),
            groups=groups,
            kubernetes_version=kubernetes_version,
            default_namespace=default_namespace,
            dumps=_said(vault_flavour),
            oidc_issuers=as_list(oidc_issuers),
        )
        snapshot = _about_stores(
            files.with_unread(snapshot), vault_mounts, vault_addresses, eks_cluster
        )
        return _ready(
            snapshot, bootstrap=bootstrap, operators=operators, values=values, reopen=files.opened
        )


def load_live(
    context: str | None = None,
    *,
    kubeconfig: str | None = None,
    connect_as: str = "",
    connect_as_groups: Sequence[str] = (),
    collect_namespaces: Sequence[str] | None = None,
    secret_metadata: bool = True,
    read_helm_releases: bool = False,
    timeout: float = 60,
    list_timeout: float = 600,
    qps: float = 20,
    burst: int = 40,
    pace: "Pace | None" = None,
    groups: str | Path | Mapping[str, Sequence[str]] | None = None,
    kubernetes_version: str | None = None,
    bootstrap: bool = True,
    oidc_issuers: Sequence[str] = (),
    operators: str | Path | None = None,
    values: str | Path | None = None,
    progress: Progress | None = None,
) -> "Cluster":
    """Read a live cluster; never the data of a Secret.

    Parameters
    ----------
    context, kubeconfig:
        Which cluster, as in kubectl; by default the current context of the usual kubeconfig, and in
        a Pod without one the cluster of the Pod.
    connect_as, connect_as_groups:
        The user and groups to impersonate; they override ``as`` and ``as-groups`` of the
        kubeconfig.
    collect_namespaces:
        Ask only for objects of these namespaces: answers are then partial, and say so.
    secret_metadata:
        Whether to ask for the labels and annotations of Secrets; one annotation can hold the data
        of a Secret that kubectl applied. It is not kept.
    read_helm_releases:
        Whether to read Helm releases, one at a time: whole Secrets; rbacgraph keeps only names.
    timeout, list_timeout, qps, burst:
        Seconds for one request and its whole answer, and for all pages of one list; requests per
        second, and how many at once before.
    pace:
        The clock and the sleep between requests; the real ones by default.
    groups, kubernetes_version, bootstrap, oidc_issuers, operators, values:
        See :func:`rbacgraph.load`; the server reports its version.
    progress:
        Is called with each list when it is complete.

    Returns
    -------
    Cluster
        The cluster. Its diagnostics list what the server did not show.

    Raises
    ------
    InputError
        If there is no cluster, it cannot be reached, or it refuses the credentials.
    UsageError
        If the kubeconfig has no such context.
    """
    from rbacgraph.sources.live.connection.settings import Settings
    from rbacgraph.sources.live.load_live import load_live as collect_live

    settings = Settings(
        context=context,
        kubeconfig=kubeconfig,
        connect_as=connect_as,
        connect_as_groups=tuple(as_list(connect_as_groups)),
        collect_namespaces=tuple(as_list(collect_namespaces or ())),
        secret_metadata=secret_metadata,
        helm_releases=read_helm_releases,
        timeout=timeout,
        list_timeout=list_timeout,
        qps=qps,
        burst=burst,
        pace=pace,
    )
    with gc_paused():
        snapshot = collect_live(
            settings,
            groups=groups,
            kubernetes_version=kubernetes_version,
            oidc_issuers=as_list(oidc_issuers),
            progress=progress or (lambda _: None),
        )
        return _ready(
            snapshot, bootstrap=bootstrap, operators=operators, values=values, server=settings
        )


def _said(vault_flavour: str | None) -> Mapping[str, Mapping[str, object]]:
    """Return what the caller says of dumps, by the kind of the store."""
    return {} if vault_flavour is None else {VAULT: {"flavour": vault_flavour}}


def _about_stores(
    snapshot: Snapshot, mounts: Sequence[str], addresses: Sequence[str], eks_cluster: str
) -> Snapshot:
    """Add what the caller says of the Vault, and of the cluster of AWS, of the dump."""
    snapshot = snapshot.about_cluster(eks_cluster)
    if not (mounts or addresses):
        return snapshot
    from rbacgraph.sources.vault.which_store import about_vault

    return about_vault(snapshot, as_list(mounts), as_list(addresses))


def _ready(
    snapshot: Snapshot,
    *,
    bootstrap: bool,
    operators: str | Path | None,
    values: str | Path | None,
    reopen: "Reopen | None" = None,
    server: "Settings | None" = None,
) -> "Cluster":
    if operators is not None:
        from rbacgraph.sources.config.operators_file import read_operators

        snapshot = snapshot.about_operators(read_operators(operators))
    if values is not None:
        from rbacgraph.sources.config.secret_values import read_value_rules

        snapshot = snapshot.about_values(read_value_rules(values))
    whole = prepare(_with_access_policies(snapshot), bootstrap=bootstrap)
    found = check(whole, line_of=_line_of(reopen))
    return Cluster(
        whole.with_diagnostics((*whole.diagnostics, *found)),
        read=snapshot,
        reopen=reopen,
        server=server,
    )


def _with_access_policies(snapshot: Snapshot) -> Snapshot:
    """Add what access policies of EKS grant, where a dump of AWS shows them."""
    if AWS not in snapshot.dumps:
        return snapshot
    from rbacgraph.facts.external.aws_entries import with_access_policies

    return with_access_policies(snapshot)


def _line_of(reopen: "Reopen | None") -> "LineOf":
    """Return a function that finds the lines of rules in files that are not too large."""

    @cache
    def lines() -> "Lines":
        from rbacgraph.sources.files.source_lines import Lines

        return Lines(reopen, most=_MOST_BYTES)

    return lambda *part: lines().of(*part)
