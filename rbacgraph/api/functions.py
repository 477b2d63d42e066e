"""Questions that need no cluster, or two."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from rbacgraph.api.cluster import Cluster
from rbacgraph.api.cluster_base import as_list
from rbacgraph.api.loading import load
from rbacgraph.model.inputs.unread import PassedOver, changed, changed_over
from rbacgraph.sources.config.groups_and_version import wanted_version
from rbacgraph.sources.files.locate import Source

if TYPE_CHECKING:
    from rbacgraph.api.answers import Diff, Encryption
    from rbacgraph.model.answers.coverage import CoverageRow


def collector_role(*, with_secrets: bool = False) -> str:
    """Return the manifest of the smallest ClusterRole with which :func:`load_live` sees everything.

    Parameters
    ----------
    with_secrets:
        Whether to list Secrets, which means to read all of them; without, rbacgraph infers them
        from objects that refer to them.

    Returns
    -------
    str
        YAML to apply.
    """
    from rbacgraph.report.advice.manifests import collector_manifest
    from rbacgraph.sources.live.collector_role import collector_rules

    return collector_manifest(collector_rules(with_secrets=with_secrets))


def encryption(
    file: Source, *, resources: Sequence[str] = (), kubernetes_version: str | None = None
) -> "Encryption":
    """Return how each resource is encrypted at rest, by the API server's own rules.

    Parameters
    ----------
    file:
        The EncryptionConfiguration of ``--encryption-provider-config``: YAML or JSON; ``-`` is
        standard input. rbacgraph keeps no key of it.
    resources:
        ``RESOURCE[.GROUP]`` to list, besides Secrets, ConfigMaps, what the file names and
        everything else.
    kubernetes_version:
        The version of the API server, such as ``1.35``; by default the newest.

    Returns
    -------
    Encryption
        The findings, the most serious first; ``resources`` says how each is stored and ``loads``
        whether the API server accepts the file.

    Raises
    ------
    InputError
        If the file cannot be read at all.
    """
    from rbacgraph.api.answers import Encryption
    from rbacgraph.encryption_at_rest.examine import examine
    from rbacgraph.sources.config.encryption_config import read_encryption

    version = wanted_version(kubernetes_version)
    config = read_encryption(file)
    return Encryption(examine(config, resources=as_list(resources), kubernetes_version=version))


def coverage(cluster: Cluster | None = None) -> "tuple[CoverageRow, ...]":
    """Return which rights on which resources techniques judge, and which are harmless or unknown.

    It lists what an API server v1.36 serves, and the custom resources that techniques ask about.

    Parameters
    ----------
    cluster:
        The cluster whose custom resources it lists too.
    """
    from rbacgraph.query.coverage.judgements import coverage_rows

    return coverage_rows(cluster.access_graph.world.snapshot.custom_resources if cluster else ())


def vault_policy() -> str:
    """Return the smallest policy of Vault with which :func:`load_vault` sees everything."""
    from rbacgraph.sources.vault.live_dump import POLICY

    return POLICY


def load_vault(address: str | None = None, namespace: str | None = None) -> "Cluster":
    """Ask a live Vault or OpenBao for everything that decides who reads what.

    No value of a secret is asked for. Save the answer with :meth:`Cluster.save`, and give the file
    to :func:`load` with the cluster's own.

    Parameters
    ----------
    address:
        The server's URL; by default that of ``VAULT_ADDR``.
    namespace:
        The namespace in which to begin; by default that of ``VAULT_NAMESPACE``.

    Returns
    -------
    Cluster
        A cluster that holds the dump alone. Its diagnostics list what the server refuses.

    Raises
    ------
    InputError
        If hvac is not installed, there is no token, or the server does not answer.
    """
    from rbacgraph.model.inputs.snapshot import Snapshot
    from rbacgraph.sources.diagnostics.problems import Problems
    from rbacgraph.sources.vault.live_dump import (
        connected,
        live_dump,
        server_of,
        start_namespace,
    )

    problems = Problems()
    begin = start_namespace(namespace)
    dump = live_dump(connected(address), problems, server_of(address), begin)
    snapshot = Snapshot(diagnostics=problems.result())
    snapshot = snapshot.with_dump(dump) if dump else snapshot
    return Cluster(snapshot, read=snapshot)


def diff(
    before: "Cluster | Source | Sequence[Source]",
    after: "Cluster | Source | Sequence[Source]",
    *,
    names: tuple[str, str] | None = None,
    without: Sequence[str] = (),
    system: bool = False,
    allow_unread: Sequence[str] = (),
) -> "Diff":
    """Compare two clusters: who gains or loses which Secrets, by which path and cause.

    Parameters
    ----------
    before, after:
        A cluster each, or what :func:`load` reads: one file or folder, or several.
    names:
        The names of the sides; by default their paths.
    without, system:
        See :meth:`Cluster.paths`.
    allow_unread:
        See :meth:`Cluster.check`.

    Returns
    -------
    Diff
        One change for everything that the same objects opened or closed; ``unread`` are the other
        changed files that were not read completely.

    Raises
    ------
    InputError
        If nothing can be read.

    Examples
    --------
    >>> len(diff("fixtures/clusters/shop", "fixtures/clusters/shop"))
    0
    """
    from rbacgraph.api.answers import Diff
    from rbacgraph.model.answers.diff import located
    from rbacgraph.model.role_carriers import not_read
    from rbacgraph.query.diff.diff import diff as compare

    old, new = (_loaded(side) for side in (before, after))
    called = names or (_called(before, "before"), _called(after, "after"))
    result = compare(
        old.access_graph, new.access_graph, names=called, without=as_list(without), system=system
    )
    unread = changed(old.snapshot.unread, new.snapshot.unread)
    over = list(changed_over(*(_with_contents(one.snapshot.passed_over) for one in (old, new))))
    located_result = located(result, new.lines.of, old.lines.of)
    return Diff(located_result.with_unread(*not_read(unread, over, as_list(allow_unread))))


def _with_contents(found: Iterable[PassedOver]) -> Iterator[PassedOver]:
    """Yield files with the digests of their contents, as far as they are small files of a disk."""
    from rbacgraph.sources.files.streams import digest
    from rbacgraph.sources.git.reader import LARGEST

    for one in found:
        content = ""
        if not one.content:
            with suppress(OSError, ValueError):
                small = Path(one.file).stat().st_size <= LARGEST
                content = digest(one.file) if small else ""
        yield one.with_content(content) if content else one


def _loaded(side: "Cluster | Source | Sequence[Source]") -> "Cluster":
    if isinstance(side, Cluster):
        return side
    return load(side, allow_empty=True)


def _called(side: "Cluster | Source | Sequence[Source]", otherwise: str) -> str:
    several = side if isinstance(side, list | tuple) else (side,)
    named = [str(one) for one in several if isinstance(one, str | Path)]
    return ", ".join(named) or otherwise
