"""What ``encryption`` answers: plain frozen records, ready to be rendered or stored."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from rbacgraph.model.answers.encryption_at_rest.encryption_text import (
    NO_ADVICE,
    FindingAdvice,
    FindingMessage,
)

Severity = Literal["error", "high", "medium", "low", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "high", "medium", "low", "info")

Plaintext = Literal["written", "may-remain", "unreadable", "unknown"]


class Finding(Struct, frozen=True, kw_only=True):
    """One thing to know or to fix.

    ``id``: stable, in lower-case words with dashes.
    ``severity``: ``error``: the API server refuses the file; ``high`` to ``info`` rank the rest.
    ``message``, ``advice``: one sentence each. They never hold a key.
    ``field``: the field of the file, named as in the server's own messages.
    ``resources``: the resources that it concerns, among those asked about.
    ``file``, ``line``, ``column``: the place; 0 where it is not known.
    ``reference``: the Kubernetes document that states this.
    """

    id: str
    severity: Severity
    message: FindingMessage
    advice: Annotated[FindingAdvice, Meta(extra_json_schema={"default": ""})] = field(
        default_factory=lambda: NO_ADVICE
    )
    field: str = ""
    resources: tuple[str, ...] = ()
    file: str = ""
    line: int = 0
    column: int = 0
    reference: str = ""


class ResourceEncryption(Struct, frozen=True, kw_only=True):
    """How one resource is stored.

    ``resource``: ``secrets``, ``deployments.apps``; ``*.apps`` and ``*.*`` stand for all resources
        that no more specific rule decides.
    ``rule``, ``entry``: the rule that decides, as the file writes it, and the index of its first
        entry; ``""`` and None where no entry names the resource and nothing is encrypted.
    ``writes``: the provider that encrypts new objects, with its key: ``aescbc key1``.
    ``reads``: the further providers that can read stored objects, in order.
    ``prefix``: the prefix of a new object's value in etcd; ``""`` in plaintext.
    ``plaintext``: ``written`` (new objects are plaintext), ``may-remain`` (older objects are
        readable), ``unreadable`` (the server could not read plaintext objects), ``unknown``.
    """

    resource: str
    rule: str
    entry: int | None
    writes: str
    reads: tuple[str, ...]
    prefix: str
    plaintext: Plaintext
    file: str = ""
    line: int = 0
    column: int = 0


class ApiServer(Struct, frozen=True, kw_only=True):
    """A kube-apiserver of the input, and its flags that concern encryption."""

    pod: str
    config: str
    reload: bool
    etcd_servers: tuple[str, ...]
    file: str
    line: int


class EncryptionResult(Struct, frozen=True, kw_only=True):
    """Answer of ``encryption``.

    ``file`` is ``""`` where only API servers were checked; ``loads`` says whether the server
    accepts the file, None without one. ``searched`` says that a cluster was searched for API
    servers.
    """

    file: str
    loads: bool | None
    resources: tuple[ResourceEncryption, ...]
    findings: tuple[Finding, ...]
    servers: tuple[ApiServer, ...]
    searched: bool
    kubernetes_version: str
