"""The format of snapshot files, from which all answers are the same as from the input.

It is a JSON ``List``, with one object per line, that tools for Kubernetes' own lists can read:
roles and bindings are as in the API server. Of Pods, workloads, Secrets and ConfigMaps it holds
what the model keeps, and so no value of a Secret. ``rbacgraph`` holds what no object shows:
diagnostics, what was listed completely, the files and, for a live cluster, how it was read. An
object's ``(origin)`` is its place in the input, packed by
:func:`rbacgraph.model.kubernetes.meta.pack_origin`.
"""

import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, TypeVar, get_args

from msgspec import DecodeError, Raw, Struct, ValidationError, convert, json, structs

from rbacgraph.model.inputs.snapshot import OBJECTS, Snapshot
from rbacgraph.model.kubernetes.meta import Object, unpack_origin
from rbacgraph.model.kubernetes.pods import Delivery, Pod, Workload
from rbacgraph.model.node import VAULT
from rbacgraph.model.stores import kinds
from rbacgraph.sources.objects import object_kinds
from rbacgraph.sources.objects.interning import Interner
from rbacgraph.sources.objects.wire import Header

VERSION = 3
"""The newest version of the format; those before are read too, a newer one is refused.

It is written of several dumps of stores alone, which version 2 has no place for: there ``vault`` is
the only one.
"""

_BEGIN = re.compile(
    rb'\s*\{\s*"apiVersion":\s*"v1",\s*"kind":\s*"List",\s*"metadata":\s*\{\s*\},\s*"rbacgraph":'
)
_BATCH = 1 << 20
_TYPES = {field.name: field.type for field in structs.fields(Snapshot)}
_OTHERS = tuple(name for name in _TYPES if name not in OBJECTS)
_KINDS = {kind.field: kind for kind in object_kinds.KINDS}
_OF_ONE_STORE, _SEVERAL = 2, "stores"
_CHANGED = ("pods", "workloads")
"""What version 1 held differently."""
_VERSIONS = {"bitnami.com": "v1alpha1"}


class UnreadableError(Exception):
    """The file is no readable snapshot; the message says why."""


class _Name(Struct, frozen=True):
    """The name of a file that is not UTF-8."""

    base64: bytes


class _File(Struct, frozen=True):
    """The file, with its parts still undecoded."""

    rbacgraph: dict[str, Raw]
    items: list[Raw]


_encode = json.Encoder().encode
_decode_file = json.Decoder(_File).decode
_decode_header = json.Decoder(Header).decode
_decode_names = json.Decoder(tuple[str | _Name, ...]).decode


# --- writing ---------------------------------------------------------------------------


def encoded(snapshot: Snapshot) -> Iterator[bytes]:
    """Yield the file in pieces: the same snapshot gives the same bytes."""
    version = VERSION if len(snapshot.stores) > 1 else _OF_ONE_STORE
    header = {"version": _encode(version), **dict(_header_fields(snapshot))}
    head = b",\n".join(b"%s:%s" % (_encode(name), value) for name, value in header.items())
    yield b'{"apiVersion":"v1","kind":"List","metadata":{},"rbacgraph":{\n'
    yield head
    yield b'\n},"items":['
    piece: list[bytes] = []
    size, between = 0, b"\n"
    for item in _items(snapshot):
        piece += (between, item)
        size += len(item)
        between = b",\n"
        if size > _BATCH:
            yield b"".join(piece)
            piece, size = [], 0
    yield b"".join((*piece, b"\n]}\n"))


def _header_fields(snapshot: Snapshot) -> Iterator[tuple[str, bytes]]:
    """Yield what no object shows, without default values."""
    empty = Snapshot()
    for name in _OTHERS:
        value = getattr(snapshot, name)
        if name == "dumps":
            yield from _dumps(value)
        elif value != getattr(empty, name):
            yield name, _encode(_plain(name, value))


