"""Reads one YAML document or list item: by the fast parser if it is safe, else exactly.

The fast parser reads YAML 1.2, kubectl reads YAML 1.1. What a server wrote needs no more than both
have in common: it is parsed fast, and again exactly if its text or its strings hold anything that
the two may read differently. What a person wrote is always read exactly, which also finds the
mistakes that only people make.
"""

import re
from collections.abc import Callable
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import ValidationError, convert, json

from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.sources.objects.collector import Collector
from rbacgraph.sources.objects.deciding_fields import may_hide
from rbacgraph.sources.objects.kind_reader import KindSlot, ListContext, nest
from rbacgraph.sources.objects.place_object import is_mapping, place
from rbacgraph.sources.objects.wire import ListMeta
from rbacgraph.sources.yaml11.scalars import resolve

if TYPE_CHECKING:  # loading the parser takes time
    from rbacgraph.sources.yaml11.parser import Loaded

# It has no limit of its own for block style. A level takes a column, or two levels share one: a
# sequence may begin at the indentation of the key before it.
_DEEP = re.compile(rb"\n[ ?:-]{100}")

# Strings of the fast parser that kubectl may read as another type if they are not quoted. Neither
# are digits alone, which are a number for the fast parser too, nor uids, which are one for none.
_DOUBTFUL = re.compile(
    rb'"([yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|<<'
    rb'|(?![1-9][0-9]*"|[0-9a-f]{8}-[0-9a-f]{4}-)[-+]?[0-9][0-9a-fA-F_xXoO.+-]*)"'
)
# What stands before and behind a plain scalar.
_BEFORE, _BEHIND = rb"(?<![^\s\[{,:])", rb"(?![^\s\]},:])"
# Anchors, tags, merges, tabs, other control characters, Unicode's line breaks, byte order marks,
# what is no character.
_TRAPS = re.compile(
    rb"[\s\[{,][&!]|<<|[\0-\x09\x0b-\x1f\x7f]"
    rb"|\xc2[\x80-\x9f]|\xe2\x80[\xa8\xa9]|\xef\xbb\xbf|\xef\xbf[\xbe\xbf]"
)
_HARMLESS = bytes({ord("\n"), *range(ord(" "), 0x7F)} - {*b"&!<"})
_PLAIN = re.compile(rb"""[ \t]*(["']?)([A-Za-z0-9./-]+)\1[ \t\r]*(?:[ \t]\#[^\n]*)?(?=\n|\Z)""")
# The schema of a CustomResourceDefinition: long, and not needed.
_SCHEMAS = re.compile(rb"\n  (?:versions|validation):[ ]*\n(?:(?:  [ \-][^\n]*)?\n)*")
_BLOCK = re.compile(rb"[|>]")
_LINE = 80
_MERGE = b"<<"

_encode = json.Encoder().encode
_Pattern = re.Pattern[bytes]


class Piece(NamedTuple):
    """The text of one document or list item, with the indentation of its keys."""

    text: bytes
    line: int
    indent: int
    context: ListContext | None = None


def field_of(text: bytes, name: bytes, indent: int) -> str | None:
    """Return the plain value of a key that occurs once at an indentation; None if unsure."""
    key = b"\n" + b" " * indent + name + b":"
    first = text.startswith(key[1:])
    position = -1 if first else text.find(key)
    if (position < 0 and not first) or text.find(key, position + 1) >= 0:
        return None
    found = _PLAIN.match(text, position + len(key))
    return found[2].decode() if found else None


def is_utf8(text: bytes) -> bool:
    """Whether text is in the encoding that YAML has here; kubectl refuses any other."""
    try:
        return text.isascii() or bool(text.decode())
    except UnicodeDecodeError:
        return False


