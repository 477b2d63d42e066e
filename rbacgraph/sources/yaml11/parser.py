"""Parses YAML exactly as kubectl does: slowly, and with line numbers.

kubectl reads YAML with go-yaml v2 and turns it into JSON. This module makes the same values from
libyaml's events (PyYAML's C parser): plain ``yes``, ``on`` and ``y`` are booleans, ``0123`` is
octal, dates are strings, the last of two equal keys wins, keys of other types become strings,
``<<`` merges, an anchor may be defined again, and aliases may not multiply a document without
bound.

Sources: sigs.k8s.io/yaml ``yaml.go``, ``goyaml.v2/resolve.go``; gopkg.in/yaml.v2 ``decode.go``.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from rbacgraph.model import repeated_keys
from rbacgraph.sources.yaml11.faults import YamlFault, explain, too_deep
from rbacgraph.sources.yaml11.scalars import PREFIX, key_of, value_of

MAX_DEPTH = 200

_FEW_ALIASES, _FEW_NODES = 100, 1000


class Remark(NamedTuple):
    """Something that kubectl accepts but the author cannot have meant."""

    line: int
    code: str
    message: str
    advice: str


class Loaded(NamedTuple):
    """A document's value, the lines of its items if it is a list or a List, and remarks."""

    value: object
    item_lines: list[int]
    remarks: list[Remark]


class _Frame:
    """A collection that is being read."""

    __slots__ = ("anchor", "key", "keyed", "line", "lines", "nodes", "value")

    def __init__(self, value: list[Any] | dict[str, Any], line: int, anchor: str | None) -> None:
        self.value = value
        self.line = line
        self.anchor = anchor
        self.key: str | None = None
        self.keyed = False
        self.lines: dict[str, int] = {}
        self.nodes = 1


class _Anchored(NamedTuple):
    value: object
    nodes: int


_MERGE = "<<"
_MERGE_TAG = PREFIX + "merge"


def load(text: str) -> Loaded:
    """Return the content of a document; lines count from 0.

    Raises YamlFault if kubectl would refuse the document.
    """
    return _Reader().read(text)


