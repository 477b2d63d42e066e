"""The base of all questions: a cluster as it was read."""

from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar

from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.model.inputs.diagnostic import Diagnostic
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.memory.gc_pause import gc_paused, give_back
from rbacgraph.model.node import VAULT
from rbacgraph.report.answers.cluster_table import cluster_table, cluster_title

if TYPE_CHECKING:
    import networkx as nx

    from rbacgraph.graph.attack_graph import AccessGraph
    from rbacgraph.sources.files.source_lines import Lines, Reopen
    from rbacgraph.sources.live.connection.settings import Settings


_T = TypeVar("_T")


def as_list(given: _T) -> _T | tuple[str, ...]:
    """Return a list as it is, and one text as a list of it, not of its letters.

    Examples
    --------
    >>> as_list("sa:shop/api"), as_list(["exec", "attach"])
    (('sa:shop/api',), ['exec', 'attach'])
    """
    return (given,) if isinstance(given, str) else given


class ClusterBase:
    """A cluster as it was read.

    Parameters
    ----------
    snapshot:
        Its objects; made by :func:`rbacgraph.load`.
    read:
        The input before assumptions and aggregation.
    reopen:
        Opens a file without a path again, by its name; None for one with a path.
    server:
        How to reach the live cluster of the input; None for files.
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

    def __getstate__(self) -> dict[str, object]:
        """Return what to pickle or to copy: without what questions derive, which is built again."""
        return {
            name: value
            for name, value in vars(self).items()
            if not isinstance(getattr(type(self), name, None), cached_property)
        }

    def __repr__(self) -> str:
        return f"<{cluster_title(self.snapshot)}>"

    def _repr_html_(self) -> str:
        return cluster_table(self.snapshot)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What rbacgraph could not read or trust, and why."""
        return self.snapshot.diagnostics

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all was read."""
        return not any(objects for _, objects in self._read.objects())

    def save(self, target: str | Path | IO[bytes]) -> None:
        """Write everything to a file, from which :func:`rbacgraph.load` gives the same answers.

        It holds no value of a Secret. The file is written completely or not at all.

        Parameters
        ----------
        target:
            A file that ends in ``.json``, ``.json.gz`` or ``.json.zst``, or an open binary one.

        Raises
        ------
        UsageError
            If the file's name has another ending.
        RbacGraphError
            If it cannot be written.
        """
        from rbacgraph.sources.snapshots.saving import save

        save(self._read, target)

    def export(self, target: str | Path, *, format: str = "") -> None:  # noqa: A002 - its name
        """Write the whole graph for another tool.

        Parameters
        ----------
        target:
            A file, or a folder for ``neo4j-csv`` and ``parquet``, which is created if necessary.
        format:
            ``graphml``, ``gexf``, ``neo4j-csv``, ``bloodhound-opengraph`` or ``parquet``; by
            default from the file's suffix, ``.graphml`` or ``.gexf``.

        Raises
        ------
        UsageError
            If there is no such format.
        RbacGraphError
            If it cannot be written, or ``parquet`` lacks its package.
        """
        from rbacgraph.graph.export_tables import tables
        from rbacgraph.report.export.export import export

        path = Path(target)
        export(tables(self.access_graph), format or path.suffix.removeprefix("."), path)

    @cached_property
    def lines(self) -> "Lines":
        """Finds the own lines of rules and subjects in the input."""
        from rbacgraph.sources.files.source_lines import Lines

        return Lines(self._reopen)

    @cached_property
    def authorizer(self) -> Authorizer:
        """Kubernetes' own RBAC over this cluster."""
        return Authorizer(self.snapshot)

    @cached_property
    def access_graph(self) -> "AccessGraph":
        """The attack graph, built on first use."""
        from rbacgraph.graph.build import build
        from rbacgraph.report.text import node_words  # noqa: F401 - it prints keys of nodes

        with gc_paused():
            graph = build(self.snapshot)
        give_back()
        return graph

    def graph_for(self, secret: str) -> "AccessGraph":
        """Return the graph with a path in Vault that a question names.

        The policies of a dump decide about each path, whether or not the input names it.
        """
        outside = self.asked_outside(secret)
        if not outside:
            return self.access_graph
        from rbacgraph.graph.build import build
        from rbacgraph.report.text import node_words  # noqa: F401 - it prints keys of nodes

        with gc_paused():
            return build(self.snapshot, outside=outside)

    def asked_outside(self, secret: str) -> tuple[str, ...]:
        """Return the path in Vault that a question names, if the input has a dump."""
        kind, colon, path = secret.partition(":") if isinstance(secret, str) else ("", "", "")
        names_one = kind == VAULT and colon and path and not any(one in path for one in "*?[")
        return (path,) if self.snapshot.stores and names_one else ()

    def graph(self) -> "nx.MultiDiGraph[str]":
        """Return the whole graph, for exploring with networkx.

        An attacker reaches an AND node (``all_of``) only by reaching *every* node with an edge to
        it. networkx does not know that: ``nx.descendants`` and its like return nodes that are out
        of reach. :func:`rbacgraph.descendants` and :func:`rbacgraph.ancestors` are exact.

        Returns
        -------
        networkx.MultiDiGraph
            Nodes are printed names with ``kind``, ``namespace``, ``name`` and ``all_of``; edges
            have ``edge`` (the kind's id), ``effort`` and ``condition`` (empty if certain).

        Examples
        --------
        >>> import rbacgraph as rg
        >>> graph = rg.load("fixtures/clusters/shop").graph()
        >>> found = rg.descendants(graph, "serviceaccount:ci/runner")
        >>> "secret:shop/db-credentials" in found
        True
        """
        return self.access_graph.to_networkx()

    def graph_of(self, authorizer: Authorizer) -> "AccessGraph":
        """Return the graph of a state of this cluster; its own state is built only once.

        A Secret stays known even if the only rule that named it is gone.
        """
        from rbacgraph.graph.build import build

        if authorizer is self.authorizer:
            return self.access_graph
        known = self.access_graph
        with gc_paused():
            return build(authorizer.snapshot, known.world.secrets)
