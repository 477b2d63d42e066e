"""Writes the graph in the formats of other tools.

Anyone who may write objects chooses their names: characters that cannot be printed are escaped, so
that every reader accepts the file.

Sources: "Import: CSV file header format" of the Neo4j operations manual; "OpenGraph: nodes, edges,
metadata" of the BloodHound documentation.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from rbacgraph.errors import RbacGraphError, UsageError
from rbacgraph.model.answers.graph_tables import EdgeRow, NodeRow, Tables
from rbacgraph.model.printable import without_controls as shown
from rbacgraph.report.formats.frame import frame
from rbacgraph.report.formats.rows import Cell, Rows
from rbacgraph.report.text.format_names import EXPORTS, FOLDERS
from rbacgraph.report.text.words import kind_words

if TYPE_CHECKING:
    import networkx as nx


_META = re.compile(r"<meta .*?</meta>", re.DOTALL)
_CREATOR = "<meta><creator>rbacgraph</creator></meta>"
_HEAD = '<?xml version="1.0" encoding="utf-8"?>'

_OTHERS = re.compile(r"[^A-Za-z0-9]+")

_KINDS = frozenset({"kind", "namespace", "edge", "condition", "source", "target"})
"""Columns with few different words: categoricals."""


def write_parquet(tables: Tables, target: Path) -> None:
    """Write ``nodes.parquet`` and ``edges.parquet`` into a folder; columns are the fields."""
    if find_spec("pyarrow") is None:
        raise RbacGraphError(
            "parquet needs the package pyarrow", advice="pip install 'rbacgraph[parquet]'"
        )
    nodes = frame(Rows(NodeRow._fields, _KINDS, list(tables.nodes), {"all_of": bool}))
    nodes.to_parquet(target / "nodes.parquet", index=False)
    lines: list[tuple[Cell, ...]] = [
        (*edge[:-1], "\n".join(edge.evidence)) for edge in tables.edges
    ]
    edges = frame(Rows(EdgeRow._fields, _KINDS, lines, {"effort": int}))
    edges.to_parquet(target / "edges.parquet", index=False)


_ARRAY = ";"
_NODES = ("id:ID", "kind", "namespace", "name", "all_of:boolean", ":LABEL")
_EDGES = (
    ":START_ID",
    ":END_ID",
    "edge",
    "effort:int",
    "certain:boolean",
    "condition",
    "words",
    "evidence:string[]",
    ":TYPE",
)


def write_neo4j(tables: Tables, target: Path) -> None:
    """Write ``nodes.csv`` and ``relationships.csv`` into a folder, each with its header.

    A node's label is its kind (``ServiceAccount``), a relationship's type that of the edge
    (``READ_SECRET``).
    """
    nodes = ((n.id, n.kind, n.namespace, n.name, _bool(n.all_of), label(n.kind)) for n in tables[0])
    _write(target / "nodes.csv", _NODES, nodes)
    edges = (
        (
            e.source,
            e.target,
            e.edge,
            str(e.effort),
            _bool(not e.condition),
            e.condition,
            e.words,
            _ARRAY.join(one.replace(_ARRAY, ",") for one in e.evidence),
            e.edge.replace("-", "_").upper(),
        )
        for e in tables[1]
    )
    _write(target / "relationships.csv", _EDGES, edges)


def _write(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _bool(value: object) -> str:
    return "true" if value else "false"


SOURCE_KIND = "Kubernetes"
_PREFIX = "K8s_"
_DIGITS = 12
_encode = msgspec.json.encode


def write_bloodhound(tables: Tables, target: Path) -> None:
    """Write one document: kinds are ``K8s_ServiceAccount``, ``K8s_ReadSecret`` and so on."""
    with target.open("wb") as file:
        file.write(b'{"metadata":{"source_kind":%s},"graph":{"nodes":[' % _encode(SOURCE_KIND))
        for piece in _joined(map(_node, tables.nodes)):
            file.write(piece)
        file.write(b'\n],"edges":[')
        for piece in _joined(map(_edge, tables.edges)):
            file.write(piece)
        file.write(b"\n]}}\n")


def object_id(node: str) -> str:
    """Return the id of a node.

    BloodHound changes ids to capitals, so that names that differ only in case would collide: an id
    with capitals gets a digest.

    Examples
    --------
    >>> object_id("user:alice"), object_id("user:Alice")
    ('user:alice', 'user:Alice#e3228590ae0f')
    """
    if node == node.lower():
        return node
    return f"{node}#{sha256(node.encode()).hexdigest()[:_DIGITS]}"


def _node(row: NodeRow) -> dict[str, Any]:
    properties = {
        "name": row.id,
        "displayname": row.id,
        "kind": row.kind,
        "namespace": row.namespace,
        "all_of": row.all_of,
    }
    return {"id": object_id(row.id), "kinds": [_PREFIX + label(row.kind)], "properties": properties}


def _edge(row: EdgeRow) -> dict[str, Any]:
    properties = {
        "edge": row.edge,
        "effort": row.effort,
        "certain": not row.condition,
        "condition": row.condition,
        "words": row.words,
        "evidence": list(row.evidence),
    }
    return {
        "kind": _PREFIX + label(row.edge),
        "start": {"match_by": "id", "value": object_id(row.source)},
        "end": {"match_by": "id", "value": object_id(row.target)},
        "properties": properties,
    }


def _joined(values: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    between = b"\n"
    for value in values:
        yield between + _encode(value)
        between = b",\n"


def write_graphml(tables: Tables, target: Path) -> None:
    """Write GraphML 1.0, a directed multigraph."""
    import networkx as nx

    nx.write_graphml_xml(_graph(tables), str(target))


def write_gexf(tables: Tables, target: Path) -> None:
    """Write GEXF 1.2, a directed multigraph, without the date that networkx adds."""
    import networkx as nx

    text = "\n".join(nx.generate_gexf(_graph(tables)))
    target.write_text(f"{_HEAD}\n{_META.sub(_CREATOR, text, count=1)}\n", encoding="utf-8")


def _graph(tables: Tables) -> "nx.MultiDiGraph[str]":
    """Build the graph; attributes have the names of the rows' fields."""
    import networkx as nx

    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for node in tables.nodes:
        attributes = node._asdict()
        graph.add_node(attributes.pop("id"), **attributes)
    for number, edge in enumerate(tables.edges):
        attributes = edge._asdict()
        source, target = attributes.pop("source"), attributes.pop("target")
        attributes["evidence"] = "\n".join(edge.evidence)
        graph.add_edge(source, target, key=str(number), **attributes)
    return graph