class _Reader:
    def __init__(self) -> None:
        self.remarks: list[Remark] = []
        self.item_lines: list[int] = []
        self._stack: list[_Frame] = []
        self._anchors: dict[str, _Anchored | None] = {}
        self._nodes = 0
        self._alias_nodes = 0
        self._result: object = None

    def read(self, text: str) -> Loaded:
        events = _events(text)
        try:
            for event in events:
                if isinstance(event, yaml.DocumentEndEvent):
                    break
                self._take(event)
        except yaml.MarkedYAMLError as error:
            raise explain(error, text) from None
        except yaml.YAMLError as error:  # a character that YAML forbids
            position = getattr(error, "position", None)
            line = text.count("\n", 0, position) if isinstance(position, int) else 0
            raise YamlFault(line, "has control characters") from None
        self._look_behind(events)
        return Loaded(self._result, self.item_lines, self.remarks)

    def _look_behind(self, events: Iterator[yaml.Event]) -> None:
        """Remark on text after the first document, which kubectl does not read."""
        try:
            event = next(events, None)
            line = None if event is None or _is_end(event) else _line(event)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line if error.problem_mark else 0
        except yaml.YAMLError:
            line = 0
        if line is not None:
            message = "has text behind the end of the document"
            advice = "kubectl ignores it; begin another document with ---"
            self.remarks.append(Remark(line, "ignored-text", message, advice))

    def _take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent):
            self._open({}, event)
        elif isinstance(event, yaml.SequenceStartEvent):
            self._open([], event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._close()
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        line = _line(event)
        anchor = event.anchor
        plain = event.implicit[0]
        if self._awaits_key() and event.value == _MERGE and (plain or event.tag == _MERGE_TAG):
            self._stack[-1].key, self._stack[-1].keyed = None, True
            return
        value = value_of(event.tag, plain, event.value, line)
        if anchor is not None:
            self._define(anchor, line)
            self._anchors[anchor] = _Anchored(value, 1)
        self._count(1)
        self._put(value, line, 1)

    def _open(self, value: list[Any] | dict[str, Any], event: yaml.CollectionStartEvent) -> None:
        line = _line(event)
        if self._awaits_key():
            raise YamlFault(line, "has a list or mapping as a key")
        if len(self._stack) >= MAX_DEPTH:
            raise too_deep(line)
        if event.anchor is not None:
            self._define(event.anchor, line)
            self._anchors[event.anchor] = None
        self._count(1)
        self._stack.append(_Frame(value, line, event.anchor))

    def _close(self) -> None:
        frame = self._stack.pop()
        if frame.anchor is not None:
            self._anchors[frame.anchor] = _Anchored(frame.value, frame.nodes)
        self._put(frame.value, frame.line, frame.nodes)

    def _alias(self, event: yaml.AliasEvent) -> None:
        line = _line(event)
        if event.anchor not in self._anchors:
            raise YamlFault(line, "has an alias to an anchor that is not defined")
        target = self._anchors[event.anchor]
        if target is None:
            raise YamlFault(line, "has an anchor whose value contains itself")
        self._alias_nodes += target.nodes
        self._count(target.nodes + 1)
        self._put(target.value, line, target.nodes + 1)

    def _define(self, anchor: str, line: int) -> None:
        if anchor in self._anchors:
            message = "an anchor is defined a second time"
            advice = "an alias means the last one before it; use two names"
            self.remarks.append(Remark(line, "duplicate-anchor", message, advice))

    def _count(self, nodes: int) -> None:
        self._nodes += nodes
        few = self._alias_nodes <= _FEW_ALIASES or self._nodes <= _FEW_NODES
        if not few and self._alias_nodes / self._nodes > _alias_ratio(self._nodes):
            raise YamlFault(
                0, "has aliases that multiply it beyond every use (an alias bomb)", "alias-bomb"
            )

    def _awaits_key(self) -> bool:
        return bool(self._stack) and (
            isinstance(self._stack[-1].value, dict) and not self._stack[-1].keyed
        )

    def _put(self, value: object, line: int, nodes: int) -> None:
        if not self._stack:
            self._result = value
            return
        frame = self._stack[-1]
        frame.nodes += nodes
        if isinstance(frame.value, list):
            frame.value.append(value)
            root = self._stack[0]
            if frame is root or (root.key == "items" and frame is self._stack[1]):
                self.item_lines.append(line)
        elif not frame.keyed:
            frame.key, frame.keyed = key_of(value, line), True
        else:
            self._set(frame, frame.value, value, line)

    def _set(self, frame: _Frame, mapping: dict[str, Any], value: object, line: int) -> None:
        key, frame.keyed = frame.key, False
        if key is None:
            for merged in _merged(value, line):
                mapping.update(merged)
            return
        if key in frame.lines:
            message = repeated_keys.message(key)
            self.remarks.append(Remark(line, repeated_keys.CODE, message, repeated_keys.ADVICE))
        frame.lines[key] = line
        mapping[key] = value


def _line(event: yaml.Event) -> int:
    return event.start_mark.line if event.start_mark else 0


def _is_end(event: yaml.Event) -> bool:
    return isinstance(event, yaml.StreamEndEvent)


def _events(text: str) -> Iterator[yaml.Event]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return iter(yaml.parse(text, Loader=loader))


def _alias_ratio(nodes: int) -> float:
    """Return the allowed share of alias nodes: 99 % in small documents, 10 % in huge ones."""
    low, high = 400_000, 4_000_000
    return 0.99 - 0.89 * (min(max(nodes, low), high) - low) / (high - low)


def _merged(value: object, line: int) -> list[dict[str, Any]]:
    """Return what ``<<`` merges, in the order in which later ones win."""
    values = value[::-1] if isinstance(value, list) else [value]
    merged = [item for item in values if isinstance(item, dict)]
    if len(merged) < len(values):
        raise YamlFault(line, "has a merge key '<<' whose value is no mapping")
    return merged
