"""A cluster as a person holds it: each question is a method that returns an answer."""

import gc
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from rbacgraph.answers import (
    Check,
    Cut,
    Diff,
    Encryption,
    Exposure,
    Grantees,
    Paths,
    Reach,
    Recheck,
    Suggestion,
    Survey,
    Usage,
    Verification,
)
from rbacgraph.authz.can_i import can_i
from rbacgraph.authz.may_write import may_write
from rbacgraph.authz.prepare import prepare
from rbacgraph.authz.resolve import Authorizer
from rbacgraph.edges.node_reads_secret import authorize
from rbacgraph.errors import InputError, UsageError
from rbacgraph.model.decision import Decision
from rbacgraph.model.diagnostic import Diagnostic
from rbacgraph.model.need import Stated
from rbacgraph.model.node import SERVICE_ACCOUNT
from rbacgraph.model.principal import parse_principal, username
from rbacgraph.model.progress import Progress
from rbacgraph.model.rbac import RBAC_GROUP, AnyBinding, AnyRole
from rbacgraph.model.snapshot import Snapshot
from rbacgraph.report.objects import manifest
from rbacgraph.report.text import count
from rbacgraph.sources import load as load_sources
from rbacgraph.sources.checks import check
from rbacgraph.sources.live import Settings
from rbacgraph.sources.live import load_live as collect_live
from rbacgraph.sources.locate import Source
from rbacgraph.sources.settings import wanted_version

if TYPE_CHECKING:
    import networkx as nx

    from rbacgraph.advice.rewriter import Manner
    from rbacgraph.graph.access import AccessGraph
    from rbacgraph.model.audit import AuditLog
    from rbacgraph.model.need import Needs
    from rbacgraph.sources.lines import Lines, Reopen


