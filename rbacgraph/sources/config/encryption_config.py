"""Decodes an EncryptionConfiguration as the API server does, without keeping any key.

Of a key only the length is kept.

Source: kubernetes ``staging/src/k8s.io/apiserver/pkg/apis/apiserver/v1``
(``register.go``, ``types_encryption.go``, ``defaults.go``).
"""

import base64
import binascii
from typing import Any

from rbacgraph.errors import InputError
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
from rbacgraph.sources.config.documents import ConfigDocument, parse
from rbacgraph.sources.config.strict_decoder import Decoder, FieldValue
from rbacgraph.sources.config.whole_file import whole_file
from rbacgraph.sources.diagnostics.problems import Problems
from rbacgraph.sources.files.locate import Source, locate

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