def read_piece(piece: Piece, collector: Collector, *, patient: bool = False) -> bool:
    """Read a piece by the parser that fits; skip kinds that are not read.

    With ``patient``, an item without a kind, in a List whose own kind is not known yet, is left
    for later: the result is False.
    """
    text, line, indent, context = piece
    if not is_utf8(text):
        collector.report.not_utf8(text, line)
        if context:
            context.failed.add("")
        return True
    if b"\r" in text:
        collector.report.carriage_returns(text, line)
        text = text.replace(b"\r\n", b"\n")
    api_version, kind = _header(text, indent)
    if patient and kind is None and context and not context.kind:
        return False
    if kind and api_version and not kind.endswith("List"):
        slot = collector.slot(api_version, kind)
        unread = slot is None or not slot.may_keep(text)
        nested = unread and b"\n" + b" " * indent + b"items:" in text
        if unread and not nested and field_of(text, b"kind", indent) == kind:
            collector.skip(line, api_version, kind, context)
            return True
        if slot and b"\n" + b" " * (indent + 2) + b"uid: " in text and not _is_tricky(text):
            short = _short_status(text, indent) if kind == "Pod" else text
            found = read_fast(short, slot, (api_version, kind))
            if found is not None and not may_hide(
                kind, found, text, (0, len(text)), encrypted=True
            ):
                collector.add(slot, found, line)
                return True
        if kind == "CustomResourceDefinition":
            text = _SCHEMAS.sub(b"\n", text)
    _read_exact(text, line, collector, context)
    return True


@lru_cache(256)
def _header_of(start: bytes, indent: int) -> tuple[str | None, str | None]:
    return field_of(start, b"apiVersion", indent), field_of(start, b"kind", indent)


def _header(text: bytes, indent: int) -> tuple[str | None, str | None]:
    """Return apiVersion and kind, which mostly are the first two lines of a piece."""
    margin = b" " * indent
    keys = (margin + b"kind:", margin + b"apiVersion:")
    second = text.find(b"\n", 0, _LINE) + 1
    if text.startswith(keys) and text.startswith(keys, second):
        found = _header_of(text[: text.find(b"\n", second) + 1], indent)
        if None not in found:
            return found
    return field_of(text, b"apiVersion", indent), field_of(text, b"kind", indent)


def _is_tricky(text: bytes) -> bool:
    """Whether only the exact parser can be trusted with a piece."""
    last = text.rstrip(b" \n")
    if not text.endswith(b"\n") or _BLOCK.search(last, last.rfind(b"\n") + 1):
        return True  # parsers disagree about what follows a block scalar at the very end
    return bool(text.translate(None, _HARMLESS)) and _TRAPS.search(text) is not None


def _short_status(text: bytes, indent: int) -> bytes:
    """Reduce a Pod's status, a third of its text and its last key, to the parts that are read.

    These are the phase, and the name and the state of each container.
    """
    margin = b"\n" + b" " * indent
    start = text.find(margin + b"status:\n")
    status = text[start + len(margin) :]
    inner = margin + b"  "
    if start < 0 or status.count(b"\n") - 1 != status.count(inner):
        return text
    phase = status.find(inner + b"phase: ")
    line = status[phase : status.find(b"\n", phase + 1)] if phase >= 0 else b""
    containers = _short_containers(status, indent)
    if containers is None:
        return text
    return text[:start] + margin + b"status:" + (line + containers or b" {}") + b"\n"


def _short_containers(status: bytes, indent: int) -> bytes | None:
    """Reduce a status to the states of containers; None if its form is unusual."""
    begin, sections, name, state = _of_containers(indent)
    runs = b"%b  state:%b    running:" % (begin, begin)
    kept = b""
    for section in sections.finditer(status):
        kept += section[1]
        if not section[2].startswith(begin + b"- "):
            return None
        for item in section[2].split(begin + b"- ")[1:]:
            text = begin + b"  " + item
            called, found_state = name.search(text), state.search(text)
            if called is None:
                return None
            shown = found_state[0] if found_state else b""
            kept += begin + b"- " + called[1] + (runs + b" {}" if shown.startswith(runs) else shown)
    return kept


