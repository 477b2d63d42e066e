"""Questions about what rights lead to."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from rbacgraph.api.cluster_base import Read
from rbacgraph.model.gc_pause import gc_paused
from rbacgraph.model.inputs.unread import unread_of
from rbacgraph.sources.files.locate import Source

if TYPE_CHECKING:
    from rbacgraph.api.answers import Check, Encryption, Exposure, Paths, Reach, Survey


class Ways(Read):
    """Who gets at which Secrets, and how."""

    @gc_paused()
    def paths(
        self,
        *,
        secret: str,
        source: str | None = None,
        max_paths: int | None = None,
        certain: bool = False,
        via: Sequence[str] = (),
        without: Sequence[str] = (),
        system: bool = False,
        max_secrets: int | None = None,
    ) -> "Paths":
        """Find who gets at a Secret, how, and on what evidence.

        Parameters
        ----------
        secret:
            ``NAMESPACE/NAME``, ``NAME`` where it is unambiguous, or a pattern of these.
        source:
            The principal, Pod or Node to start from; everybody by default.
        max_paths:
            Paths per principal; by default that of the lowest effort found of each certainty.
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
        from rbacgraph.api.answers import Paths
        from rbacgraph.query.access.paths import paths

        return Paths(
            paths(
                self.access_graph,
                secret=secret,
                source=source,
                max_paths=max_paths,
                certain=certain,
                via=via,
                without=without,
                system=system,
                max_secrets=max_secrets,
            )
        )

    @gc_paused()
    def reach(
        self,
        *,
        source: str,
        certain: bool = False,
        via: Sequence[str] = (),
        without: Sequence[str] = (),
    ) -> "Reach":
        """Find what a source gets: its blast radius.

        Parameters
        ----------
        source:
            A principal, Pod or Node; a group stands for any of its members.
        certain, via, without:
            As for :meth:`paths`.
        """
        from rbacgraph.api.answers import Reach
        from rbacgraph.query.access.reach import reach

        return Reach(
            reach(
                self.access_graph,
                source=source,
                certain=certain,
                via=via,
                without=without,
            )
        )

    @gc_paused()
    def exposure(
        self,
        *,
        namespace: str | None = None,
        certain: bool = False,
        without: Sequence[str] = (),
        system: bool = False,
    ) -> "Exposure":
        """Count, for every Secret, the principals that get at it, and show one path.

        That is the path of the lowest effort found.

        Parameters
        ----------
        namespace:
            Only the Secrets of this namespace; all by default.
        certain, without, system:
            As for :meth:`paths`.
        """
        from rbacgraph.api.answers import Exposure
        from rbacgraph.query.access.exposure import exposure

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
        allow_unread: Sequence[str] = (),
    ) -> "Check":
        """Find who gets at Secrets and may not, as a policy says.

        Parameters
        ----------
        policy:
            A YAML file of who may reach what.
        baseline:
            A file of findings that are known and not told, written by
            :meth:`rbacgraph.api.answers.Check.write_baseline`.
        today:
            The day that the entries' ``until`` is held against, as ``2026-12-31``; the
            system's by default.
        certain, without, system:
            As for :meth:`paths`.
        allow_unread:
            Patterns, as in a shell, of files that need not be read whole, or of their folders.

        Returns
        -------
        Check
            The findings; ``unread`` are the other files that were not read whole, and nobody
            can say what they give.

        Raises
        ------
        InputError
            Where a file cannot be read, or says what is not understood: with its line.
        UsageError
            Where the day is none.
        """
        from rbacgraph.api.answers import Check
        from rbacgraph.query.diff.policy_check import check as held_against
        from rbacgraph.sources.config.access_policy import day, read_baseline, read_policy

        result = held_against(
            self.access_graph,
            read_policy(policy),
            today=day(today or date.today().isoformat()),  # noqa: DTZ011 - the user's day
            known=None if baseline is None else read_baseline(baseline),
            certain=certain,
            without=without,
            system=system,
        )
        return Check(result.with_unread(unread_of(self.snapshot.unread, allow_unread)))

    def survey(
        self,
        *,
        namespace: str | None = None,
        certain: bool = False,
        without: Sequence[str] = (),
        system: bool = False,
        max_secrets: int | None = 1000,
        max_principals: int | None = 200,
        max_routes: int | None = 100,
        max_ways: int | None = None,
        progress: Callable[[int, int], None] | None = None,
        processes: int | None = 1,
    ) -> "Survey":
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
        max_routes:
            By how many routes each of them gets that, the certain ones first, those of
            least effort of each first; None for all. Of the others it is only counted what
            they lead to.
        max_ways:
            By how many routes each Secret is reached whose paths are told, in the same order;
            None for all. Of the others it is only counted whom they start at. A page tells 100.
        progress:
            Is told how much is done, and of how much.
        processes:
            How many processes work on it side by side, each a copy of this one; None for as
            many as there are cores for this one, at most four. On Linux only: elsewhere one.

        Examples
        --------
        >>> cluster.survey().render("report.html")  # doctest: +SKIP
        """
        from rbacgraph.api.answers import Survey
        from rbacgraph.api.fork_pool import SideBySide
        from rbacgraph.query.access.survey import survey

        return Survey(
            survey(
                self.access_graph,
                namespace=namespace,
                certain=certain,
                without=without,
                system=system,
                max_secrets=max_secrets,
                max_principals=max_principals,
                max_routes=max_routes,
                max_ways=max_ways,
                progress=progress,
                each=SideBySide(processes),
            )
        )

    def encryption(
        self, file: "Source | None" = None, *, resources: Sequence[str] = ()
    ) -> "Encryption":
        """Say how each resource is encrypted at rest, and whether the API servers here do it.

        Parameters
        ----------
        file:
            As for :func:`rbacgraph.encryption`; None looks at the API servers' flags alone,
            which only a cluster whose API servers are Pods shows.
        resources:
            As for :func:`rbacgraph.encryption`.
        """
        from rbacgraph.api.answers import Encryption
        from rbacgraph.encryption_at_rest.examine import examine
        from rbacgraph.sources.config.encryption import read_encryption

        config = None if file is None else read_encryption(file)
        version = self.snapshot.kubernetes_version
        return Encryption(
            examine(config, self.snapshot, resources=resources, kubernetes_version=version)
        )
