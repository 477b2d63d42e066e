"""Decodes an EncryptionConfiguration as the API server does, without keeping any key.

Of a key only the length is kept.

Source: kubernetes ``staging/src/k8s.io/apiserver/pkg/apis/apiserver/v1``
(``register.go``, ``types_encryption.go``, ``defaults.go``).
"""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from rbacgraph.errors import InputError
from rbacgraph.model.go.duration import parse_duration
from rbacgraph.model.inputs.encryption_config import (
    NOT_BASE64,
    EncryptionConfig,
    EncryptionKey,
    Fault,
    FieldPlace,
    Kms,
    Provider,
    ResourcesEntry,
)
from rbacgraph.sources.config.documents import ConfigDocument, DocumentSpot, parse
from rbacgraph.sources.config.whole_file import whole_file
from rbacgraph.sources.diagnostics.problems import Problems
from rbacgraph.sources.files.locate import Source, locate

# Decodes a configuration file as Go does: known fields, each of its type.
#
# Every text is checked before it is kept or printed: text in the wrong place that looks like a key
# is replaced by a number.
#
# Source, in kubernetes:
# ``staging/src/k8s.io/apimachinery/pkg/runtime/serializer/json/json.go`` (strict since 1.31).

_INT32 = 1 << 31
_KEY_LIKE = re.compile(
    r"[A-Za-z0-9+/]{22,}={1,2}|\A(?=.*[A-Z0-9+/])(?:[A-Za-z0-9+/]{32}|[A-Za-z0-9+/]{40,})\Z"
)
_TYPES = {str: "a string", bool: "a boolean", list: "a list", dict: "a mapping"}


class FieldValue(NamedTuple):
    """A value, the field that holds it, and its place."""

    value: Any
    field: str
    spot: DocumentSpot | None


class Decoder:
    """Reads a parsed document, and collects faults and places."""

    def __init__(self, document: ConfigDocument) -> None:
        self.document = document
        self.faults = list(document.faults)
        self.places: dict[str, FieldPlace] = {}
        self._hidden: dict[str, str] = {}

    def mapping(self, at: FieldValue, known: tuple[str, ...]) -> dict[str, FieldValue]:
        """Return the fields that are set; null counts as unset, an unknown field is a fault."""
        if not isinstance(at.value, Mapping):
            if at.value is not None:
                self._wrong_type(at, "a mapping")
            return {}
        where = at.spot.fields() if at.spot else {}
        found = {}
        for name, value in at.value.items():
            field = f"{at.field}.{name}" if at.field else name
            spots = where.get(name, [])
            place = spots[-1].place if spots else None
            if name not in known:
                shown = f"{at.field}.{self.shown(name)}" if at.field else self.shown(name)
                holder = place or self.place(at.field)
                message = f'unknown field "{shown}"'
                self.faults.append(Fault("unknown-field", shown, message, holder, strict=True))
                continue
            if place:
                self.places[field] = place
            for again in spots[1:]:
                message = f'key "{name}" already set in map'
                self.faults.append(
                    Fault("duplicate-field", field, message, again.place, strict=True)
                )
            if value is not None:
                found[name] = FieldValue(value, field, spots[-1].value if spots else None)
        return found

    def items(self, at: FieldValue | None) -> list[FieldValue]:
        """Return the items of a list; null has none."""
        if at is None:
            return []
        if not isinstance(at.value, list):
            self._wrong_type(at, "a list")
            return []
        spots = at.spot.items() if at.spot else []
        found = []
        for index, value in enumerate(at.value):
            field = f"{at.field}[{index}]"
            spot = spots[index] if len(spots) == len(at.value) else None
            if spot:
                self.places[field] = spot.place
            found.append(FieldValue(value, field, spot))
        return found

    def string(self, at: FieldValue | None) -> str:
        """Return a string; null is an empty one."""
        if at is None or at.value is None:
            return ""
        if not isinstance(at.value, str):
            self._wrong_type(at, "a string")
            return ""
        return at.value

    def text(self, at: FieldValue | None) -> str:
        """Return a text that is safe to keep and show."""
        return self.shown(self.string(at))

    def integer(self, at: FieldValue) -> int | None:
        """Return a number of 32 bits."""
        value = at.value
        if isinstance(value, float) and value.is_integer() and self.document.yaml:
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            self._wrong_type(at, "an integer")
            return None
        if not -_INT32 <= value < _INT32:
            self.fault("wrong-type", at.field, "the number does not fit into 32 bits")
            return None
        return value

    def duration(self, at: FieldValue) -> int | None:
        """Return the nanoseconds of a duration."""
        text = self.string(at)
        if not isinstance(at.value, str):
            return None
        duration = parse_duration(text)
        if duration is None:
            message = f'time: invalid duration "{self.shown(text)}"'
            self.fault("invalid-timeout", at.field, message)
            return None
        return duration

    def _wrong_type(self, at: FieldValue, wanted: str) -> None:
        got = next((words for kind, words in _TYPES.items() if isinstance(at.value, kind)), None)
        self.fault("wrong-type", at.field, f"must be {wanted}, not {got or 'a number'}")

    def fault(self, code: str, field: str, message: str) -> None:
        """Record what the decoder refuses."""
        self.faults.append(Fault(code, field, message, self.place(field)))

    def place(self, field: str) -> FieldPlace:
        found = EncryptionConfig(file="", places=self.places).place(field)
        return found if found.line or self.document.spot is None else FieldPlace(1, 1)

    def shown(self, text: str) -> str:
        """Return the text, with a number instead of anything that looks like a key."""
        return _KEY_LIKE.sub(self._number, text.strip())

    def _number(self, key: re.Match[str]) -> str:
        return self._hidden.setdefault(key[0], f"[REDACTED {len(self._hidden) + 1}]")


