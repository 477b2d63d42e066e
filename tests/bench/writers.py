"""Clusters as kubectl prints them, and audit logs: ``writers.py CLUSTER SEED FILE`` makes FILE.

CLUSTER is a size, or a shape with its number, such as ``binders-200``.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from cluster import Cluster
from events import write_events
from objects import Object
from shapes import SHAPES
from trails import write_trail

_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./@:-]*(?<!:)")
_NOT_TEXT = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "~"})


def write_json(path: Path, objects: Iterable[Object]) -> None:
    """Write what ``kubectl get -A -o json`` prints."""
    with path.open("wb", 1 << 20) as file:
        file.write(b'{\n    "apiVersion": "v1",\n    "items": [\n        ')
        for number, found in enumerate(objects):
            compact = msgspec.json.encode(found, order="sorted")
            pretty = msgspec.json.format(compact, indent=4)
            file.write(b",\n        " if number else b"")
            file.write(pretty.replace(b"\n", b"\n        "))
        file.write(b'\n    ],\n    "kind": "List",\n    "metadata": {\n')
        file.write(b'        "resourceVersion": ""\n    }\n}\n')


def write_yaml(path: Path, objects: Iterable[Object]) -> None:
    """Write what ``kubectl get -A -o yaml`` prints."""
    with path.open("w", 1 << 20) as file:
        file.write("apiVersion: v1\nitems:\n")
        for found in objects:
            file.writelines(f"{line}\n" for line in _sequence([found], ""))
        file.write('kind: List\nmetadata:\n  resourceVersion: ""\n')


def write_manifest(path: Path, found: Object) -> None:
    """Write one object as YAML."""
    path.write_text("".join(f"{line}\n" for line in _mapping(found, "")))


def _mapping(value: Object, indent: str) -> Iterator[str]:
    for key, item in sorted(value.items()):
        if item and isinstance(item, dict):
            yield f"{indent}{_scalar(key)}:"
            yield from _mapping(item, indent + "  ")
        elif item and isinstance(item, list):
            yield f"{indent}{_scalar(key)}:"
            yield from _sequence(item, indent)  # kubectl does not indent below a key
        else:
            yield f"{indent}{_scalar(key)}: {_scalar(item)}"


def _sequence(value: list[object], indent: str) -> Iterator[str]:
    for item in value:
        if item and isinstance(item, dict):
            lines = _mapping(item, indent + "  ")
            yield f"{indent}- {next(lines).lstrip()}"
            yield from lines
        else:
            yield f"{indent}- {_scalar(item)}"


def _scalar(value: object) -> str:
    if isinstance(value, str):
        if _PLAIN.fullmatch(value) and value.lower() not in _NOT_TEXT:
            return value
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return msgspec.json.encode(value).decode()


def _objects(cluster: str, seed: int) -> Iterator[Object]:
    shape, _, count = cluster.partition("-")
    return SHAPES[shape](int(count)) if count else Cluster(cluster, seed).objects()


if __name__ == "__main__":
    _, cluster, seed, file = sys.argv
    if file.endswith((".log", ".log.gz", ".trail")):
        write_log = write_trail if file.endswith(".trail") else write_events
        write_log(Path(file), cluster, int(seed))
        sys.exit()
    write = write_json if file.endswith(".json") else write_yaml
    write(Path(file), _objects(cluster, int(seed)))