@cache
def _of_containers(indent: int) -> tuple[bytes, _Pattern, _Pattern, _Pattern]:
    """Return the prefix of a status's keys, and patterns for containers, names and states."""
    begin = b"\n" + b" " * (indent + 2)
    lists = b"(?:containerStatuses|initContainerStatuses|ephemeralContainerStatuses):"
    return (
        begin,
        re.compile(b"(%b%b)((?:%b(?:- |  )[^\n]*)*)" % (begin, lists, begin)),
        re.compile(b"%b  (name: [^\n]*)" % begin),
        re.compile(b"%b  state:[^\n]*(?:%b    [^\n]*)*" % (begin, begin)),
    )


def is_flow(data: bytes, largest: int) -> bool:
    """Whether the first document is YAML, as the fast parser sees it; not if it is too large."""
    end = data.find(b"\n---", 1, largest)
    text = data[:end] if end > 0 else data
    if len(text) > largest:
        return False
    try:
        parse_fast(text, repeated_keys=True)
    except ValueError:
        return False
    return True


def read_fast(text: bytes, slot: KindSlot, header: tuple[str, str]) -> Object | None:
    """Decode an object by the fast parser; None if the result is not certain to be right."""
    try:
        value = parse_fast(text)
        if (value["apiVersion"], value["kind"]) != header:
            return None
        _encode(value)  # refuses keys that are null, as the exact parser does
        wire = slot.parse(value)
        strings = _DOUBTFUL.findall(_encode(wire))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if any(_may_differ(one, text) for one in strings):
        return None
    try:
        return slot.finish(wire, value)
    except ValidationError:
        return None


def _may_differ(string: bytes, text: bytes) -> bool:
    """Whether kubectl may read a string of the fast parser as another type: it is not quoted."""
    if not _differs(string):
        return False
    return re.search(_BEFORE + re.escape(string) + _BEHIND, text) is not None


@lru_cache(4096)
def _differs(string: bytes) -> bool:
    """Whether a plain scalar is a string for the fast parser and something else for kubectl."""
    if string == _MERGE:
        return True
    if isinstance(resolve(string.decode()), str):
        return False
    return isinstance(parse_fast(b"- " + string + b"\n")[0], str)


def _read_exact(text: bytes, line: int, collector: Collector, context: ListContext | None) -> None:
    """Read a piece as kubectl does; report its faults."""
    found = parse(text, line, collector)
    if found:
        _read_value(found.value, line, found.item_lines, collector, context, text=text)
    elif context:
        context.failed.add("")


def parse(text: bytes, line: int, collector: Collector) -> "Loaded | None":
    """Return the content of a document, and report its faults; None if nothing is left."""
    from rbacgraph.sources.yaml11 import faults
    from rbacgraph.sources.yaml11 import parser as yaml11

    try:
        found = yaml11.load(text.decode())
    except UnicodeDecodeError:
        collector.report.not_utf8(text, line)
        return None
    except faults.YamlFault as fault:
        if not _is_template(text, line, collector):
            collector.report.broken(line + fault.line, fault.code, fault.message)
        return None
    for remark in found.remarks:
        collector.report.problem(line + remark.line, remark.code, remark.message, remark.advice)
    return found


def _is_template(text: bytes, line: int, collector: Collector) -> bool:
    """Report text that is not YAML because it is a template."""
    signs = [at for sign in (b"{{", b"{%") if (at := text.find(sign)) >= 0]
    if signs:
        collector.report.template(line + text.count(b"\n", 0, min(signs)))
    return bool(signs)


def parse_alone(text: bytes, line: int, collector: Collector) -> bool:
    """Read one document that should be JSON; False if it is not even YAML."""
    from rbacgraph.sources.yaml11 import faults
    from rbacgraph.sources.yaml11 import parser as yaml11

    try:
        found = yaml11.load(text.decode())
    except (UnicodeDecodeError, faults.YamlFault):
        return _is_template(text, line, collector)
    collector.documents += 1
    collector.report.lax_json(line)
    _read_value(found.value, line, found.item_lines, collector, text=text)
    return True


