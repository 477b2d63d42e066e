"""A cluster as it was read, and what all questions to it start from."""

from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING

from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.model.gc_pause import gc_paused
from rbacgraph.model.inputs.diagnostic import Diagnostic
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.report.text.conditions import condition_words
from rbacgraph.report.text.text import count

if TYPE_CHECKING:
    import networkx as nx

    from rbacgraph.graph.attack_graph import AccessGraph
    from rbacgraph.sources.files.source_lines import Lines, Reopen
    from rbacgraph.sources.live.connection.settings import Settings


class Read:
    """A cluster as it was read.

    Parameters
    ----------
    snapshot:
        Its objects; made by :func:`rbacgraph.load`.
    read:
        The same as it was read, before anything was assumed or filled in.
    reopen:
        Opens a file again that has no path, by its name; None where it has one.
    server:
        How the live cluster is reached that it was read from; None where files were.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        *,
        read: Snapshot | None = None,
        reopen: "Reopen | None" = None,
        server: "Settings | None" = None,
    ) -> None:
        self.snapshot = snapshot
        self._read = read or snapshot
        self._reopen = reopen
        self._server = server

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
        from rbacgraph.sources.snapshots.saving import save

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
        from rbacgraph.graph.export_tables import tables
        from rbacgraph.report.export.export import export

        path = Path(target)
        export(
            tables(self.access_graph, condition_words),
            format or path.suffix.removeprefix("."),
            path,
        )

    @cached_property
    def lines(self) -> "Lines":
        """Finds the own lines of rules and subjects in what was read."""
        from rbacgraph.sources.files.source_lines import Lines

        return Lines(self._reopen)

    @cached_property
    def authorizer(self) -> Authorizer:
        """Kubernetes' own RBAC over this cluster."""
        return Authorizer(self.snapshot)

    @cached_property
    def access_graph(self) -> "AccessGraph":
        """The graph of who obtains what, built when first needed."""
        from rbacgraph.graph.build import build

        with gc_paused():
            return build(self.snapshot)

    def graph(self) -> "nx.MultiDiGraph[str]":
        """Return the whole graph, for exploring with networkx.

        Returns
        -------
        networkx.MultiDiGraph
            Nodes are printed names with ``kind``, ``namespace`` and ``name``; edges have
            ``edge`` (the kind's id), ``effort`` and ``condition``.
        """
        return self.access_graph.to_networkx(say=condition_words)

    def graph_of(self, authorizer: Authorizer) -> "AccessGraph":
        """Build the graph of a state of this cluster; that of its own only once.

        A Secret stays known where the only rule that named it is gone.
        """
        from rbacgraph.graph.build import build

        if authorizer is self.authorizer:
            return self.access_graph
        known = self.access_graph
        with gc_paused():
            return build(authorizer.snapshot, known.world.secrets)
