"""Reads the files of a cloud's dumps by rows: a place, the command that prints it, a shape."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import Any, Generic, NamedTuple, TypeVar

from msgspec import DecodeError, Raw, Struct, ValidationError, json
from msgspec.structs import replace

from rbacgraph.model.stores.records import record
from rbacgraph.sources.diagnostics.problems import Problems

_SUFFIX = re.compile(r"\.json(?:\.gz|\.zst)?$")
_MORE = ("nextLink", "nextPageToken", "@odata.nextLink")
_MARK = b"\xef\xbb\xbf"
_AGAIN = "the command failed, or the file is cut off: run it again"

_Dump = TypeVar("_Dump", bound=Struct)
Records = Mapping[str, tuple[Any, ...]]


class DumpFile(NamedTuple):
    """One kind of file.

    ``place``: what the name of the file matches, below its subscription or project, without
        ``.json``; ``inside`` is what its content does not name.
    ``command``: what prints it.
    ``field``: the records that are read of it.
    ``shape``: that of each record.
    ``needs``: fields; a record without any of them is none.
    """

    place: str
    command: str
    field: str
    shape: type[Struct]
    needs: tuple[str, ...] = ()


class Cloud(NamedTuple, Generic[_Dump]):
    """What tells the dumps of one cloud from those of others.

    ``kind``: also the name of the folder that holds a dump.
    ``scope``: what a subscription's or project's folder is called.
    ``rows``: the files of a dump; ``values`` are places of values, where nothing else lies.
    ``spelled``: returns the name of a field as it is compared.
    ``part``: makes one subscription or project of its name and records.
    ``parts``, ``whole``: takes a dump apart, and puts it together.
    """

    kind: str
    scope: str
    rows: tuple[DumpFile, ...]
    values: str
    spelled: Callable[[str], str]
    part: Callable[[str, "DumpPart"], Struct]
    parts: Callable[[_Dump], Iterable[Struct]]
    whole: Callable[[tuple[Any, ...]], _Dump]


class DumpPart:
    """What was read of one subscription or project.

    ``found``: the records by field, then by what the place of the file says.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.partial: dict[str, str] = {}
        self.found: dict[str, dict[str, tuple[Any, ...]]] = {}
        self.files: dict[tuple[str, str], str] = {}

    def all(self, field: str) -> tuple[Any, ...]:
        """Return the records of a field."""
        return tuple(one for records in self.found.get(field, {}).values() for one in records)

    def known(self, field: str) -> tuple[Any, ...] | None:
        """Return the records of a field; ``None`` if no file has some."""
        return self.all(field) if field in self.found else None


class CloudReader(Generic[_Dump]):
    """Collects what the files of dumps of a cloud hold.

    ``problems``: receives what cannot be read, with file and line.
    """

    cloud: Cloud[_Dump]

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._parts: dict[str, DumpPart] = {}
        self._saved: list[Struct] = []
        self._places = [(row, re.compile(row.place)) for row in self.cloud.rows]

    def wants(self, name: str, *, named: bool) -> bool:  # noqa: ARG002 - the protocol's
        """Whether a file may be part of a dump, by its place."""
        return self._split(name) is not None

    def _split(self, name: str) -> tuple[str, str] | None:
        """Return the subscription or project of a file, and its name below that."""
        parts = PurePath(name).parts
        for at in range(len(parts) - 2, 0, -1):
            if parts[at - 1] == self.cloud.kind and re.fullmatch(self.cloud.scope, parts[at]):
                inner = "/".join(parts[at + 1 :])
                return (
                    (parts[at].lower(), _SUFFIX.sub("", inner)) if _SUFFIX.search(inner) else None
                )
        return None

    def read(self, name: str, data: bytes | bytearray) -> bool:
        """Read one file; return whether it is part of a dump."""
        split, content = self._split(name), bytes(data).removeprefix(_MARK)
        if split is None or _is_kubernetes(content):
            return False
        scope, inner = split
        if re.fullmatch(self.cloud.values, inner) or _has_value(content):
            message = "holds the value of a secret: not read"
            self._problem(name, 0, "secret", message, "take it out of the dump")
            return True
        for row, place in self._places:
            if match := place.fullmatch(inner):
                into = self._parts.setdefault(scope, DumpPart(name))
                inside = match.groupdict().get("inside", "")
                self._take(name, row, inside, content, into)
                return True
        return False

    def _take(self, name: str, row: DumpFile, inside: str, data: bytes, into: DumpPart) -> None:
        layout = f"rbacgraph explain {self.cloud.kind} lists the files of a dump, and the commands"
        try:
            items, is_partial = _items(data)
        except (DecodeError, UnicodeDecodeError, RecursionError):
            line = data.count(b"\n") + 1 if data.strip() else 0
            message = "holds no list or object in JSON" if data.strip() else "is empty"
            self._problem(name, line, "content", message, _AGAIN)
            into.partial.setdefault(row.field, name)
            return
        records = []
        for line, item in _lines(items, data):
            try:
                found = record(_flat(json.decode(item), row.needs), row.shape, self.cloud.spelled)
            except (ValidationError, RecursionError) as error:
                message = f"is not what {row.command} prints: {error}"
                self._problem(name, line, "content", message, layout)
                into.partial.setdefault(row.field, name)
                continue
            places = {"file": name, "line": line}
            known = {key: places[key] for key in places if key in row.shape.__struct_fields__}
            records.append(replace(found, **known))
        if is_partial:
            into.partial.setdefault(row.field, name)
            message = "holds one page of several: what the others hold is missing"
            self._problems.add("partial-list", message, file=name, advice="ask for all pages")
        table = into.found.setdefault(row.field, {})
        first = into.files.setdefault((row.field, inside), name)
        if first == name:
            table[inside] = tuple(records)
        elif list(map(_unplaced, records)) != list(map(_unplaced, table[inside])):
            self._other(name, inside or row.field, first)

    @property
    def any(self) -> bool:
        """Whether a file was part of a dump."""
        return bool(self._parts or self._saved)

    def take(self, dump: _Dump, file: str) -> None:  # noqa: ARG002 - each part has its own
        """Take over the dump that a snapshot holds; of two of one part, the first counts."""
        self._saved += self.cloud.parts(dump)

    def result(self) -> _Dump | None:
        """Return what was read; ``None`` if no file was part of a dump."""
        found = {name: self.cloud.part(name, part) for name, part in self._parts.items()}
        for saved in self._saved:
            name: str = saved.id  # type: ignore[attr-defined]
            if found.setdefault(name, saved) != saved:
                self._other(saved.file, name, found[name].file)  # type: ignore[attr-defined]
        return self.cloud.whole(tuple(found[name] for name in sorted(found))) if found else None

    def _other(self, name: str, what: str, first: str) -> None:
        message = f"says something else of {what} than {first}, which counts"
        self._problem(name, 1, "two-dumps", message, "leave one dump of each in the input")

    def _problem(self, name: str, line: int, code: str, message: str, advice: str) -> None:
        code = f"{self.cloud.kind}-{code}"
        self._problems.add(code, message, file=name, line=line, advice=advice, severity="error")