_WRITERS: dict[str, Callable[[Tables, Path], None]] = {
    "graphml": write_graphml,
    "gexf": write_gexf,
    "neo4j-csv": write_neo4j,
    "bloodhound-opengraph": write_bloodhound,
    "parquet": write_parquet,
}


def export(tables: Tables, name: str, target: Path) -> None:
    """Write the graph.

    ``name``: one of :data:`rbacgraph.report.text.format_names.EXPORTS`.
    ``target``: a file, or for ``neo4j-csv`` and ``parquet`` a folder, which is created.
    Raises UsageError if there is no such format, or a file exists in the place of the folder;
        RbacGraphError if it cannot be written.
    """
    if name not in _WRITERS:
        raise UsageError(f"there is no export {name!r}", advice=f"choose {', '.join(EXPORTS)}")
    folder = name in FOLDERS
    if target.exists() and target.is_dir() != folder:
        wanted = "a folder of files" if folder else "one file"
        raise UsageError(f"{target} is there, and {name} is {wanted}", advice="name another place")
    try:
        if folder:
            target.mkdir(exist_ok=True)
        _WRITERS[name](Tables(_nodes(tables), _edges(tables)), target)
    except OSError as error:
        raise RbacGraphError(f"cannot write {target}: {error.strerror}") from None


def _nodes(tables: Tables) -> Iterator[NodeRow]:
    for row in tables.nodes:
        yield NodeRow(
            shown(row.id),
            row.kind,
            shown(row.namespace),
            shown(row.name),
            row.all_of,
        )


def _edges(tables: Tables) -> Iterator[EdgeRow]:
    for row in tables.edges:
        yield EdgeRow(
            shown(row.source),
            shown(row.target),
            row.edge,
            row.effort,
            shown(row.condition),
            shown(row.words),
            tuple(map(shown, row.evidence)),
        )


@cache
def label(kind: str) -> str:
    """Return a kind of node or edge as one capitalised word.

    Examples
    --------
    >>> label("serviceaccounts"), label("read-secret"), label("service.serving.knative.dev")
    ('ServiceAccounts', 'ReadSecret', 'ServiceServingKnativeDev')
    """
    words = kind if "." in kind else kind_words(kind)
    return "".join(map(_capitalised, _OTHERS.split(words)))


def _capitalised(part: str) -> str:
    """Return one part in Kubernetes' spelling if it is a kind, singular or plural."""
    one = part.removesuffix("s")
    known = kind_words(one)
    if known != one:
        return known + part[len(one) :]
    return part[:1].upper() + part[1:]
