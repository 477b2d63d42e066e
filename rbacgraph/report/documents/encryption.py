"""The documents of encryption: at rest, and of files in Git."""

from typing import Literal

from msgspec import Struct

from rbacgraph.model.answers.encryption_at_rest.encrypted_files import (
    EncryptedFile,
    SopsFindingId,
    SopsSeverity,
)
from rbacgraph.model.answers.encryption_at_rest.encryption import (
    ApiServer,
    Finding,
    ResourceEncryption,
)
from rbacgraph.model.inputs.unread import Unread


class EncryptionDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph encryption``.

    ``file`` is empty and ``loads`` null where only the API servers were looked at; ``searched``
    says that they were. ``entry`` is an index from 0, null where no entry covers the resource.
    """

    schema: Literal["rbacgraph/encryption/v1"] = "rbacgraph/encryption/v1"
    file: str
    loads: bool | None
    resources: tuple[ResourceEncryption, ...]
    findings: tuple[Finding, ...]
    searched: bool
    servers: tuple[ApiServer, ...]
    kubernetes_version: str


class SopsFindingDocument(Struct, frozen=True, kw_only=True):
    """A finding of ``rbacgraph sops``; ``keys`` are those above the first values, by dots."""

    id: SopsFindingId
    severity: SopsSeverity
    file: str
    line: int
    message: str
    advice: str
    keys: tuple[str, ...]
    count: int
    recipients: tuple[str, ...]
    secrets: tuple[str, ...]
    rule: str


class SopsDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph sops``: of each file, ``needed`` of its ``groups`` decrypt it."""

    schema: Literal["rbacgraph/sops/v1"] = "rbacgraph/sops/v1"
    files: tuple[EncryptedFile, ...]
    findings: tuple[SopsFindingDocument, ...]
    rules: int
    unread: tuple[Unread, ...]