def _items(data: bytes) -> tuple[list[Raw], bool]:
    """Return what a file holds: a list, one of Resource Manager, or one answer; and if more is."""
    start = data.lstrip()[:1]
    if start == b"[":
        return json.decode(data, type=list[Raw]), False
    if start != b"{":
        raise DecodeError("no object")
    fields = json.decode(data, type=dict[str, Raw])
    value = bytes(fields.get("value", b"")).strip()
    is_list = value.startswith(b"[")
    more = any(bytes(fields.get(one, b"null")) not in (b"null", b'""') for one in _MORE)
    return (json.decode(value, type=list[Raw]) if is_list else [Raw(data.strip())]), more


def _lines(items: Iterable[Raw], data: bytes) -> Iterator[tuple[int, bytes]]:
    at, line = 0, 1
    for item in map(bytes, items):
        found = data.find(item, at)
        line += data.count(b"\n", at, found)
        at = found
        yield line, item


def _flat(item: object, needs: tuple[str, ...]) -> dict[str, object]:
    """Return an answer with its ``properties`` beside the rest, as ``az`` prints most.

    Raises ValidationError if it is no object, or has none of the fields.
    """
    if not isinstance(item, dict):
        raise ValidationError("it is no object")
    if needs and not any(one in item for one in needs):
        raise ValidationError(f"it has none of {', '.join(needs)}")
    properties = item.pop("properties", None)
    return {**properties, **item} if isinstance(properties, dict) else item


def _unplaced(value: object) -> object:
    """Return a record without where it was read."""
    if isinstance(value, Struct):
        names = (name for name in value.__struct_fields__ if name not in ("file", "line"))
        return [_unplaced(getattr(value, name)) for name in names]
    return [_unplaced(one) for one in value] if isinstance(value, tuple) else value


class _Signs(Struct, rename={"api_version": "apiVersion"}):
    """What tells a value and a Kubernetes object from a dump's files."""

    kind: Raw = Raw()
    api_version: Raw = Raw()
    value: Raw = Raw()
    payload: Raw = Raw()


def _signs(data: bytes) -> list[_Signs]:
    try:
        return [json.decode(item, type=_Signs) for item in _items(data)[0]]
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return []


def _is_kubernetes(data: bytes) -> bool:
    """Whether a file holds objects of Kubernetes: in one, in a list, or in several documents."""
    if b"apiVersion" not in data:
        return False
    signs = _signs(data)
    return not signs or any(bytes(one.kind) and bytes(one.api_version) for one in signs)


def _has_value(data: bytes) -> bool:
    """Whether an answer is that of ``az keyvault secret show`` or of ``versions access``."""
    return any(bytes(one.value)[:1] == b'"' or bytes(one.payload) for one in _signs(data))