def _dumps(dumps: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Yield the dump of each kind; those of several Vaults have a field of their own."""
    for kind, dump in dumps.items():
        if kind != VAULT:
            yield kind, _encode(dump)
        elif dump:
            yield (kind, _encode(dump[0])) if len(dump) == 1 else (_SEVERAL, _encode(dump))


def _plain(name: str, value: Any) -> object:  # noqa: ANN401 - any field's
    if name == "files":
        return [_file_name(file) for file in value]
    if name in {"unread", "passed_over"}:
        return [structs.replace(one, content="") for one in value]
    return sorted(value) if isinstance(value, frozenset) else value


def _file_name(name: str) -> str | _Name:
    try:
        name.encode()
    except UnicodeEncodeError:
        return _Name(os.fsencode(name))
    return name


def _items(snapshot: Snapshot) -> Iterator[bytes]:
    for field, objects in snapshot.objects():
        kind = _KINDS[field]
        begin = b""
        if not kind.says_kind:
            group = kind.groups[0]
            version = f"{group}/{_VERSIONS.get(group, 'v1')}" if group else "v1"
            begin = b'{"apiVersion":%s,"kind":%s,' % (_encode(version), _encode(kind.name))
        for found in objects:
            item = _encode(_with_owners(found))
            yield begin + item[1:] if begin else item


def _with_owners(found: Object) -> Object:
    """Return an object with its owners unpacked."""
    if isinstance(found, Pod | Workload) and isinstance(found.owned, bytes):
        return structs.replace(found, owned=found.owners)
    return found


# --- reading ---------------------------------------------------------------------------


def is_snapshot(begin: bytes) -> bool:
    """Whether a file with this beginning is a snapshot."""
    return _BEGIN.match(begin) is not None


def decoded(data: bytes | bytearray) -> Snapshot:
    """Decode a snapshot file."""
    try:
        file = _decode_file(data)
        version = json.decode(file.rbacgraph.get("version", b"0"), type=int)
        if version not in range(1, VERSION + 1):
            known = f"1 to {VERSION} are known"
            raise UnreadableError(f"it has version {version} of the format, and {known}")
        fields = {
            name: _value(name, raw)
            for name, raw in file.rbacgraph.items()
            if name in _OTHERS and name != "dumps"
        }
        fields["dumps"] = _read_dumps(file.rbacgraph)
        objects = _objects(file.items, version)
        fields |= objects
    except ValidationError as error:
        raise UnreadableError("a field of it has the wrong type") from error
    except (DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableError("it is damaged or cut off") from error
    snapshot = Snapshot(**fields)
    if any(unpack_origin(origin)[0] >= len(snapshot.files) for origin in _origins(objects)):
        raise UnreadableError("an object is from a file that it does not name")
    return snapshot


def _read_dumps(header: Mapping[str, Raw]) -> Mapping[str, object]:
    found: dict[str, object] = {}
    for row in kinds.KINDS:
        several = json.decode(header.get(_SEVERAL, b"[]"), type=list[Raw])
        every = several if several and row.kind == VAULT else [header.get(row.kind)]
        dumps = [json.decode(one, type=kinds.opened(row.dump)) for one in every if one]
        if dumps:
            found[row.kind] = tuple(dumps) if row.kind == VAULT else dumps[0]
    return found


def _value(name: str, raw: Raw) -> Any:  # noqa: ANN401 - any field's
    if name == "files":
        names = _decode_names(raw)
        return tuple(n if isinstance(n, str) else os.fsdecode(n.base64) for n in names)
    return json.decode(raw, type=_TYPES[name])


def _objects(items: list[Raw], version: int) -> dict[str, tuple[Object, ...]]:
    found: dict[str, list[Object]] = {field: [] for field in OBJECTS}
    shared = Interner()
    for item in items:
        header = _decode_header(item)
        field = _field(header.api_version or "", header.kind or "")
        if version == 1 and field in _CHANGED:
            read = read_version_1(item, get_args(_TYPES[field])[0])
        else:
            read = _decoder(field).decode(item)
        if isinstance(read, Pod | Workload) and isinstance(read.owned, bytes):
            raise ValidationError("owners are a list, packed only in memory")
        shared.share((read,))
        found[field].append(read)
    return {field: tuple(objects) for field, objects in found.items()}


@cache
def _field(api_version: str, kind: str) -> str:
    found = object_kinds.find(api_version, kind)
    if found is None or found.field not in OBJECTS:
        raise UnreadableError(f"it holds a {kind or 'thing'} of {api_version or 'no API'}")
    return found.field


@cache
def _decoder(field: str) -> "json.Decoder[Object]":
    return json.Decoder(get_args(_TYPES[field])[0])


def _origins(objects: Mapping[str, tuple[Object, ...]]) -> Iterator[int]:
    for group in objects.values():
        yield max((found.origin for found in group), default=0)


# Reads Pods and workloads of version 1 of the snapshot format.
#
# It held as words how a Pod names a Secret, and where an API server takes its authorizers from. Of
# both this makes what version 2 holds.

_AnyObject = TypeVar("_AnyObject", bound=Object)
_BY_CONTAINERS = (
    ("env from key ", Delivery.ENV),
    ("envFrom", Delivery.ENV_FROM),
    ("volume ", Delivery.VOLUME),
    ("subPath of volume ", Delivery.SUB_PATH),
)
_BY_KUBELET = (
    ("imagePullSecrets", Delivery.PULL),
    ("driver of volume ", Delivery.DRIVER),
    ("volume ", Delivery.UNMOUNTED),
)
_BY_NO_FLAG = "AlwaysAllow by default"
_BY_FILE = "an --authorization-config"
_UNMOUNTED = ", where no container mounts it"


class _Use(Struct, frozen=True):
    """The changed field of a use."""

    how: str


class _Spec(Struct, frozen=True):
    """The changed fields of a spec."""

    secrets: tuple[_Use, ...] = ()
    kubelet: tuple[tuple[str, str], ...] = ()


class _Item(Struct, frozen=True):
    """The changed part of a Pod or workload."""

    spec: _Spec


_decode = json.Decoder(_Item).decode


def read_version_1(item: Raw, kind: type[_AnyObject]) -> _AnyObject:
    """Decode a Pod or workload.

    Raises ValidationError if it is none, or names a Secret in an unknown way.
    """
    old = _decode(item).spec
    found: dict[str, Any] = json.decode(item)
    for use, known in zip(old.secrets, found["spec"].get("secrets", ()), strict=True):
        known.update(_delivery(use.how, _BY_CONTAINERS))
    found["spec"]["kubelet"] = [
        {"secret": secret, **_delivery(how.removesuffix(_UNMOUNTED), _BY_KUBELET)}
        for secret, how in old.kubelet
    ]
    if flags := found.get("apiServer"):
        _say_authorizers(flags)
    return convert(found, kind)


def _say_authorizers(flags: dict[str, Any]) -> None:
    """Take the two words that are no authorizer out of the list of authorizers."""
    held = flags.get("authorizers", ())
    flags["no_authorizer"] = _BY_NO_FLAG in held
    flags["authorizer_file"] = _BY_FILE in held
    flags["authorizers"] = [mode for mode in held if mode not in {_BY_NO_FLAG, _BY_FILE}]


def _delivery(how: str, known: tuple[tuple[str, Delivery], ...]) -> dict[str, str]:
    for words, by in known:
        if how.startswith(words):
            return {"by": by.value, "place": how.removeprefix(words)}
    raise ValidationError(f"unknown: {how}")
