"""Evaluates an EncryptionConfiguration as the API server does."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from rbacgraph.encryption_at_rest import validate
from rbacgraph.encryption_at_rest.api_server_flags import record_of, server_findings
from rbacgraph.encryption_at_rest.entry_matching import ResourceEntries, read_rules
from rbacgraph.encryption_at_rest.findings import FORMAT, FindingMaker
from rbacgraph.encryption_at_rest.plaintext import plaintext_findings
from rbacgraph.encryption_at_rest.providers import provider_findings
from rbacgraph.encryption_at_rest.resource_storage import asked, decide, row_of
from rbacgraph.encryption_at_rest.unknown_resources import (
    custom_findings,
    file_findings,
    named_findings,
    wildcard_findings,
)
from rbacgraph.model.answers.encryption_at_rest.encryption import (
    SEVERITIES,
    EncryptionResult,
    Finding,
    Severity,
)
from rbacgraph.model.answers.encryption_at_rest.encryption_text import FindingCode
from rbacgraph.model.inputs.encryption_config import EncryptionConfig, Fault
from rbacgraph.model.inputs.snapshot import NEWEST_KUBERNETES, Snapshot
from rbacgraph.model.kubernetes.pods import ApiServerFlags

_STRICT = (1, 31)
_KMS_V1_OFF = (1, 29)

_Version = tuple[int, int] | None


def examine(
    config: EncryptionConfig | None,
    snapshot: Snapshot | None = None,
    *,
    resources: Sequence[str] = (),
    kubernetes_version: _Version = None,
) -> EncryptionResult:
    """Return how each resource is stored, what the server refuses, and further findings.

    ``config``: the file; None if the question is only about the flags of API servers.
    ``snapshot``: the cluster, if one was read: its API servers and custom resources.
    ``resources``: ``RESOURCE[.GROUP]`` to list besides Secrets, ConfigMaps and what the file names.
    ``kubernetes_version``: the version of the API server, if known; else the newest.
    """
    servers = snapshot.api_servers if snapshot else []
    records = [record_of(snapshot, *server) for server in servers] if snapshot else []
    file = config.file if config else ""
    findings: list[Finding] = []
    if snapshot:
        shown = not snapshot.collected or snapshot.is_listed("Pod", "kube-system")
        findings += server_findings(records, file, shown=shown)
    rows = []
    loads = None
    if config:
        maker = _finding_maker(config, [flags for _, flags in servers], kubernetes_version)
        rules = read_rules(config.entries)
        errors = list(_errors(maker, rules, kubernetes_version))
        loads = not any(error.severity == "error" for error in errors)
        stored = [decide(config, rules, one) for one in asked(rules, tuple(resources))]
        readable = bool(config.entries)
        rows = [row_of(config, one) for one in stored] if readable else []
        findings += errors
        findings += file_findings(maker, rules)
        if readable:
            findings += plaintext_findings(maker, stored)
            findings += provider_findings(maker, stored, kubernetes_version)
            findings += named_findings(maker, rules, snapshot)
            findings += custom_findings(maker, rules, snapshot)
            findings += wildcard_findings(maker, rules, kubernetes_version)
    version = kubernetes_version or NEWEST_KUBERNETES
    return EncryptionResult(
        file=file,
        loads=loads,
        resources=tuple(rows),
        findings=tuple(sorted(_merged(findings), key=_weight)),
        servers=tuple(records),
        searched=snapshot is not None,
        kubernetes_version=".".join(map(str, version)),
    )


def _finding_maker(
    config: EncryptionConfig, flags: Sequence[ApiServerFlags], version: _Version
) -> FindingMaker:
    """Return a maker of findings that knows the servers reading the file."""
    reload = any(found.reload for found in flags)
    kms_v1: bool | None = None
    if flags and all(found.kms_v1 for found in flags):
        kms_v1 = True
    elif flags and version and version >= _KMS_V1_OFF:
        kms_v1 = False
    return FindingMaker(config=config, reload=reload, kms_v1=kms_v1)


def _errors(maker: FindingMaker, rules: ResourceEntries, version: _Version) -> Iterator[Finding]:
    config = maker.config
    for fault in config.faults:
        yield _fault(maker, fault, version)
    broken = not config.entries and bool(config.faults)
    if broken:
        return
    refusals = [*validate.validate(config, reload=maker.reload), *validate.masked(rules.masked)]
    if maker.kms_v1 is False:
        refusals += validate.kms_v1_disabled(config)
    unread = [fault.field for fault in config.faults if not fault.strict and fault.field]
    for refusal in refusals:
        if _is_within(refusal.field, unread):
            continue
        yield maker.at(refusal.field, refusal.code, "error", *refusal.subject, reference=FORMAT)


def _is_within(field: str, fields: Sequence[str]) -> bool:
    """Whether a field is, or is inside, one that could not be read."""
    return any(field == one or field.startswith((f"{one}.", f"{one}[")) for one in fields)


def _fault(maker: FindingMaker, fault: Fault, version: _Version) -> Finding:
    code = FindingCode.FAULT
    severity: Severity = "error"
    subject: tuple[str, ...] = (fault.field, fault.message)
    if fault.strict and version and version < _STRICT:
        code, subject = FindingCode.FAULT_IS_IGNORED, (fault.message, ".".join(map(str, version)))
        severity = "medium"
    elif fault.strict:
        code, subject = FindingCode.STRICT_FAULT, (fault.message,)
    return maker.at(
        fault.field, code, severity, *subject, fault=fault.id, reference=FORMAT, place=fault.place
    )


def _merged(findings: Sequence[Finding]) -> list[Finding]:
    """Merge findings about several resources at one place, as behind a YAML alias."""
    found: dict[tuple[object, ...], Finding] = {}
    for one in findings:
        key = (one.id, one.message, one.file, one.line, one.column)
        first = found.setdefault(key, one)
        resources = tuple(dict.fromkeys((*first.resources, *one.resources)))
        found[key] = replace(first, resources=resources)
    return list(found.values())


def _weight(finding: Finding) -> tuple[int, bool, str, int, int]:
    return (
        SEVERITIES.index(finding.severity),
        finding.severity == "error" and not finding.line,
        finding.file,
        finding.line,
        finding.column,
    )
