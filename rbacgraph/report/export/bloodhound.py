"""Writes OpenGraph JSON, which BloodHound reads along with its own kinds.

Source: "OpenGraph: nodes, edges, metadata" of the BloodHound documentation.
"""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from rbacgraph.model.answers.graph_tables import EdgeRow, NodeRow, Tables
from rbacgraph.report.export.labels import label

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