@contextmanager
def _gc_paused() -> Iterator[None]:
    """Pause the cyclic collector: what is made here lives on, and scanning it costs much."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


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
    with _gc_paused():
        snapshot = load_sources(
            *sources,
            groups=groups,
            kubernetes_version=kubernetes_version,
            default_namespace=default_namespace,
        )
        return _ready(snapshot, bootstrap=bootstrap)


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
    from rbacgraph.sources.git import Blob, files_at

    files = files_at(revision, paths, folder)
    with _gc_paused():
        snapshot = load_sources(
            *beside,
            *(files.blobs() if files.ids else (Blob("", b""),)),
            groups=groups,
            kubernetes_version=kubernetes_version,
            default_namespace=default_namespace,
        )
        return _ready(snapshot, bootstrap=bootstrap, reopen=files.opened)


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
    with _gc_paused():
        snapshot = collect_live(
            settings,
            groups=groups,
            kubernetes_version=kubernetes_version,
            progress=progress or (lambda _: None),
        )
        return _ready(snapshot, bootstrap=bootstrap)


def _ready(snapshot: Snapshot, *, bootstrap: bool, reopen: "Reopen | None" = None) -> "Cluster":
    whole = prepare(snapshot, bootstrap=bootstrap)
    return Cluster(
        whole.with_diagnostics((*whole.diagnostics, *check(whole))),
        read=snapshot,
        reopen=reopen,
    )


def collector_role(*, with_secrets: bool = False) -> str:
    """Return the manifest of the smallest ClusterRole by which :func:`load_live` sees everything.

    Parameters
    ----------
    with_secrets:
        Whether to list Secrets, which is to read all of them; without, they are inferred
        from what refers to them.

    Returns
    -------
    str
        YAML, to be applied.
    """
    from rbacgraph.report.manifest import collector_manifest
    from rbacgraph.sources.live.role import collector_rules

    return collector_manifest(collector_rules(with_secrets=with_secrets))


def encryption(
    file: Source, *, resources: Sequence[str] = (), kubernetes_version: str | None = None
) -> Encryption:
    """Say how each resource is encrypted at rest, as the API server reads its configuration.

    Parameters
    ----------
    file:
        The EncryptionConfiguration of ``--encryption-provider-config``: YAML or JSON; ``-``
        is standard input. No key of it is kept.
    resources:
        ``RESOURCE[.GROUP]`` to tell about, beside Secrets, ConfigMaps, what the file names
        and everything else.
    kubernetes_version:
        ``1.35``: that of the API server, by default the newest.

    Returns
    -------
    Encryption
        The findings, the gravest first; ``resources`` says how each is stored and ``loads``
        whether the API server takes the file.

    Raises
    ------
    InputError
        Where the file cannot be read at all.
    """
    from rbacgraph.authz.encryption import examine
    from rbacgraph.sources.encryption import read_encryption

    version = wanted_version(kubernetes_version)
    config = read_encryption(file)
    return Encryption(examine(config, resources=resources, kubernetes_version=version))


def diff(
    before: "Cluster | Source | Sequence[Source]",
    after: "Cluster | Source | Sequence[Source]",
    *,
    names: tuple[str, str] | None = None,
    without: Sequence[str] = (),
    system: bool = False,
) -> Diff:
    """Compare two clusters: who gains or loses which Secrets, by which path, because of what.

    Parameters
    ----------
    before, after:
        A cluster each, or what :func:`load` reads: one file or folder, or several.
    names:
        What to call them; the paths by default.
    without, system:
        As for :meth:`Cluster.paths`.

    Returns
    -------
    Diff
        One change for everything that the same objects opened, or closed.

    Raises
    ------
    InputError
        Where nothing can be read.

    Examples
    --------
    >>> len(diff("fixtures/clusters/shop", "fixtures/clusters/shop"))
    0
    """
    from rbacgraph.model.diff import located
    from rbacgraph.query.diff import diff as compare

    old, new = (_loaded(side) for side in (before, after))
    called = names or (_called(before, "before"), _called(after, "after"))
    result = compare(
        old.access_graph, new.access_graph, names=called, without=without, system=system
    )
    return Diff(located(result, new.lines.of, old.lines.of))


def _loaded(side: "Cluster | Source | Sequence[Source]") -> "Cluster":
    if isinstance(side, Cluster):
        return side
    return load(*side) if isinstance(side, list | tuple) else load(side)  # type: ignore[arg-type]


def _called(side: "Cluster | Source | Sequence[Source]", otherwise: str) -> str:
    several = side if isinstance(side, list | tuple) else (side,)
    named = [str(one) for one in several if isinstance(one, str | Path)]
    return ", ".join(named) or otherwise


class Cluster:
    """A cluster as it was read, and the questions that it answers.

    Parameters
    ----------
    snapshot:
        Its objects; made by :func:`rbacgraph.load`.
    read:
        The same as it was read, before anything was assumed or filled in.
    reopen:
        Opens a file again that has no path, by its name; None where it has one.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        *,
        read: Snapshot | None = None,
        reopen: "Reopen | None" = None,
    ) -> None:
        self.snapshot = snapshot
        self._read = read or snapshot
        self._reopen = reopen

    def __repr__(self) -> str:
        s = self.snapshot
        parts = (
            count(len(s.secrets), "Secret"),
            count(len(s.service_accounts), "ServiceAccount"),
            count(len(s.role_bindings) + len(s.cluster_role_bindings), "binding"),
        )
        return f"<Cluster of {', '.join(parts)}>"

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What could not be read or believed, and why."""
        return self.snapshot.diagnostics

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all was read."""
        return not any(objects for _, objects in self._read.objects())

    def save(self, target: str | Path | IO[bytes]) -> None:
        """Write all that was read to a file, from which :func:`rbacgraph.load` gives the same.

        It holds no value of a Secret. A file is there as a whole or not at all.

        Parameters
        ----------
        target:
            A file that ends in ``.json``, ``.json.gz`` or ``.json.zst``, or an open binary one.

        Raises
        ------
        UsageError
            Where the file's name ends in something else.
        RbacGraphError
            Where it cannot be written.
        """
        from rbacgraph.sources.saving import save

        save(self._read, target)

    def export(self, target: str | Path, *, format: str = "") -> None:  # noqa: A002 - its name
        """Write the whole graph for another tool.

        Parameters
        ----------
        target:
            A file, or a folder for ``neo4j-csv`` and ``parquet``, which is made if it is not
            there.
        format:
            ``graphml``, ``gexf``, ``neo4j-csv``, ``bloodhound-opengraph`` or ``parquet``; by
            default the file's suffix tells, ``.graphml`` or ``.gexf``.

        Raises
        ------
        UsageError
            Where there is no such format.
        RbacGraphError
            Where it cannot be written, or ``parquet`` lacks its package.
        """
        from rbacgraph.graph.tables import tables
        from rbacgraph.report.export import export

        path = Path(target)
        export(tables(self.access_graph), format or path.suffix.removeprefix("."), path)

    @cached_property
    def lines(self) -> "Lines":
        """Finds the own lines of rules and subjects in what was read."""
        from rbacgraph.sources.lines import Lines

        return Lines(self._reopen)

    @cached_property
    def authorizer(self) -> Authorizer:
        """Kubernetes' own RBAC over this cluster."""
        return Authorizer(self.snapshot)

    @cached_property
    def access_graph(self) -> "AccessGraph":
        """The graph of who obtains what, built when first needed."""
        from rbacgraph.graph import build

        with _gc_paused():
            return build(self.snapshot)

    def graph(self) -> "nx.MultiDiGraph[str]":
        """Return the whole graph, for exploring with networkx.

        Returns
        -------
        networkx.MultiDiGraph
            Nodes are printed names with ``kind``, ``namespace`` and ``name``; edges have
            ``edge`` (the kind's id), ``effort`` and ``condition``.
        """
        return self.access_graph.to_networkx()

    def can_i(
        self,
        verb: str,
        resource: str | None = None,
        *,
        group: str | None = None,
        subresource: str = "",
        namespace: str = "",
        name: str = "",
        path: str | None = None,
        user: str,
        groups: Sequence[str] | None = None,
    ) -> Decision:
        """Decide one request as a SubjectAccessReview does.

        RBAC decides, and for the Secrets that a kubelet reads the Node authorizer. What else
        that one allows to kubelets (their own Node, Pods, leases) is not looked at.

        Parameters
        ----------
        verb, resource, group, subresource, namespace, name:
            The request. ``group`` None finds the resource among the known ones; ``""`` is
            the core group. ``namespace`` ``""`` is the cluster scope or all namespaces.
        path:
            A non-resource URL, in the place of a resource.
        user:
            Username; ``system:serviceaccount:NS:NAME`` or ``sa:NS/NAME`` for a ServiceAccount.
        groups:
            None implies the groups that authentication adds; a list is taken literally.

        Returns
        -------
        Decision
            True or false as a bool, with the reason and the evidence.

        Raises
        ------
        UsageError
            Where the request makes no sense, or the resource is ambiguous.

        Examples
        --------
        >>> cluster.can_i("get", "secrets", namespace="shop", user="alice")  # doctest: +SKIP
        Decision(allowed=False, …)
        """
        return can_i(
            self.authorizer,
            verb,
            resource,
            group=group,
            subresource=subresource,
            namespace=namespace,
            name=name,
            path=path,
            user=username(user),
            groups=groups,
            beyond=partial(authorize, self.snapshot),
        )

    def can_write(
        self,
        manifest: Mapping[str, Any] | str,
        *,
        user: str,
        groups: Sequence[str] | None = None,
        verb: str = "create",
    ) -> Decision:
        """Decide whether a Role or binding may be written: the verb and escalation prevention.

        Parameters
        ----------
        manifest:
            A Role, ClusterRole, RoleBinding or ClusterRoleBinding: a mapping or YAML.
        user, groups:
            As for :meth:`can_i`.
        verb:
            ``create``, ``update`` or ``patch``.
        """
        return may_write(
            self.authorizer,
            _role_or_binding(manifest),
            user=username(user),
            groups=groups,
            verb=verb,
        )

    def who_can(
        self,
        verb: str,
        resource: str | None = None,
        *,
        group: str | None = None,
        subresource: str = "",
        namespace: str = "",
        name: str = "",
        path: str | None = None,
    ) -> Grantees:
        """Find who holds a right directly, with the binding, role and rule.

        Parameters
        ----------
        verb, resource, group, subresource, namespace, name, path:
            As for :meth:`can_i`.

        Returns
        -------
        Grantees
            One for each subject and binding; groups are not expanded.
        """
        from rbacgraph.authz.unseen import unseen_rights
        from rbacgraph.query.who_can import who_can

        return Grantees(
            who_can(
                self.authorizer,
                verb,
                resource,
                group=group,
                subresource=subresource,
                namespace=namespace,
                name=name,
                path=path,
            ),
            unseen_rights(self.snapshot, namespace),
        )

    @_gc_paused()
    def paths(
        self,
        *,
        secret: str,
        source: str | None = None,
        max_paths: int | None = None,
        max_hops: int | None = None,
        certain: bool = False,
        via: Sequence[str] = (),
        without: Sequence[str] = (),
        system: bool = False,
        max_secrets: int | None = None,
    ) -> Paths:
        """Find who gets at a Secret, how, and on what evidence.

        Parameters
        ----------
        secret:
            ``NAMESPACE/NAME``, ``NAME`` where it is unambiguous, or a pattern of these.
        source:
            The principal, Pod or Node to start from; everybody by default.
        max_paths:
            Paths per principal; by default the cheapest of each certainty.
        max_hops:
            The most techniques a path may have.
        certain:
            Whether to leave out what depends on a condition.
        via, without:
            Ids of edge kinds of which a path must hold one, or may hold none.
        system:
            Whether to show the control plane's own identities on shipped bindings.
        max_secrets:
            How many Secrets to answer about, the most exposed; all that match by default.

        Raises
        ------
        UsageError, NotFoundError
            Where the Secret, the source or an edge kind is not to be found.
        """
        from rbacgraph.query.paths import paths

        return Paths(
            paths(
                self.access_graph,
                secret=secret,
                source=source,
                max_paths=max_paths,
                max_hops=max_hops,
                certain=certain,
                via=via,
                without=without,
                system=system,
                max_secrets=max_secrets,
            )
        )

    @_gc_paused()
    def reach(
        self,
        *,
        source: str,
        max_hops: int | None = None,
        certain: bool = False,
        via: Sequence[str] = (),
        without: Sequence[str] = (),
    ) -> Reach:
        """Find what a source gets: its blast radius.

        Parameters
        ----------
        source:
            A principal, Pod or Node; a group stands for any of its members.
        max_hops, certain, via, without:
            As for :meth:`paths`.
        """
        from rbacgraph.query.reach import reach

        return Reach(
            reach(
                self.access_graph,
                source=source,
                max_hops=max_hops,
                certain=certain,
                via=via,
                without=without,
            )
        )

    @_gc_paused()
    def exposure(
        self,
        *,
        namespace: str | None = None,
        certain: bool = False,
        without: Sequence[str] = (),
        system: bool = False,
    ) -> Exposure:
        """Count, for every Secret, the principals that get at it, and show the cheapest path.

        Parameters
        ----------
        namespace:
            Only the Secrets of this namespace; all by default.
        certain, without, system:
            As for :meth:`paths`.
        """
        from rbacgraph.query.exposure import exposure

        found = exposure(self.access_graph, certain=certain, without=without, system=system)
        if namespace is not None:
            found = found.within(namespace)
        return Exposure(found)

    def check(
        self,
        policy: str | Path,
        *,
        baseline: str | Path | None = None,
        today: str | None = None,
        certain: bool = False,
        without: Sequence[str] = (),
        system: bool = False,
    ) -> Check:
        """Find who gets at Secrets and may not, as a policy says.

        Parameters
        ----------
        policy:
            A YAML file of who may reach what.
        baseline:
            A file of findings that are known and not told, written by
            :meth:`rbacgraph.answers.Check.write_baseline`.
        today:
            The day that the entries' ``until`` is held against, as ``2026-12-31``; the
            system's by default.
        certain, without, system:
            As for :meth:`paths`.

        Raises
        ------
        InputError
            Where a file cannot be read, or says what is not understood: with its line.
        UsageError
            Where the day is none.
        """
        from rbacgraph.query.check import check as held_against
        from rbacgraph.sources.policy import day, read_baseline, read_policy

        return Check(
            held_against(
                self.access_graph,
                read_policy(policy),
                today=day(today or date.today().isoformat()),  # noqa: DTZ011 - the user's day
                known=None if baseline is None else read_baseline(baseline),
                certain=certain,
                without=without,
                system=system,
            )
        )

    def survey(
        self,
        *,
        namespace: str | None = None,
        certain: bool = False,
        without: Sequence[str] = (),
        system: bool = False,
        max_secrets: int | None = 1000,
        max_principals: int | None = 200,
        progress: Callable[[int, int], None] | None = None,
    ) -> Survey:
        """Find all paths to all Secrets, and who gets what: a page of it is for ``render``.

        Parameters
        ----------
        namespace:
            Only the Secrets of this namespace; all by default.
        certain, without, system:
            As for :meth:`paths`.
        max_secrets:
            To how many Secrets paths are looked for, the most exposed; None for all. Of the
            others the exposure alone is told.
        max_principals:
            Of how many principals to ask what they get beside Secrets, those with the most
            Secrets; None for all.
        progress:
            Is told how much is done, and of how much.

        Examples
        --------
        >>> cluster.survey().render("report.html")  # doctest: +SKIP
        """
        from rbacgraph.query.survey import survey

        return Survey(
            survey(
                self.access_graph,
                namespace=namespace,
                certain=certain,
                without=without,
                system=system,
                max_secrets=max_secrets,
                max_principals=max_principals,
                progress=progress,
            )
        )

    def encryption(
        self, file: "Source | None" = None, *, resources: Sequence[str] = ()
    ) -> Encryption:
        """Say how each resource is encrypted at rest, and whether the API servers here do it.

        Parameters
        ----------
        file:
            As for :func:`rbacgraph.encryption`; None looks at the API servers' flags alone,
            which only a cluster whose API servers are Pods shows.
        resources:
            As for :func:`rbacgraph.encryption`.
        """
        from rbacgraph.authz.encryption import examine
        from rbacgraph.sources.encryption import read_encryption

        config = None if file is None else read_encryption(file)
        version = self.snapshot.kubernetes_version
        return Encryption(
            examine(config, self.snapshot, resources=resources, kubernetes_version=version)
        )

    def usage(
        self,
        audit: "Source | Sequence[Source]",
        *,
        source: str | None = None,
        system: bool = False,
        need: "Source | Sequence[Source]" = (),
        audit_policy: "Source | None" = None,
    ) -> Usage:
        """Find which rights were used and which never, as audit logs show.

        Parameters
        ----------
        audit:
            Files, folders and globs of audit events, also ``.gz`` and ``.zst``; ``-`` is
            standard input. JSON lines, EventLists and batches of ``audit.k8s.io/v1``, and
            what CloudWatch exports of EKS. Of requests' and responses' bodies nothing is kept.
        source:
            One ServiceAccount, user or group: its rights, those of the groups that it is known
            to be in, and its own requests; all subjects of bindings by default.
        system:
            Whether to show the bindings that every API server ships.
        need:
            Files that state what is needed: lists of permissions, rules, or manifests of
            roles and bindings. What they state is not called never used.
        audit_policy:
            The file of the audit Policy that the log is kept by: what it leaves out is not
            called never used.

        Returns
        -------
        Usage
            One for each rule that a binding gives a subject. The result holds what was denied,
            what nothing in the input grants, and what the log cannot show.

        Raises
        ------
        InputError
            Where a file does not exist, or the Policy is none.
        UsageError
            Where the source is none.
        """
        from rbacgraph.query.usage import usage
        from rbacgraph.sources.audit import read_audit
        from rbacgraph.sources.audit_policy import read_audit_policy

        policy = None if audit_policy is None else read_audit_policy(audit_policy)
        log = read_audit(*_several(audit))
        stated = self._needs(None, need, source or "")
        return Usage(
            usage(
                self.authorizer,
                log,
                source=source,
                system=system,
                stated=stated,
                policy=policy,
            )
        )

    def suggest(
        self,
        *,
        principal: str | None = None,
        role: str | None = None,
        audit: "Source | Sequence[Source]" = (),
        need: "Source | Sequence[Source]" = (),
        split: bool | None = None,
        verbs: str = "exact",
        names: str = "exact",
        max_names: int | None = None,
        widen_secrets: bool = False,
        tidy: bool = False,
        without: "str | Sequence[str]" = (),
        from_references: bool = False,
        semantics: str = "strict",
        audit_policy: "Source | None" = None,
        effect: bool = True,
    ) -> Suggestion:
        """Suggest the roles and bindings that leave what is needed and nothing more, proven.

        Without anything that tells what is needed, roles can be written in fewer rules, or
        without a resource: see ``tidy``, ``without`` and ``from_references``.

        Parameters
        ----------
        principal:
            A ServiceAccount, user or group: its own bindings are what may change.
        role:
            A Role as ``NAMESPACE/NAME`` or a ClusterRole as ``NAME``, for all who have it.
            Without a principal and a role, every role that can be edited and is bound.
        audit, need:
            As for :meth:`usage`: what logs show and what files state is needed.
        split:
            Whether somebody gets a role of their own where others have the role too, rather
            than that it is narrowed for all of them; None does so where the evidence tells
            nothing of some of the others.
        verbs:
            ``exact``, or ``read``: whoever gets, lists or watches may do all three.
        names:
            ``exact``, or ``any``: whoever needs some objects of a sort may have all of them.
        max_names:
            ``any`` where there would be more names than these.
        widen_secrets:
            Whether ``verbs``, ``names`` and ``max_names`` go for Secrets and for tokens of
            ServiceAccounts too.
        tidy:
            The same rights in the fewest rules.
        without:
            Resources that are taken out, as ``secrets`` or ``widgets.example.com``: a ``*`` that
            holds one becomes a list of what else is known. A subresource is ``pods/exec``.
        from_references:
            Of Secrets only those that the Pods of a ServiceAccount refer to by name.
        semantics:
            ``strict``, or ``served``: API groups may share a rule although one of them does not
            have all of its resources, which nobody can ask for.
        audit_policy:
            The file of the audit Policy that the log is kept by: rights that rules name and
            whose use it leaves out stay.
        effect:
            Whether to tell who reaches which Secrets before and after.

        Returns
        -------
        Suggestion
            One for each role that is narrowed or made; ``.changes``, ``.manifests()`` and
            ``.leftovers`` are what to do.

        Raises
        ------
        InputError
            Where a file does not exist.
        NotFoundError, UsageError
            Where there is no such role, principal or resource, or nothing says what is needed.

        Examples
        --------
        >>> cluster.suggest(principal="sa:shop/ci", audit="audit.log")  # doctest: +SKIP
        <Suggestion: 3 changes, 1 role>
        """
        from rbacgraph.advice.reshape import reshape
        from rbacgraph.advice.suggest import suggest
        from rbacgraph.advice.widen import widening
        from rbacgraph.authz.known import known_in
        from rbacgraph.sources.audit import read_audit
        from rbacgraph.sources.audit_policy import read_audit_policy

        if semantics not in {"strict", "served"}:
            raise UsageError(f"semantics cannot be {semantics!r}", advice="say strict or served")
        served = semantics == "served"
        graphs = self._graph_of if effect else None
        manner = self._manner(without, tidy=tidy, references=from_references, served=served)
        evidence = bool(_several(audit) or _several(need))
        if evidence is bool(manner.words()):
            raise UsageError(
                "what is needed and how rules are written anew are two questions"
                if evidence
                else "nothing says what is needed",
                advice="give audit logs and files of needs, or else tidy, without or references",
            )
        if not evidence:
            return Suggestion(
                reshape(
                    self.authorizer,
                    manner,
                    principal=principal,
                    role=role,
                    split=split,
                    graph=graphs,
                )
            )
        log = read_audit(*_several(audit)) if _several(audit) else None
        return Suggestion(
            suggest(
                self.authorizer,
                self._needs(log, need, principal or ""),
                principal=principal,
                role=role,
                split=split,
                widening=widening(verbs, names, max_names, secrets=widen_secrets),
                served=known_in(self.snapshot) if served else None,
                policy=None if audit_policy is None else read_audit_policy(audit_policy),
                graph=graphs,
            )
        )

    def cut(
        self,
        *,
        secret: str,
        keep: Sequence[str] = (),
        usage: "Source | Sequence[Source]" = (),
        need: "Source | Sequence[Source]" = (),
        certain: bool = False,
        system: bool = False,
    ) -> Cut:
        """Find the fewest changes after which nobody but those kept reaches a Secret.

        Parameters
        ----------
        secret:
            ``NAMESPACE/NAME``, or ``NAME`` where it is unambiguous.
        keep:
            Principals that are to reach it as directly as before: ``sa:NS/NAME``,
            ``user:NAME``, ``group:NAME``, with those who are known to be in the group.
        usage:
            Audit logs, as for :meth:`usage`: what they show as allowed stays allowed.
        need:
            Files that state what is needed, as for :meth:`usage`.
        certain:
            Whether paths that depend on a condition are left as they are.
        system:
            Whether the control plane's own identities are cut off too.

        Returns
        -------
        Cut
            One for each thing that is taken away. The result holds the objects to apply, the
            paths that force the changes, who cannot be cut off and why, and who loses what.

        Raises
        ------
        InputError
            Where a file does not exist, or a log holds no event.
        UsageError
            Where a principal is none, or the Secret is several.
        NotFoundError
            Where the input says that there is no such Secret or principal.
        """
        from rbacgraph.advice.cut import cut
        from rbacgraph.sources.audit import read_audit

        needs = None
        if usage or need:
            log = read_audit(*_several(usage)) if usage else None
            if log is not None and not log.events:
                raise InputError(
                    f"{', '.join(map(str, _several(usage)))}: no audit event in it",
                    advice="events are those of audit.k8s.io/v1, as the API server logs them",
                )
            needs = self._needs(log, need, "")
        with _gc_paused():
            found = cut(
                self.access_graph,
                secret=secret,
                keep=keep,
                needs=needs,
                certain=certain,
                system=system,
            )
        return Cut(found)

    def verify_suggestion(
        self,
        suggestion: "Source",
        *,
        effect: bool = True,
        server: bool = False,
        context: str | None = None,
        kubeconfig: str | None = None,
        connect_as: str = "",
        connect_as_groups: Sequence[str] = (),
        timeout: float = 60,
        qps: float = 20,
        burst: int = 40,
        progress: Callable[[int, int], None] | None = None,
    ) -> Recheck:
        """Hold a suggestion that was saved against this cluster, and prove it again.

        Parameters
        ----------
        suggestion:
            The JSON of :meth:`suggest`.
        effect:
            Whether to tell who reaches which Secrets before and after.
        server:
            Whether to ask a live server too: by SubjectAccessReview, whether what must stay
            allowed is allowed today; by dry run, whether it would write the objects.
        context, kubeconfig, connect_as, connect_as_groups, timeout, qps, burst:
            As for :func:`rbacgraph.load_live`.
        progress:
            Is told how many answers of the server are there, and of how many.

        Returns
        -------
        Recheck
            One for each object that the suggestion writes: as it was, applied already, or
            changed since. ``.result`` says whether it holds, and has the proof.

        Raises
        ------
        InputError
            Where the file holds no suggestion, or the server cannot be asked.
        """
        from rbacgraph.advice.recheck import claims_of, recheck
        from rbacgraph.sources.live import KINDS, Write, connected, word_of
        from rbacgraph.sources.suggestions import read_suggestion

        saved = read_suggestion(suggestion)
        result = recheck(self.authorizer, saved, self._graph_of if effect else None)
        if not server:
            return Recheck(result)
        claims = claims_of(self.authorizer, saved)
        writes = [
            Write(change.key, manifest(change.after), new=change.before is None)
            for change, one in zip(saved.changes, result.standing, strict=True)
            if change.after is not None and one.state == "open" and one.kind in KINDS
        ]
        settings = Settings(
            context=context,
            kubeconfig=kubeconfig,
            connect_as=connect_as,
            connect_as_groups=tuple(connect_as_groups),
            timeout=timeout,
            qps=qps,
            burst=burst,
        )
        with connected(settings) as connection:
            told = progress or (lambda _done, _total: None)
            word = word_of(connection, claims, writes, told)
        return Recheck(result.with_server(word))

    def _graph_of(self, authorizer: Authorizer) -> "AccessGraph":
        """Build the graph of a state of this cluster; that of its own only once."""
        from rbacgraph.graph import build

        if authorizer is self.authorizer:
            return self.access_graph
        with _gc_paused():
            return build(authorizer.snapshot)

    def _manner(
        self, without: "str | Sequence[str]", *, tidy: bool, references: bool, served: bool
    ) -> "Manner":
        from rbacgraph.advice.rewriter import Manner
        from rbacgraph.authz.resources import resolve_resource

        places = []
        for text in (without,) if isinstance(without, str) else without:
            resource, slash, subresource = text.partition("/")
            found = resolve_resource(resource, custom_resources=self.snapshot.custom_resources)
            name = f"{found.resource.resource}{slash}{subresource}"
            places.append((found.resource.group, name))
        return Manner(tidy, tuple(places), references, served)

    def _needs(
        self, log: "AuditLog | None", need: "Source | Sequence[Source]", source: str
    ) -> "Needs":
        """Put together what a log and files say is needed; of the source where they name nobody."""
        from rbacgraph.advice.manifests import stated_by
        from rbacgraph.advice.needs import needs_of
        from rbacgraph.sources.needs import read_needs

        known = self.authorizer.snapshot
        if not need:
            return needs_of(log, groups=known.groups)
        kind, namespace, _ = parse_principal(source) if source else ("", "", "")
        found = read_needs(
            *_several(need),
            default_namespace=namespace if kind == SERVICE_ACCOUNT else "default",
        )
        by_roles = list(stated_by(found.manifests))
        return needs_of(
            log,
            (*found.stated, *(one for one in by_roles if isinstance(one, Stated))),
            groups=known.groups,
            source=source,
            custom_resources=known.custom_resources,
            diagnostics=(
                *found.diagnostics,
                *(one for one in by_roles if not isinstance(one, Stated)),
            ),
        )

    def verify(
        self,
        *,
        sample: int | None = 200,
        seed: int = 0,
        context: str | None = None,
        kubeconfig: str | None = None,
        connect_as: str = "",
        connect_as_groups: Sequence[str] = (),
        timeout: float = 60,
        qps: float = 20,
        burst: int = 40,
        progress: Callable[[int, int], None] | None = None,
    ) -> Verification:
        """Ask a live server whether it sees direct rights as they are claimed here.

        Parameters
        ----------
        sample:
            How many claims to ask about, those that something is allowed and those that it
            is not; None asks about all that make a difference.
        seed:
            The same seed draws the same sample.
        context, kubeconfig, connect_as, connect_as_groups, timeout, qps, burst:
            As for :func:`rbacgraph.load_live`.
        progress:
            Is told how many answers are there, and of how many.

        Returns
        -------
        Verification
            The claims that the server says the contrary of.

        Raises
        ------
        InputError
            Where the server cannot be reached, or does not answer SubjectAccessReviews.
        UsageError
            Where there are too many claims to ask about all.
        """
        from rbacgraph.query import drawing
        from rbacgraph.query.claims import Claims
        from rbacgraph.query.verify import compare
        from rbacgraph.sources.live import ask_all, connected

        known = Claims(self.authorizer)
        claims = known.every() if sample is None else drawing.sample(known, sample, seed)
        settings = Settings(
            context=context,
            kubeconfig=kubeconfig,
            connect_as=connect_as,
            connect_as_groups=tuple(connect_as_groups),
            timeout=timeout,
            qps=qps,
            burst=burst,
        )
        with connected(settings) as connection:
            reviews = ask_all(connection, claims, progress or (lambda _done, _total: None))
            return Verification(
                compare(
                    claims,
                    reviews,
                    context=connection.name,
                    server=connection.server,
                    seed=None if sample is None else seed,
                )
            )


def _role_or_binding(manifest: Mapping[str, Any] | str) -> AnyRole | AnyBinding:
    """Read the one role or binding of a manifest."""
    try:
        text = manifest if isinstance(manifest, str) else json.dumps(manifest)
    except TypeError as error:
        raise UsageError(f"the manifest is no Kubernetes object: {error}") from None
    read = load_sources(io.BytesIO(text.encode()))
    found: tuple[AnyRole | AnyBinding, ...] = (
        *read.roles,
        *read.cluster_roles,
        *read.role_bindings,
        *read.cluster_role_bindings,
    )
    if len(found) == 1:
        return found[0]
    errors = [d.message for d in read.diagnostics if d.severity == "error"]
    raise UsageError(
        f"the manifest is no Role or binding: {errors[0]}"
        if errors
        else "the manifest is not one Role, ClusterRole, RoleBinding or ClusterRoleBinding",
        advice=f"give one object with apiVersion {RBAC_GROUP}/v1",
    )


def _several(sources: "Source | Sequence[Source]") -> "Sequence[Source]":
    if isinstance(sources, Sequence) and not isinstance(sources, str):
        return sources
    return (sources,)
