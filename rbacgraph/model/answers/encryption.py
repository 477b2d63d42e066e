"""What ``encryption`` answers: plain frozen records, ready to be rendered or stored."""

from typing import Literal

from msgspec import Struct

Severity = Literal["error", "high", "medium", "low", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "high", "medium", "low", "info")

Plaintext = Literal["written", "may-remain", "unreadable", "unknown"]


class Finding(Struct, frozen=True, kw_only=True):
    """One thing to know or to mend.

    Parameters
    ----------
    id:
        Stable, in lower-case words with dashes.
    severity:
        ``error`` is what the API server refuses; ``high`` to ``info`` weigh the rest.
    message, advice:
        A sentence each. Never holds a key.
    field:
        The field of the file, as the server's own messages name it.
    resources:
        The resources that it concerns, of those asked about.
    file, line, column:
        Where; 0 where that is not known.
    reference:
        The Kubernetes document that says so.
    """

    id: str
    severity: Severity
    message: str
    advice: str = ""
    field: str = ""
    resources: tuple[str, ...] = ()
    file: str = ""
    line: int = 0
    column: int = 0
    reference: str = ""


class ResourceEncryption(Struct, frozen=True, kw_only=True):
    """How one resource is stored.

    Parameters
    ----------
    resource:
        ``secrets``, ``deployments.apps``; ``*.apps`` and ``*.*`` are all that nothing more
        specific decides.
    rule, entry:
        What decides: the resource as the file has it, and the index of the first entry that
        has it; ``""`` and None where no entry does and nothing is encrypted.
    writes:
        The provider of new objects, with its key: ``aescbc key1``.
    reads:
        The further providers that stored objects are read with, in order.
    prefix:
        What the value of a new object begins with in etcd; ``""`` in plaintext.
    plaintext:
        ``written`` (new objects are), ``may-remain`` (older ones are readable),
        ``unreadable`` (were there any, the server could not read them), ``unknown``.
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
    """A kube-apiserver of the input, and the flags that decide on encryption."""

    pod: str
    config: str
    reload: bool
    etcd_servers: tuple[str, ...]
    file: str
    line: int


class EncryptionResult(Struct, frozen=True, kw_only=True):
    """Answer of ``encryption``.

    ``file`` is ``""`` where only the API servers were looked at; ``loads`` says whether the
    server takes the file, None without one. ``searched`` says that a cluster was looked
    through for API servers.
    """

    file: str
    loads: bool | None
    resources: tuple[ResourceEncryption, ...]
    findings: tuple[Finding, ...]
    servers: tuple[ApiServer, ...]
    searched: bool
    kubernetes_version: str
