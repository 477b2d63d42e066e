"""Encryption at rest as it is configured: everything but the keys themselves.

Source: kubernetes ``staging/src/k8s.io/apiserver/pkg/apis/apiserver/types_encryption.go``.
"""

from collections.abc import Mapping

from msgspec import Struct

NOT_BASE64 = -1
"""The length of a key that is not valid base64."""

KINDS = ("kms", "aesgcm", "aescbc", "secretbox", "identity")
"""The providers, in the order in which the server looks for the one that is set."""


class FieldPlace(Struct, frozen=True, gc=False):
    """Line and column in a file, from 1; 0 where it is not known."""

    line: int = 0
    column: int = 0


class Fault(Struct, frozen=True):
    """A field that the server's decoder refuses: a stable id, the field and the problem.

    ``strict`` says that only Kubernetes 1.31 and later refuse it; earlier ones ignore it.
    """

    id: str
    field: str
    message: str
    place: FieldPlace
    strict: bool = False


class EncryptionKey(Struct, frozen=True, gc=False):
    """A key by its name; ``length`` counts its bytes, None where there is no secret."""

    name: str
    length: int | None


class Kms(Struct, frozen=True, gc=False, kw_only=True):
    """A KMS plugin, with the server's defaults filled in; ``timeout`` counts nanoseconds."""

    name: str
    endpoint: str
    api_version: str
    timeout: int
    cache_size: int | None


class Provider(Struct, frozen=True, kw_only=True):
    """One item of ``providers``: exactly one field should be set."""

    kms: Kms | None = None
    aesgcm: tuple[EncryptionKey, ...] | None = None
    aescbc: tuple[EncryptionKey, ...] | None = None
    secretbox: tuple[EncryptionKey, ...] | None = None
    identity: bool = False

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that are set."""
        return tuple(kind for kind in KINDS if getattr(self, kind) not in {None, False})

    @property
    def kind(self) -> str:
        """The one kind that is set; ``""`` where there is none or more than one."""
        kinds = self.kinds
        return kinds[0] if len(kinds) == 1 else ""

    @property
    def keys(self) -> tuple[EncryptionKey, ...]:
        """The keys of a provider that holds them itself."""
        return self.aesgcm or self.aescbc or self.secretbox or ()


class ResourcesEntry(Struct, frozen=True):
    """One item of ``resources``: which resources, and the providers in their order."""

    resources: tuple[str, ...]
    providers: tuple[Provider, ...]


class EncryptionConfig(Struct, frozen=True, kw_only=True):
    """An EncryptionConfiguration as it was read.

    ``places`` holds the place of each field (``resources[0].providers[1].kms``); ``legacy``
    says that it goes by the name ``v1`` ``EncryptionConfig``, ``ignored`` where text begins
    that no server reads.
    """

    file: str
    entries: tuple[ResourcesEntry, ...] = ()
    faults: tuple[Fault, ...] = ()
    places: Mapping[str, FieldPlace] = {}
    legacy: bool = False
    ignored: FieldPlace | None = None

    def place(self, field: str) -> FieldPlace:
        """Where a field stands, or what holds it where it is not there itself."""
        while field and field not in self.places:
            field = field[: max(field.rfind("."), field.rfind("["), 0)]
        return self.places.get(field, FieldPlace())