_API = "apiserver.config.k8s.io/v1"
_KIND = "EncryptionConfiguration"
_LEGACY = ("v1", "EncryptionConfig")
_OTHERS = frozenset(
    {
        "AdmissionConfiguration",
        "AuthenticationConfiguration",
        "AuthorizationConfiguration",
        "TracingConfiguration",
    }
)
_LARGEST = 1 << 20
_TIMEOUT = 3_000_000_000
_CACHE_SIZE = 1000


def read_encryption(source: Source) -> EncryptionConfig:
    """Read the file of ``--encryption-provider-config``.

    ``source``: a path, ``"-"`` for standard input, or an open binary file.
    Returns the readable part, and a fault for everything that the decoder refuses.
    Raises InputError if there is no such file, it cannot be read or is far too large.
    """
    found = locate([source], Problems())
    if len(found) != 1:
        raise InputError(f"{source}: one file is wanted", advice="name the file itself")
    name = found[0].name
    data = whole_file(name, found[0].source, largest=_LARGEST, kind="EncryptionConfiguration")
    if not data:
        fault = Fault(
            "empty-file", "", "encryption provider configuration file is empty", FieldPlace()
        )
        return EncryptionConfig(file=name, faults=(fault,))
    return _Reader(name, parse(data)).read()


class _Reader(Decoder):
    """Reads an EncryptionConfiguration."""

    def __init__(self, file: str, document: ConfigDocument) -> None:
        super().__init__(document)
        self.file = file

    def read(self) -> EncryptionConfig:
        entries: tuple[ResourcesEntry, ...] = ()
        legacy = False
        value = self.document.value
        if not self.document.faulty:
            if isinstance(value, dict):
                legacy = (value.get("apiVersion"), value.get("kind")) == _LEGACY
                entries = self._document(value)
            elif value is None:
                self.fault("wrong-kind", "", "Object 'Kind' is missing")
            else:
                self.fault("wrong-kind", "", "couldn't get version/kind: it is no mapping")
        return EncryptionConfig(
            file=self.file,
            entries=entries,
            faults=tuple(self.faults),
            places=self.places,
            legacy=legacy,
            ignored=self.document.ignored,
        )

    def _document(self, value: dict[str, Any]) -> tuple[ResourcesEntry, ...]:
        root = FieldValue(value, "", self.document.spot)
        kind = value.get("kind")
        if isinstance(kind, str) and kind and not kind.startswith("Encryption"):
            for name, spots in (root.spot.fields() if root.spot else {}).items():
                self.places[name] = spots[-1].place
            api_version = value.get("apiVersion")
            self._header(kind, api_version if isinstance(api_version, str) else "")
            return ()
        fields = self.mapping(root, ("apiVersion", "kind", "resources"))
        self._header(self.string(fields.get("kind")), self.string(fields.get("apiVersion")))
        return tuple(self._entry(item) for item in self.items(fields.get("resources")))

    def _header(self, kind: str, api_version: str) -> None:
        shown, version = self.shown(kind), self.shown(api_version)
        if not kind:
            self.fault("wrong-kind", "kind", "Object 'Kind' is missing")
        elif not api_version:
            self.fault("wrong-kind", "apiVersion", "Object 'apiVersion' is missing")
        elif api_version == _API and kind in _OTHERS:
            self.fault("wrong-kind", "kind", f"got unexpected config type: {_API}, Kind={kind}")
        elif (api_version, kind) not in {(_API, _KIND), _LEGACY}:
            message = f'no kind "{shown}" is registered for version "{version}"'
            self.fault("wrong-kind", "kind", message)

    def _entry(self, at: FieldValue) -> ResourcesEntry:
        fields = self.mapping(at, ("resources", "providers"))
        names = tuple(self.text(item) for item in self.items(fields.get("resources")))
        return ResourcesEntry(
            names, tuple(self._provider(p) for p in self.items(fields.get("providers")))
        )

    def _provider(self, at: FieldValue) -> Provider:
        fields = self.mapping(at, ("aesgcm", "aescbc", "secretbox", "identity", "kms"))
        identity = fields.get("identity")
        if identity:
            self.mapping(identity, ())
        return Provider(
            kms=self._kms(fields["kms"]) if "kms" in fields else None,
            aesgcm=self._keys(fields.get("aesgcm")),
            aescbc=self._keys(fields.get("aescbc")),
            secretbox=self._keys(fields.get("secretbox")),
            identity=identity is not None,
        )

    def _keys(self, at: FieldValue | None) -> tuple[EncryptionKey, ...] | None:
        if at is None:
            return None
        return tuple(self._key(k) for k in self.items(self.mapping(at, ("keys",)).get("keys")))

    def _key(self, at: FieldValue) -> EncryptionKey:
        fields = self.mapping(at, ("name", "secret"))
        secret = self.string(fields.get("secret"))
        return EncryptionKey(self.text(fields.get("name")), _length(secret) if secret else None)

    def _kms(self, at: FieldValue) -> Kms:
        fields = self.mapping(at, ("apiVersion", "name", "cachesize", "endpoint", "timeout"))
        api_version = self.text(fields.get("apiVersion")) or "v1"
        default = _CACHE_SIZE if api_version == "v1" else None
        size = fields.get("cachesize")
        duration = self.duration(fields["timeout"]) if "timeout" in fields else None
        return Kms(
            name=self.text(fields.get("name")),
            endpoint=self.text(fields.get("endpoint")),
            api_version=api_version,
            timeout=_TIMEOUT if duration is None else duration,
            cache_size=default if size is None else self.integer(size),
        )


def _length(secret: str) -> int:
    """Return the number of bytes of a key: Go's base64 skips line ends and requires padding."""
    try:
        return len(base64.b64decode(secret.replace("\r", "").replace("\n", ""), validate=True))
    except (binascii.Error, ValueError):
        return NOT_BASE64
