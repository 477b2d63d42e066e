"""Questions about what rights lead to."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from rbacgraph.api.cluster_base import ClusterBase, as_list
from rbacgraph.errors import UsageError
from rbacgraph.model.memory.gc_pause import gc_paused
from rbacgraph.model.role_carriers import not_read
from rbacgraph.sources.files.locate import Source

if TYPE_CHECKING:
    from rbacgraph.api.answers import (
        Admins,
        Check,
        Encryption,
        Exposure,
        ExposureBy,
        Paths,
        Reach,
        Survey,
    )
    from rbacgraph.model.answers.groupings import Grouping


_MOST_RANKED = 20_000


class ClusterAccess(ClusterBase):
    """Who reaches which Secrets, and how."""

    @gc_paused()
    def paths(
        self,
        secret: str,
        *,
        source: str | None = None,
        max_paths: int | None = None,
        certain: bool = False,
        via: Sequence[str] = (),
        without: Sequence[str] = (),
        system: bool = False,
        max_secrets: int | None = None,
    ) -> "Paths":
        """Return who reaches a Secret, how, and on what evidence.

        Parameters
        ----------
        secret:
            ``NAMESPACE/NAME``, ``NAME`` if it is unambiguous, or a pattern of these.
        source:
            The principal, Pod or Node to start from; by default all principals.
        max_paths:
            Paths per principal; by default the one of the lowest effort found for each certainty.
        certain:
            Whether to leave out conditional paths.
        via, without:
            Ids of edge kinds: a path must use one of ``via``, and none of ``without``.
        system:
            Whether to show control-plane identities on shipped bindings.
        max_secrets:
            The number of Secrets to answer about, the most exposed first; by default all that
            match.

        Raises
        ------
        UsageError, NotFoundError
            If the Secret, the source or an edge kind is not found.
        """
        from rbacgraph.api.answers import Paths
        from rbacgraph.query.access.paths import paths

        return Paths(
            paths(
                self.graph_for(secret),
                secret=secret,
                source=source,
                max_paths=max_paths,
                certain=certain,
                via=as_list(via),
                without=as_list(without),
                system=system,
                max_secrets=max_secrets,
            )
        )

    @gc_paused()
    def reach(
        self,
        source: str,
        *,
        certain: bool = False,
        via: Sequence[str] = (),
        without: Sequence[str] = (),
    ) -> "Reach":
        """Return what a source gets: its blast radius.

        Parameters
        ----------
        source:
            A principal, Pod or Node; a group stands for any of its members.
        certain, via, without:
            See :meth:`paths`.
        """
        from rbacgraph.api.answers import Reach
        from rbacgraph.query.access.reach import reach

        return Reach(
            reach(
                self.access_graph,
                source=source,
                certain=certain,
                via=as_list(via),
                without=as_list(without),
            )
        )

    @gc_paused()
    def admins(
        self, *, certain: bool = False, without: Sequence[str] = (), system: bool = False
    ) -> "Admins":
        """Return who is effectively cluster-admin, and how.

        A principal is it if it gets full control of the cluster: every right on every resource by
        its own bindings, or by a path of techniques to an identity or a role that has it, to
        group ``system:masters``, or to a node of the control plane.

        Parameters
        ----------
        certain, without, system:
            See :meth:`paths`.

        Returns
        -------
        Admins
            ``admins`` for certain, ``conditional`` ones, and the control plane's own as
            ``shipped``, each with its way of the lowest effort found.

        Examples
        --------
        >>> import rbacgraph as rg
        >>> found = rg.load("fixtures/clusters/shop").admins()
        >>> [one.principal for one in found.admins]
        ['group:platform-admins']
        """
        from rbacgraph.api.answers import Admins
        from rbacgraph.query.access.admins import admins

        return Admins(
            admins(self.access_graph, certain=certain, without=as_list(without), system=system)
        )

    @gc_paused()
    def exposure(
        self,
        namespace: str | None = None,
        *,
        certain: bool = False,
        without: Sequence[str] = (),
        system: bool = False,
    ) -> "Exposure":
        """Count, for every Secret, the principals that reach it, and show one path.

        The path is the one of the lowest effort found.

        Parameters
        ----------
        namespace:
            Only the Secrets of this namespace; all by default.
        certain, without, system:
            See :meth:`paths`.
        """
        from rbacgraph.api.answers import Exposure
        from rbacgraph.query.access.exposure import exposure

        found = exposure(
            self.access_graph, certain=certain, without=as_list(without), system=system
        )
        if namespace is not None:
            found = found.within(namespace)
        return Exposure(found)

    @gc_paused()
    def exposure_by(
        self,
        by: "Grouping",
        namespace: str | None = None,
        *,
        certain: bool = False,
        without: Sequence[str] = (),
        system: bool = False,
    ) -> "ExposureBy":
        """Count the pairs of principals and Secrets in groups, with what the Secrets are worth.

        Parameters
        ----------
        by:
            ``principal``, ``namespace`` (of the Secrets), ``technique`` (the last one of a path) or
            ``binding``: what it gives by itself.
        namespace:
            Only the Secrets of this namespace; all by default.
        certain, without, system:
            See :meth:`paths`.

        Raises
        ------
        UsageError
            If there is no such grouping.
        """
        from rbacgraph.api.answers import ExposureBy
        from rbacgraph.model.answers.groupings import GROUPINGS
        from rbacgraph.query.access.exposure_by import exposure_by

        if by not in GROUPINGS:
            raise UsageError(
                f"there is no grouping {by!r}", advice=f"choose one of {', '.join(GROUPINGS)}"
            )
        return ExposureBy(
            exposure_by(
                self.access_graph,
                by,
                namespace=namespace,
                certain=certain,
                without=as_list(without),
                system=system,
            )
        )

    def check(
        self,
        policy: str | Path,
        *,
        baseline: str | Path | None = None,
        today: str | None = None,
        certain: bool = False,
        without: Sequence[str] = (),
        system: bool = False,
        allow_unread: Sequence[str] = (),
    ) -> "Check":
        """Return who reaches Secrets against a policy.

        Parameters
        ----------
        policy:
            A YAML file that says who may reach what.
        baseline:
            A file of known findings, which the answer leaves out, written by
            :meth:`rbacgraph.api.answers.Check.write_baseline`.
        today:
            The day to compare ``until`` with, as ``2026-12-31``; by default the system's date.
        certain, without, system:
            See :meth:`paths`.
        allow_unread:
            Patterns, as in a shell, of files or folders that need not be read completely.

        Returns
        -------
        Check
            The findings; ``unread`` are the other files that were not read completely, whose rights
            are unknown, and ``unread_kinds`` the kinds that rbacgraph does not look into.

        Raises
        ------
        InputError
            If a file cannot be read, or is not understood: the message has the line.
        UsageError
            If the day is invalid.
        """
        from rbacgraph.api.answers import Check
        from rbacgraph.query.diff.policy_check import check as held_against
        from rbacgraph.sources.config.access_policy import read_baseline, read_policy
        from rbacgraph.sources.config.yaml_reader import day

        result = held_against(
            self.access_graph,
            read_policy(policy),
            today=day(today or date.today().isoformat()),  # noqa: DTZ011 - the user's day
            known=None if baseline is None else read_baseline(baseline),
            certain=certain,
            without=as_list(without),
            system=system,
        )
        files = self.snapshot
        return Check(
            result.with_unread(*not_read(files.unread, files.passed_over, as_list(allow_unread)))
        )

    def survey(
        self,
        namespace: str | None = None,
        *,
        certain: bool = False,
        without: Sequence[str] = (),
        system: bool = False,
        max_secrets: int | None = 1000,
        max_principals: int | None = 200,
        max_routes: int | None = 100,
        max_ways: int | None = None,
        progress: Callable[[int, int], None] | None = None,
        risks: bool | None = None,
    ) -> "Survey":
        """Return all paths to all Secrets, and all blast radiuses: ``render`` makes a page of it.

        Parameters
        ----------
        namespace:
            Only the Secrets of this namespace; all by default.
        certain, without, system:
            See :meth:`paths`.
        max_secrets:
            The number of Secrets with paths, the most exposed first; None for all. The others have
            only their exposure.
        max_principals:
            The number of principals with targets besides Secrets, those with the most Secrets
            first; None for all.
        max_routes:
            The number of routes to these targets, certain ones first, then least effort; None for
            all. Targets of further routes are only counted.
        max_ways:
            The number of routes to each Secret, in the same order; None for all. Paths of further
            routes are only counted by where they start. A page shows 100.
        progress:
            Is called with the work done, and the total, while the page is written: paths are found
            then, and whenever they are asked for.
        risks:
            Whether to rank the causes of access too, as :meth:`risks` does; by default only in
            graphs of up to 20,000 edges, because it takes long in larger ones.

        Examples
        --------
        >>> cluster.survey().render("report.html")  # doctest: +SKIP
        """
        from rbacgraph.advice.risks.risks import risks as ranked
        from rbacgraph.api.answers import Survey
        from rbacgraph.query.access.survey import survey

        graph = self.access_graph
        result = survey(
            graph,
            namespace=namespace,
            certain=certain,
            without=as_list(without),
            system=system,
            max_secrets=max_secrets,
            max_principals=max_principals,
            max_routes=max_routes,
            max_ways=max_ways,
            progress=progress,
        )
        if len(graph.target) <= _MOST_RANKED if risks is None else risks:
            causes = ranked(graph, certain=certain, without=as_list(without), system=system)
            result = result.with_risks(causes)
        return Survey(result)

    def encryption(
        self, file: "Source | None" = None, *, resources: Sequence[str] = ()
    ) -> "Encryption":
        """Return how each resource is encrypted at rest, and whether these API servers do it.

        Parameters
        ----------
        file:
            See :func:`rbacgraph.encryption`; None looks only at the API servers' flags, which a
            cluster shows only if its API servers are Pods.
        resources:
            See :func:`rbacgraph.encryption`.
        """
        from rbacgraph.api.answers import Encryption
        from rbacgraph.encryption_at_rest.examine import examine
        from rbacgraph.sources.config.encryption_config import read_encryption

        config = None if file is None else read_encryption(file)
        version = self.snapshot.kubernetes_version
        return Encryption(
            examine(config, self.snapshot, resources=as_list(resources), kubernetes_version=version)
        )