def _read_value(
    value: object,
    line: int,
    item_lines: list[int],
    collector: Collector,
    context: ListContext | None = None,
    *,
    text: bytes | None = None,
) -> None:
    """Take one parsed value: an object, a List, an array of them, or something else."""
    if isinstance(value, list):
        nest(context)
        for item, at in _with_lines(value, item_lines):
            if isinstance(item, list | dict):
                _read_value(item, line + at, [], collector)
            else:
                collector.no_object(line + at, None)
    elif is_mapping(value):
        if _is_list(value):
            nest(context)
            _read_list(value, line, item_lines, collector)
        else:
            _read_object(value, line, collector, context, text)
    elif context:
        collector.no_object(line, context)
    elif value is not None:
        collector.report.not_an_object(line)


def _with_lines(items: list[Any], lines: list[int]) -> list[tuple[Any, int]]:
    """Pair items with their lines, which items from an alias do not have."""
    known = len(lines) == len(items)
    return [(item, lines[at] if known else 0) for at, item in enumerate(items)]


def _is_list(value: dict[Any, Any]) -> bool:
    """Whether it is a List: without a kind of its own, its first item must have one."""
    kind, items = value.get("kind"), value.get("items")
    if isinstance(kind, str) and kind.endswith("List"):
        return "items" in value and isinstance(items, list | None)
    first = items[0] if isinstance(items, list) and items else None
    return is_mapping(first) and isinstance(first.get("kind"), str) and bool(first["kind"])


def _read_object(
    value: dict[Any, Any],
    line: int,
    collector: Collector,
    context: ListContext | None,
    text: bytes | None,
) -> None:
    kind, api_version = value.get("kind") or "", value.get("apiVersion") or ""
    if not (isinstance(kind, str) and isinstance(api_version, str)):
        if context:
            context.failed.add("")
        collector.report.wrong_header(line)
        return
    if not kind and ("serverVersion" in value or "gitVersion" in value):
        version = value.get("serverVersion", value)
        version = version.get("gitVersion") if is_mapping(version) else None
        collector.server_versions.append(version if isinstance(version, str) else "")
        return
    header: tuple[str, str] | None = None
    if context and not kind:
        header = api_version, kind = context.item_header()
    slot = collector.slot(api_version, kind)
    if slot is None:
        collector.skip(line, api_version, kind, context)
    else:
        place(collector, slot, value, line, context, header=header, text=text)


def _read_list(
    value: dict[Any, Any], line: int, item_lines: list[int], collector: Collector
) -> None:
    context = collector.begin_list()
    learn(context, value)
    if value["items"] is None:
        collector.empty_list(context, line)
    for item, at in _with_lines(value["items"] or [], item_lines):
        _read_value(item, line + at, [], collector, context)
    collector.end_list(context, line)


def learn(context: ListContext, value: dict[Any, Any]) -> None:
    """Record what a List says about itself."""
    kind, api_version = value.get("kind"), value.get("apiVersion")
    context.kind = kind if isinstance(kind, str) else ""
    context.api_version = api_version if isinstance(api_version, str) else ""
    try:
        context.meta = convert(value.get("metadata") or {}, ListMeta)
    except ValidationError:
        context.meta = ListMeta()


@cache
def _parser(*, repeated_keys: bool) -> Callable[[str], Any]:
    """Return the parser, loading it on first use."""
    from yaml_rs import DuplicateKeyPolicy, loads

    policy = DuplicateKeyPolicy.LastWins if repeated_keys else DuplicateKeyPolicy.Error
    return partial(loads, parse_datetime=False, duplicate_key_policy=policy)


def parse_fast(text: bytes, *, repeated_keys: bool = False) -> Any:  # noqa: ANN401 - any value
    r"""Return the value of a text.

    ``repeated_keys``: whether a mapping may hold a key twice.
    Raises ValueError if it is not YAML 1.2, holds a key twice in one mapping, or is deep.

    Examples
    --------
    >>> parse_fast(b"a: [1, yes, '2']\n")
    {'a': [1, 'yes', '2']}
    """
    if _DEEP.search(b"\n" + text):
        raise ValueError("is too deep for the fast parser")
    return _parser(repeated_keys=repeated_keys)(text.decode())
