"""Reads one YAML or JSON document with the place of every value.

The API server treats a text that begins with a brace as JSON and all else as YAML, and reads only
the first document of a file. Values are those of :mod:`rbacgraph.sources.yaml11.parser`; the
places come from libyaml's nodes.

Source: kubernetes ``staging/src/k8s.io/apimachinery/pkg/runtime/serializer/json/json.go``.
"""

import json
import re
from typing import Any, NamedTuple

import yaml

from rbacgraph.model.inputs.encryption_config import Fault, FieldPlace
from rbacgraph.sources.yaml11 import faults as yaml_faults
from rbacgraph.sources.yaml11 import parser

_MERGE = "<<"
_NULL = "tag:yaml.org,2002:null"
_BRACE = "is taken for JSON, as it begins with a brace, and is none"
_CONTENT = re.compile(r"\s*(?!---\s*(?:#|$)|\.\.\.|#)\S")


class DocumentSpot:
    """The place of a value and of its parts."""

    def __init__(self, node: yaml.Node) -> None:
        self._node = node

    @property
    def place(self) -> FieldPlace:
        """The place where the value begins."""
        return _place(self._node)

    def fields(self) -> dict[str, list["FieldSpot"]]:
        """Return the places of a mapping's keys; a repeated key has several."""
        found: dict[str, list[FieldSpot]] = {}
        if isinstance(self._node, yaml.MappingNode):
            for key, value in self._node.value:
                if isinstance(key, yaml.ScalarNode) and key.value != _MERGE:
                    found.setdefault(key.value, []).append(
                        FieldSpot(_place(key), DocumentSpot(value))
                    )
        return found

    @property
    def scalar(self) -> str | None:
        """The text of a scalar that is not null; None for all else."""
        node = self._node
        if not isinstance(node, yaml.ScalarNode) or node.tag == _NULL:
            return None
        return str(node.value)

    def items(self) -> list["DocumentSpot"]:
        """Return the places of a list's items."""
        if not isinstance(self._node, yaml.SequenceNode):
            return []
        return [DocumentSpot(item) for item in self._node.value]


class FieldSpot(NamedTuple):
    """The place of a key, and its value."""

    place: FieldPlace
    value: DocumentSpot


class ConfigDocument(NamedTuple):
    """The content of a file; ``faulty`` if nothing can be read."""

    value: Any
    spot: DocumentSpot | None
    faults: tuple[Fault, ...] = ()
    faulty: bool = False
    ignored: FieldPlace | None = None
    yaml: bool = True


def parse(data: bytes) -> ConfigDocument:
    """Parse the first document of a file."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return _broken(FieldPlace(line), "not-utf-8", "holds bytes that are not UTF-8")
    return _json(text) if text.lstrip().startswith("{") else _yaml(text)


def _json(text: str) -> ConfigDocument:
    try:
        value = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        place = FieldPlace(error.lineno, error.colno)
        return _broken(place, "json-syntax", f"{_BRACE} here")
    except (ValueError, RecursionError):
        return _broken(FieldPlace(1), "json-syntax", _BRACE)
    return ConfigDocument(value, _spot(text), yaml=False)


def _yaml(text: str) -> ConfigDocument:
    try:
        found = parser.load(text)
    except yaml_faults.YamlFault as fault:
        return _broken(FieldPlace(fault.line + 1), fault.code, fault.message)
    spot = _spot(text)
    twice = [remark.line for remark in found.remarks if remark.code == "duplicate-key"]
    faults = [
        Fault("duplicate-field", "", "a key is already set in its map", FieldPlace(line + 1), True)
        for line in (twice if spot is None else ())
    ]
    behind = [remark.line for remark in found.remarks if remark.code == "ignored-text"]
    ignored = FieldPlace(behind[0] + 1) if behind and _says_something(text, behind[0]) else None
    return ConfigDocument(found.value, spot, tuple(faults), ignored=ignored)


def _says_something(text: str, line: int) -> bool:
    """Whether there is more than separators and comments from a line on."""
    return any(_CONTENT.match(content) for content in text.split("\n")[line:])


def _broken(place: FieldPlace, code: str, message: str) -> ConfigDocument:
    return ConfigDocument(None, None, (Fault(code, "", message, place),), faulty=True)


def _refuse(word: str) -> None:
    raise ValueError(word)


def _loader(text: str) -> Any:  # noqa: ANN401 - C or Python
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)


def _spot(text: str) -> DocumentSpot | None:
    """Return the places of the first document; None if libyaml cannot read it."""
    loader = _loader(text)
    try:
        node = loader.get_node() if loader.check_node() else None
    except yaml.YAMLError:
        return None
    finally:
        loader.dispose()
    return DocumentSpot(node) if node else None


def _place(node: yaml.Node) -> FieldPlace:
    mark = node.start_mark
    return FieldPlace(mark.line + 1, mark.column + 1)
